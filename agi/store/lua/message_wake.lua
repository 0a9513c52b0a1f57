-- The recipient is back: find what waits, and tell those who are just sending to it.
-- KEYS  message, ...
-- ARGV  now_ms
-- returns the positions in KEYS, from 1, of the messages that are pending and may be sent by now

local pending = {}
for position, key in ipairs(KEYS) do
  local state, due_ms = unpack(redis.call('HMGET', key, 'state', 'due_at_ms'))
  if state == 'pending' and (tonumber(due_ms or '0') or 0) <= tonumber(ARGV[1]) then
    redis.call('HSET', key, 'woken', '1')
    table.insert(pending, position)
  end
end
return pending
