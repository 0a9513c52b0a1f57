-- Open an account; its opening balance is the first entry of its ledger.
-- KEYS  account, ledger
-- ARGV  currency, floor_minor, opening_minor, at_ms
-- returns 1, or 0 when there is such an account already (nothing is changed then)

-- include: account
-- include: opening

local opened = open_account(KEYS[1], KEYS[2], {
  currency = ARGV[1], floor_minor = ARGV[2], balance_minor = ARGV[3], at_ms = ARGV[4],
})
return opened and 1 or 0
