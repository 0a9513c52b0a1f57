-- The end of a call, in one step: the last debits, the release of what is still reserved, the CDR
-- and the notice.
-- KEYS  call, account, ledger, operations, cdrs, messages, message
-- ARGV  version, fields (JSON), call_id, first unit, last unit, price_minor, released_minor, at_ms,
--       CDR (JSON), notice (JSON, '' for none), seconds to keep the call
-- returns 'ok', or 'conflict'

-- include: call
-- include: account
-- include: message

if call_moved_on(KEYS[1], ARGV[1]) then
  return 'conflict'
end
local keys = { account = KEYS[2], ledger = KEYS[3], operations = KEYS[4] }
for unit = tonumber(ARGV[4]), tonumber(ARGV[5]) do
  debit_unit(keys, ARGV[3], string.format('%d', unit), ARGV[6], ARGV[8])
end
if ARGV[7] ~= '0' then
  redis.call('HINCRBY', KEYS[2], 'reserved_minor', '-' .. ARGV[7])
end
redis.call('RPUSH', KEYS[5], ARGV[9])
if ARGV[10] ~= '' then
  put_message(KEYS[6], KEYS[7], cjson.decode(ARGV[10]))
end
write_call(KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[11])
return 'ok'
