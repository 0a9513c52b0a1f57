-- Store a call's new state; no money moves.
-- KEYS  call, story
-- ARGV  version it was computed from, fields (JSON), line of the story ('' for none)
-- returns 'ok', or 'conflict' when the call has moved on

-- include: call

if call_moved_on(KEYS[1], ARGV[1]) then
  return 'conflict'
end
write_call(KEYS[1], ARGV[2], KEYS[2], ARGV[3])
return 'ok'
