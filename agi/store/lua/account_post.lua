-- Change a balance by hand: a credit, a refund or a correction, once for each operation.
-- KEYS  account, ledger, operations
-- ARGV  operation, amount_minor (with its sign), at_ms, reason, call_id ('' for none), note
-- returns {'ok', balance} when it was done now, {'repeated', balance} when it was done before,
--         {'conflict', amount then} when the operation was another amount, {'missing', ''},
--         {'refused', what is available} when a correction would take more than that,
--         {'too much', ''} when the balance would no longer be an exact number

-- include: account

if redis.call('EXISTS', KEYS[1]) == 0 then
  return { 'missing', '' }
end
local before = redis.call('HGET', KEYS[3], ARGV[1])
if before then
  local amount = string.match(before, '^(-?%d+):')
  if amount ~= ARGV[2] then
    return { 'conflict', amount }
  end
  return { 'repeated', redis.call('HGET', KEYS[1], 'balance_minor') }
end
local left = available(KEYS[1])
if tonumber(ARGV[2]) < 0 and left + tonumber(ARGV[2]) < 0 then
  return { 'refused', string.format('%.0f', left) }
end
if number_of(KEYS[1], 'balance_minor') + tonumber(ARGV[2]) > LARGEST_BALANCE then
  return { 'too much', '' }
end
local id, balance = post(KEYS[1], KEYS[2], {
  amount_minor = ARGV[2], at_ms = ARGV[3], reason = ARGV[4], call_id = ARGV[5], note = ARGV[6],
  operation = ARGV[1],
})
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2] .. ':' .. id)
return { 'ok', string.format('%.0f', balance) }
