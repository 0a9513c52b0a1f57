-- Store a call's new state; no money moves.
-- KEYS  call
-- ARGV  version it was computed from, fields (JSON)
-- returns 'ok', or 'conflict' when the call has moved on

-- include: call

if call_moved_on(KEYS[1], ARGV[1]) then
  return 'conflict'
end
write_call(KEYS[1], ARGV[2])
return 'ok'
