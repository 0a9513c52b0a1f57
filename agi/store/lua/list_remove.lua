-- Take a number from a personal list, once for each request.
-- KEYS  list, answer to the request (both of the owner)
-- ARGV  number
-- returns 'done', or 'absent' when it was not on the list

-- include: request

local before = answer_before(KEYS[2])
if before then
  return before
end
local removed = redis.call('LREM', KEYS[1], 0, ARGV[1])
return answer(KEYS[2], removed > 0 and 'done' or 'absent')
