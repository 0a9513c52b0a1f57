-- Set the price of one or more units of a call aside, together with the call's new state.
-- KEYS  call, story, account
-- ARGV  version, fields (JSON), line, amount_minor
-- returns 'ok', 'conflict', or 'refused' when the account does not cover that

-- include: call
-- include: account

if call_moved_on(KEYS[1], ARGV[1]) then
  return 'conflict'
end
if available(KEYS[3]) < tonumber(ARGV[4]) then
  return 'refused'
end
redis.call('HINCRBY', KEYS[3], 'reserved_minor', ARGV[4])
write_call(KEYS[1], ARGV[2], KEYS[2], ARGV[3])
return 'ok'
