-- The end of a call, in one step: the last debits, the release of what is still reserved, the CDR
-- and the notice.
-- KEYS  call, story, account, ledger, operations, cdrs, messages, message
-- ARGV  version, fields (JSON), line, call_id, first unit, last unit, price_minor, released_minor,
--       at_ms, CDR (JSON), notice (JSON, '' for none), seconds to keep the call, and its story
-- returns 'ok', or 'conflict'

-- include: call
-- include: account
-- include: message

if call_moved_on(KEYS[1], ARGV[1]) then
  return 'conflict'
end
local keys = { account = KEYS[3], ledger = KEYS[4], operations = KEYS[5] }
for unit = tonumber(ARGV[5]), tonumber(ARGV[6]) do
  debit_unit(keys, ARGV[4], string.format('%d', unit), ARGV[7], ARGV[9])
end
if ARGV[8] ~= '0' then
  redis.call('HINCRBY', KEYS[3], 'reserved_minor', '-' .. ARGV[8])
end
redis.call('RPUSH', KEYS[6], ARGV[10])
if ARGV[11] ~= '' then
  put_message(KEYS[7], KEYS[8], cjson.decode(ARGV[11]))
end
write_call(KEYS[1], ARGV[2], KEYS[2], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[12])
redis.call('EXPIRE', KEYS[2], ARGV[13])
return 'ok'
