-- Put a number on a personal list, once for each request; the first number switches the lists on.
-- KEYS  list, the owner's other list, subscriber, answer to the request (all of the owner)
-- ARGV  number, how many at most
-- returns 'done', 'there' when it was on the list before, 'in_other' when it is on the other list,
--         'full'; nothing is changed but by 'done'

-- include: list
-- include: request

local before = answer_before(KEYS[4])
if before then
  return before
end
if is_in(KEYS[1], ARGV[1]) then
  return answer(KEYS[4], 'there')
end
if is_in(KEYS[2], ARGV[1]) then
  return answer(KEYS[4], 'in_other')
end
if is_full(KEYS[1], ARGV[2]) then
  return answer(KEYS[4], 'full')
end
redis.call('RPUSH', KEYS[1], ARGV[1])
switch_on(KEYS[3])
return answer(KEYS[4], 'done')
