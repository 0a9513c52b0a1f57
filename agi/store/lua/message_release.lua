-- Give a claimed message back: it was not delivered, and is to be tried again.
-- KEYS  message
-- ARGV  claim, why, 1 when the attempt counts or 0 when it is given back
-- returns 'waits', 'woken' when the recipient came back since the claim, or 'lost' when somebody
--         else has claimed the message, or ended it, meanwhile

local state, claim, until_ms, attempts, woken =
  unpack(redis.call('HMGET', KEYS[1], 'state', 'claim', 'claim_ends_ms', 'attempts', 'woken'))
if state ~= 'pending' or claim ~= ARGV[1] then
  return 'lost'
end
if until_ms ~= '0' then
  redis.call('HSET', KEYS[1], 'claim_ends_ms', '0', 'error', ARGV[2],
    'attempts', string.format('%d', tonumber(attempts) - 1 + ARGV[3]))
end
return woken and 'woken' or 'waits'
