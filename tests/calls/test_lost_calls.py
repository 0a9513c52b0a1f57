"""Looks at calls whose reports were lost, or whose Asterisk went down with them."""

from __future__ import annotations

import pytest

from agi.domain.call import Phase
from agi.domain.dispositions import Disposition
from tests.calls.world import (
    A_LEG,
    B_LEG,
    BY_CALLED,
    FUNDS_OUT,
    World,
)


async def test_asterisk_went_down_with_the_call(world: World) -> None:
    await world.talk()
    await world.pass_time(70_000)
    assert await world.money() == (400, 0)
    world.switch.legs.clear()
    await world.metering.sweep()  # as when Asterisk can be heard again
    await world.pass_time(75_000)
    cdr = await world.cdr()
    assert (cdr.disposition, cdr.release_cause) == (Disposition.ANSWERED, "lost")
    assert (cdr.minutes, cdr.charged_minor) == (2, 600)
    assert await world.money() == (400, 0)
    assert await world.book.agenda.members() == []


async def test_a_reservation_is_given_back_when_asterisk_stays_silent(world: World) -> None:
    """A unit of 60 s is reserved, and a reservation is valid for 60 s after what it pays for."""
    await world.consent()
    world.switch.reachable = False
    await world.pass_time(119_000, step_ms=1_000)
    assert (await world.phase(), await world.money()) == (Phase.GRANTED, (1_000, 300))
    await world.pass_time(124_000)
    assert (await world.cdr()).disposition is Disposition.UNAVAILABLE
    assert await world.money() == (1_000, 0)


async def test_a_conversation_of_which_asterisk_stays_silent_ends_with_what_was_debited(
    world: World,
) -> None:
    await world.talk()
    await world.pass_time(46_000)
    assert await world.money() == (700, 300)
    world.switch.reachable = False
    await world.pass_time(178_000, step_ms=1_000)
    assert (await world.phase(), await world.money()) == (Phase.TALKING, (700, 300))
    await world.pass_time(184_000)
    cdr = await world.cdr()
    assert (cdr.minutes, cdr.talk_ms, cdr.release_cause) == (1, 60_000, "lost")
    assert await world.money() == (700, 0)


async def test_channels_of_other_calls_have_the_names_of_those_that_are_lost(world: World) -> None:
    await world.talk()
    world.switch.legs = dict.fromkeys((A_LEG, B_LEG), ("cc-1700000999.1", True))
    await world.pass_time(130_000)
    assert (await world.cdr()).minutes == 1
    assert await world.money() == (700, 0)


async def test_asterisk_went_down_before_the_conversation(world: World) -> None:
    await world.consent()
    world.switch.legs.clear()
    await world.pass_time(14_000)
    cdr = await world.cdr()
    assert (cdr.disposition, cdr.consent) == (Disposition.UNAVAILABLE, True)
    assert await world.money() == (1_000, 0)


async def test_asterisk_went_down_just_after_the_legs_met(world: World) -> None:
    """The bridge was written down and its end was not: nobody knows of a conversation."""
    await world.consent()
    world.bridge()
    world.switch.legs.clear()
    await world.metering.sweep()
    await world.pass_time(5_000)
    assert ((await world.cdr()).minutes, (await world.cdr()).release_cause) == (0, "unavailable")
    assert await world.money() == (1_000, 0)


@pytest.mark.parametrize(("bridged_ms", "charged_minor"), [(49, 0), (50, 300)])
async def test_a_short_bridge_that_is_found_in_the_record(
    world: World, bridged_ms: int, charged_minor: int
) -> None:
    """Asterisk went down while the caller heard why."""
    await world.consent()
    world.bridge()
    world.clock.passed_ms += bridged_ms
    world.part()
    await world.metering.sweep()
    await world.pass_time(5_000)
    assert (await world.cdr()).charged_minor == charged_minor
    assert await world.money() == (1_000 - charged_minor, 0)


async def test_an_end_that_nobody_heard_of_is_read_from_the_record(world: World) -> None:
    await world.talk()
    await world.pass_time(46_000)
    world.part()
    world.close(BY_CALLED)
    await world.pass_time(60_000)
    cdr = await world.cdr()
    assert (cdr.talk_ms, cdr.minutes, cdr.release_cause) == (46_000, 1, "called_party")
    assert await world.money() == (700, 0)


async def test_a_caller_who_still_hears_why_keeps_the_call_open(world: World) -> None:
    """Two units were talked, the second was reserved and not debited: the service was down."""
    await world.talk()
    await world.pass_time(46_000)
    world.clock.passed_ms = 120_000
    world.part(keep_caller=True)
    world.start()
    await world.metering.sweep()
    await world.pass_time(124_000)
    assert await world.phase() is Phase.TALKED
    world.close(FUNDS_OUT)
    await world.pass_time(140_000)
    cdr = await world.cdr()
    assert (cdr.talk_ms, cdr.minutes, cdr.release_cause) == (120_000, 2, "funds_ran_out")
    assert await world.money() == (400, 0)


async def test_a_bridge_that_nobody_reported_is_found(world: World) -> None:
    await world.consent()
    world.clock.passed_ms += 200
    world.bridge()
    await world.pass_time(12_000)
    assert await world.phase() is Phase.TALKING
    assert await world.money() == (700, 0)
    await world.end(20_200)
    assert (await world.cdr()).talk_ms == 20_000


async def test_a_bridge_that_nobody_reported_and_nobody_wrote_down_is_found(world: World) -> None:
    await world.consent()
    world.bridge()
    world.record.unlink()
    await world.pass_time(12_000)
    assert await world.phase() is Phase.TALKING
    assert await world.money() == (700, 0)


async def test_little_is_remembered_of_calls_that_are_over(world: World) -> None:
    for n in range(5):
        call_id = f"cc-1700000000.{n}"
        await world.offer(call_id)
        world.switch.legs.clear()
        await world.metering.sweep()
        await world.look()
        assert len(world.metering._missing) == 1
        await world.reporter.call_ended(call_id, world.clock.wall_ms(), BY_CALLED)
        world.clock.passed_ms += 61_000


async def test_a_machine_that_was_started_again_settles_what_it_was_in(world: World) -> None:
    """The monotonic clock begins anew: the call's next look would be far ahead."""
    await world.talk()
    await world.pass_time(20_000)
    world.switch.legs.clear()
    world.clock.passed_ms -= 4_000_000
    world.start()
    await world.metering.sweep()
    await world.look()
    await world.pass_time(world.clock.passed_ms + 5_000)
    assert ((await world.cdr()).minutes, (await world.cdr()).talk_ms) == (1, 0)
    assert await world.money() == (700, 0)
