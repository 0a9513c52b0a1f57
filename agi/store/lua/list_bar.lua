-- Put a number on the black list; it leaves the white list by that.
-- KEYS  black list, white list, subscriber (all of the owner)
-- ARGV  number, how many at most
-- returns 'done', 'there' when it was on the black list before, 'full'; nothing is changed but by
--         'done'

-- include: list

if is_in(KEYS[1], ARGV[1]) then
  return 'there'
end
if is_full(KEYS[1], ARGV[2]) then
  return 'full'
end
redis.call('LREM', KEYS[2], 0, ARGV[1])
redis.call('RPUSH', KEYS[1], ARGV[1])
switch_on(KEYS[3])
return 'done'
