-- End a claimed message: it was sent, or it is given up.
-- KEYS  message
-- ARGV  claim, 'sent' or 'dead', why (may be empty)
-- returns 1, or 0 when somebody else has claimed the message meanwhile (nothing is changed then)

if redis.call('HGET', KEYS[1], 'claim') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'state', ARGV[2], 'error', ARGV[3])
return 1
