-- Shared by every script that changes a balance.

-- In minor units. Redis' Lua numbers are exact up to 2^53, a little more than this.
local LARGEST_BALANCE = 9000000000000000

local function number_of(account_key, field)
  return tonumber(redis.call('HGET', account_key, field) or '0')
end

-- What may still be reserved.
local function available(account_key)
  return number_of(account_key, 'balance_minor') - number_of(account_key, 'reserved_minor')
    - number_of(account_key, 'floor_minor')
end

-- The one place where a balance changes. Returns the entry's number and the balance after it.
-- An amount is written as text: cjson would print large numbers as floats.
local function post(account_key, ledger_key, entry)
  local balance = redis.call('HINCRBY', account_key, 'balance_minor', entry.amount_minor)
  local id = redis.call('HINCRBY', account_key, 'entries', 1)
  redis.call('RPUSH', ledger_key, cjson.encode({
    id = tostring(id),
    at_ms = tostring(entry.at_ms),
    reason = entry.reason,
    call_id = entry.call_id or '',
    minute = tostring(entry.minute or ''),
    operation = entry.operation or '',
    note = entry.note or '',
    amount_minor = tostring(entry.amount_minor),
    balance_minor = string.format('%.0f', balance),
  }))
  return id, balance
end

-- Debit one reserved unit of a call, unless that was done before.
local function debit_unit(keys, call_id, unit, price_minor, at_ms)
  local operation = 'debit:' .. call_id .. ':' .. unit
  if redis.call('HEXISTS', keys.operations, operation) == 1 then
    return
  end
  local amount = '-' .. price_minor
  local id = post(keys.account, keys.ledger, {
    amount_minor = amount, at_ms = at_ms, reason = 'debit', call_id = call_id, minute = unit,
    operation = operation,
  })
  redis.call('HINCRBY', keys.account, 'reserved_minor', amount)
  redis.call('HSET', keys.operations, operation, amount .. ':' .. id)
end
