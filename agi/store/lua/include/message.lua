-- Shared by every script that stores a message: the same id has effect once.

local function put_message(list_key, message_key, message)
  if redis.call('EXISTS', message_key) == 1 then
    return false
  end
  for name, value in pairs(message) do
    redis.call('HSET', message_key, name, value)
  end
  redis.call('HSET', message_key, 'state', 'pending', 'attempts', '0', 'error', '')
  redis.call('RPUSH', list_key, message.id)
  return true
end
