-- Shared by every script that changes a personal list. A list is a Redis list of numbers in the
-- order of their entry.

local function is_in(list_key, number)
  return redis.call('LPOS', list_key, number) ~= false
end

local function is_full(list_key, most)
  return redis.call('LLEN', list_key) >= tonumber(most)
end

-- A number that is nobody's gets no profile by this.
local function switch_on(profile_key)
  if redis.call('EXISTS', profile_key) == 1 then
    redis.call('HSET', profile_key, 'lists_on', '1')
  end
end
