-- Claim what is due: each member goes to one claimer, until its lease is over.
-- KEYS  agenda
-- ARGV  now_ms, lease_ms, how many at most
-- returns the members

local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, member in ipairs(due) do
  redis.call('ZADD', KEYS[1], ARGV[1] + ARGV[2], member)
end
return due
