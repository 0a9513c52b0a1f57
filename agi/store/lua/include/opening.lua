-- Shared by every script that opens an account; needs `account`.

-- Open an account whose opening balance is the first entry of its ledger. Returns false, and
-- changes nothing, when there is such an account already.
local function open_account(account_key, ledger_key, opening)
  if redis.call('EXISTS', account_key) == 1 then
    return false
  end
  redis.call('HSET', account_key, 'currency', opening.currency, 'floor_minor', opening.floor_minor,
    'balance_minor', '0', 'reserved_minor', '0', 'entries', '0')
  if opening.balance_minor ~= '0' then
    post(account_key, ledger_key, {
      amount_minor = opening.balance_minor, at_ms = opening.at_ms, reason = 'opening',
    })
  end
  return true
end
