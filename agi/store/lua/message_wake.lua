-- The recipient is back: find what waits, and tell those who are just sending to it.
-- KEYS  message, ...
-- returns the positions in KEYS, from 1, of the messages that are pending

local pending = {}
for position, key in ipairs(KEYS) do
  if redis.call('HGET', key, 'state') == 'pending' then
    redis.call('HSET', key, 'woken', '1')
    table.insert(pending, position)
  end
end
return pending
