-- Take one message for sending; until the claim ends nobody else gets it.
-- An attempt is counted when it begins, so that a message that kills its worker runs out of them.
-- KEYS  message
-- ARGV  claim, now_ms, when the claim ends (ms)
-- returns {'claimed', field, value, ...}, {'held'} by another claim, {'over'} when it was sent or
--         given up, {'absent'}

local state, claim, until_ms, attempts =
  unpack(redis.call('HMGET', KEYS[1], 'state', 'claim', 'claim_ends_ms', 'attempts'))
if not state then
  return { 'absent' }
end
if state ~= 'pending' then
  return { 'over' }
end
if claim ~= ARGV[1] then
  if (tonumber(until_ms or '0') or 0) > tonumber(ARGV[2]) then
    return { 'held' }
  end
  redis.call('HSET', KEYS[1], 'claim', ARGV[1], 'claim_ends_ms', ARGV[3],
    'attempts', string.format('%d', (tonumber(attempts) or 0) + 1))
  redis.call('HDEL', KEYS[1], 'woken')
end
local answer = redis.call('HGETALL', KEYS[1])
table.insert(answer, 1, 'claimed')
return answer
