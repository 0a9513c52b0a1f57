-- Create a subscriber together with the account, so that there is never the one without the other.
-- KEYS  subscriber, account, ledger
-- ARGV  profile (a JSON object of strings), currency, floor_minor, opening_minor, at_ms
-- returns 1, or 0 when there is such a subscriber already (nothing is changed then)

-- include: account
-- include: opening

if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
local profile = cjson.decode(ARGV[1])
open_account(KEYS[2], KEYS[3], {
  currency = ARGV[2], floor_minor = ARGV[3], balance_minor = ARGV[4], at_ms = ARGV[5],
})
for name, value in pairs(profile) do
  redis.call('HSET', KEYS[1], name, value)
end
return 1
