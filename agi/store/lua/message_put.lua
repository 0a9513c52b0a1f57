-- Store a message to be sent, once for each id.
-- KEYS  messages, message
-- ARGV  message (JSON)
-- returns 1, or 0 when it was stored before (nothing is changed then)

-- include: message

return put_message(KEYS[1], KEYS[2], cjson.decode(ARGV[1])) and 1 or 0
