-- Refuse collect calls, or take them again, once for each request.
-- KEYS  subscriber, answer to the request
-- ARGV  'out', 'in', or 'toggle' for the one of them that changes something; then the flags of the
--       profile that it is about
-- returns 1 when they are refused now, 0 when they are taken (also by a number that is nobody's)

-- include: request

if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
local before = answer_before(KEYS[2])
if before then
  return tonumber(before)
end
local refused = true
for position = 2, #ARGV do
  refused = refused and redis.call('HGET', KEYS[1], ARGV[position]) == '1'
end
local out = ARGV[1] == 'out' or (ARGV[1] == 'toggle' and not refused)
local flag = out and '1' or '0'
for position = 2, #ARGV do
  redis.call('HSET', KEYS[1], ARGV[position], flag)
end
return tonumber(answer(KEYS[2], flag))
