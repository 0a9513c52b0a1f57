"""A wall clock that is stepped, Asterisk's or ours: no unit is debited early for it."""

from __future__ import annotations

import pytest

from tests.calls.world import CALL, UNIT_MS, World


@pytest.mark.parametrize("behind_ms", [3_000, 3_600_000, -3_600_000])
async def test_a_conversation_begins_after_its_consent_whatever_the_clocks_say(
    world: World, behind_ms: int
) -> None:
    await world.consent()
    world.clock.passed_ms += 20
    world.bridge()
    await world.reporter.bridged(CALL, world.clock.wall_ms() - behind_ms)
    entry = await world.book.load(CALL)
    assert entry is not None
    assert entry.call.talk_started_mono_ms == world.clock.mono_ms()


@pytest.mark.parametrize("stepped_ms", [3_000, 3_600_000, -3_000])
async def test_a_consent_that_was_stored_late_and_a_step_of_our_clock_make_no_unit_early(
    world: World, stepped_ms: int
) -> None:
    """Redis hung for five seconds, so that a step of three may seem to be within the call."""
    await world.consent()
    world.clock.passed_ms += 5_000
    world.switch.ahead_ms = -stepped_ms
    world.bridge()
    bridged_mono_ms = world.clock.mono_ms()
    await world.reporter.bridged(CALL, await world.switch.wall_ms())
    entry = await world.book.load(CALL)
    assert entry is not None
    assert entry.call.talk_started_mono_ms == bridged_mono_ms


@pytest.mark.parametrize("stepped_ms", [0, 3_000, -3_000])
async def test_an_event_that_comes_late_does_not_make_the_talk_longer(
    world: World, stepped_ms: int
) -> None:
    await world.consent()
    world.bridge()
    begun_ms = world.clock.wall_ms() + stepped_ms
    await world.reporter.bridged(CALL, begun_ms)
    ended_ms = begun_ms + UNIT_MS - 500
    world.clock.passed_ms += UNIT_MS + 400
    await world.reporter.called_leg_ended(CALL, ended_ms)
    entry = await world.book.load(CALL)
    assert entry is not None
    assert entry.call.talk_ended_mono_ms is not None
    assert entry.call.talk_started_mono_ms is not None
    talk_ms = entry.call.talk_ended_mono_ms - entry.call.talk_started_mono_ms
    assert talk_ms == UNIT_MS - 500


async def test_a_step_forward_in_mid_call_starts_no_unit_while_the_event_is_on_its_way(
    world: World,
) -> None:
    await world.talk()
    world.clock.passed_ms += UNIT_MS + 2  # it ended 3 ms ago, with the unit almost over
    await world.reporter.called_leg_ended(CALL, world.clock.wall_ms() + 3_600_000)
    entry = await world.book.load(CALL)
    assert entry is not None
    assert entry.call.talk_ended_mono_ms is not None
    assert entry.call.talk_started_mono_ms is not None
    assert entry.call.talk_ended_mono_ms - entry.call.talk_started_mono_ms < UNIT_MS


async def test_a_step_between_both_ends_of_a_dark_call_does_not_end_it_in_the_future(
    world: World,
) -> None:
    await world.talk()
    world.clock.passed_ms += 5_000
    found = await world.reporter.find(CALL)
    assert found is not None
    assert found.bridged_at_ms is not None
    entry = await world.book.load(CALL)
    assert entry is not None
    later = type(found)(found.bridged_at_ms, found.bridged_at_ms + 3_600_000, None, None)
    await world.reporter.note_talk(entry.call, later)
    ended = await world.book.load(CALL)
    assert ended is not None
    assert ended.call.talk_ended_mono_ms == world.clock.mono_ms()
