-- Shared by every script that changes a call.
-- A call is a hash; `version` counts its changes, 0 stands for "not there yet". A script applies
-- the fields that the state machine computed from one version to that very version only.

local function call_moved_on(call_key, version)
  return (redis.call('HGET', call_key, 'version') or '0') ~= version
end

-- `fields` is a JSON object of strings; a null removes the field. `line`, if any, is what the call's
-- story gains by it.
local function write_call(call_key, fields, story_key, line)
  for name, value in pairs(cjson.decode(fields)) do
    if value == cjson.null then
      redis.call('HDEL', call_key, name)
    else
      redis.call('HSET', call_key, name, value)
    end
  end
  redis.call('HINCRBY', call_key, 'version', 1)
  if line ~= '' then
    redis.call('RPUSH', story_key, line)
  end
end
