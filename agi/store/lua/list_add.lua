-- Put a number on a personal list; the first number switches the lists on.
-- KEYS  list, the owner's other list, subscriber (all of the owner)
-- ARGV  number, how many at most
-- returns 'done', 'there' when it was on the list before, 'in_other' when it is on the other list,
--         'full'; nothing is changed but by 'done'

-- include: list

if is_in(KEYS[1], ARGV[1]) then
  return 'there'
end
if is_in(KEYS[2], ARGV[1]) then
  return 'in_other'
end
if is_full(KEYS[1], ARGV[2]) then
  return 'full'
end
redis.call('RPUSH', KEYS[1], ARGV[1])
switch_on(KEYS[3])
return 'done'
