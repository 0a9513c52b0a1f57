-- Put money on an account, once for each operation id.
-- KEYS  account, ledger, operations
-- ARGV  operation id, amount_minor, at_ms
-- returns {'ok', balance} when it was done now, {'repeated', balance} when it was done before,
--         {'conflict', amount then} when that id was used with another amount, {'missing', ''}

-- include: account

if redis.call('EXISTS', KEYS[1]) == 0 then
  return { 'missing', '' }
end
local operation = 'credit:' .. ARGV[1]
local before = redis.call('HGET', KEYS[3], operation)
if before then
  local amount = string.match(before, '^(-?%d+):')
  if amount ~= ARGV[2] then
    return { 'conflict', amount }
  end
  return { 'repeated', redis.call('HGET', KEYS[1], 'balance_minor') }
end
local id, balance = post(KEYS[1], KEYS[2], {
  amount_minor = ARGV[2], at_ms = ARGV[3], reason = 'credit', operation = operation,
})
redis.call('HSET', KEYS[3], operation, ARGV[2] .. ':' .. id)
return { 'ok', string.format('%.0f', balance) }
