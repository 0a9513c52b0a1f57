-- Set the price of one more unit of a call aside, together with the call's new state.
-- KEYS  call, account
-- ARGV  version, fields (JSON), price_minor
-- returns 'ok', 'conflict', or 'refused' when the account does not cover the unit

-- include: call
-- include: account

if call_moved_on(KEYS[1], ARGV[1]) then
  return 'conflict'
end
local price = tonumber(ARGV[3])
if available(KEYS[2]) < price then
  return 'refused'
end
redis.call('HINCRBY', KEYS[2], 'reserved_minor', ARGV[3])
write_call(KEYS[1], ARGV[2])
return 'ok'
