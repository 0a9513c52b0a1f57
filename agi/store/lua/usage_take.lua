-- Count one use under each of some limits of one party, unless one of them is full. A use that was
-- counted before is counted once.
-- KEYS  uses, ... (a key a limit)
-- ARGV  use_id, at_ms, up to when uses are forgotten (ms), seconds to keep the keys; then of each
--       limit: most, from when on uses count (ms)
-- returns 0, or the position in KEYS, from 1, of a limit that is full (nothing is counted then)

for position, key in ipairs(KEYS) do
  local most, since_ms = tonumber(ARGV[3 + 2 * position]), ARGV[4 + 2 * position]
  local counted = redis.call('ZSCORE', key, ARGV[1])
  if not counted and redis.call('ZCOUNT', key, since_ms, '+inf') >= most then
    return position
  end
end
for _, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', ARGV[3])
  redis.call('ZADD', key, 'NX', ARGV[2], ARGV[1])
  redis.call('EXPIRE', key, ARGV[4])
end
return 0
