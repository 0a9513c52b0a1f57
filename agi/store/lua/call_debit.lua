-- Take the price of one reserved unit, together with the call's new state.
-- KEYS  call, account, ledger, operations
-- ARGV  version, fields (JSON), call_id, unit, price_minor, at_ms
-- returns 'ok', or 'conflict'

-- include: call
-- include: account

if call_moved_on(KEYS[1], ARGV[1]) then
  return 'conflict'
end
local keys = { account = KEYS[2], ledger = KEYS[3], operations = KEYS[4] }
debit_unit(keys, ARGV[3], ARGV[4], ARGV[5], ARGV[6])
write_call(KEYS[1], ARGV[2])
return 'ok'
