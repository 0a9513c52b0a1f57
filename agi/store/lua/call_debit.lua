-- Take the price of one reserved unit, together with the call's new state.
-- KEYS  call, story, account, ledger, operations
-- ARGV  version, fields (JSON), line, call_id, unit, price_minor, at_ms
-- returns 'ok', or 'conflict'

-- include: call
-- include: account

if call_moved_on(KEYS[1], ARGV[1]) then
  return 'conflict'
end
local keys = { account = KEYS[3], ledger = KEYS[4], operations = KEYS[5] }
debit_unit(keys, ARGV[4], ARGV[5], ARGV[6], ARGV[7])
write_call(KEYS[1], ARGV[2], KEYS[2], ARGV[3])
return 'ok'
