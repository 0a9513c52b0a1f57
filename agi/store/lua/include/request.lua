-- Shared by every script that carries out a subscriber's request once: what came of it is kept, so
-- that a request which comes again hears the same.

local KEPT_S = 86400

-- What came of it before, false where it is new.
local function answer_before(answer_key)
  return redis.call('GET', answer_key)
end

local function answer(answer_key, what)
  redis.call('SET', answer_key, what, 'EX', KEPT_S)
  return what
end
