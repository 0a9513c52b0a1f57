"""Reports in every order, twice, and too late: the same money and one CDR."""

from __future__ import annotations

import asyncio
from itertools import permutations

import pytest

from agi.charging import cdrs
from agi.domain.call import Phase
from agi.domain.dispositions import Disposition
from agi.store import keys
from agi.telephony.end_report import EndReport
from tests.calls.world import (
    A_LEG,
    B_LEG,
    BY_CALLED,
    BY_CALLER,
    CALL,
    CALLER,
    FUNDS_OUT,
    PAYER,
    World,
)

TALK_MS = 30_000
GAVE_UP = EndReport("", "", CALLER, "0880", PAYER, "ANSWER", "16")


async def report(world: World, name: str, at_ms: int) -> None:
    """Tell one of the three live reports of a conversation of `TALK_MS`."""
    if name == "bridged":
        await world.reporter.bridged(CALL, at_ms - TALK_MS)
    elif name == "b":
        await world.reporter.called_leg_ended(CALL, at_ms)
    else:
        await world.reporter.call_ended(CALL, at_ms, BY_CALLED)


async def talked(world: World) -> int:
    """A conversation that nobody was told of; returns when it ended."""
    await world.consent()
    world.bridge()
    world.clock.passed_ms += TALK_MS
    world.part()
    world.close(BY_CALLED)
    return world.clock.wall_ms()


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("order", list(permutations(["bridged", "b", "a"])))
async def test_reports_in_any_order(world: World, order: tuple[str, ...], times: int) -> None:
    at_ms = await talked(world)
    for name in order:
        for _ in range(times):
            await report(world, name, at_ms)
    cdr = await world.cdr()
    assert (cdr.disposition, cdr.minutes, cdr.charged_minor) == (Disposition.ANSWERED, 1, 300)
    assert cdr.talk_ms == pytest.approx(TALK_MS, abs=1_100)
    assert await world.money() == (700, 0)
    assert await world.book.live() == []


async def test_reports_all_at_once_to_several_workers(world: World) -> None:
    at_ms = await talked(world)
    names = ["bridged", "b", "a"] * 10
    await asyncio.gather(*(report(world, name, at_ms) for name in names), world.recovery.catch_up())
    assert (await world.cdr()).charged_minor == 300
    assert await world.money() == (700, 0)


async def test_between_two_milliseconds_a_conversation_begins_at_the_later_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a unit might be debited in the last instant of the one before."""
    monkeypatch.setattr(world.clock, "next_mono_ms", lambda: world.clock.mono_ms() + 1)
    begun_ms = world.clock.mono_ms()
    await world.talk()
    entry = await world.book.load(CALL)
    assert entry is not None
    assert entry.call.talk_started_mono_ms == begun_ms + 1


async def test_a_live_conversation(world: World) -> None:
    await world.talk()
    assert await world.money() == (700, 0)
    await world.pass_time(59_000)
    assert await world.money() == (700, 300)
    assert world.switch.limits_ms == [2 * 60_000]
    await world.pass_time(60_000)
    assert await world.money() == (400, 0)
    world.clock.passed_ms = 70_000
    world.part()
    world.close(BY_CALLER)
    for name in ("b", "a"):
        await report(world, name, world.clock.wall_ms())
    cdr = await world.cdr()
    assert (cdr.minutes, cdr.talk_ms, cdr.release_cause) == (2, 70_000, "called_party")
    assert cdr.consent_digits == "1"
    assert await world.money() == (400, 0)


async def test_the_bridge_is_asked_for_before_money_moves(world: World) -> None:
    """An event's text can be forged: Asterisk must say itself that the legs are in a bridge."""
    await world.consent()
    await world.reporter.bridged(CALL, world.clock.wall_ms())
    assert await world.money() == (1_000, 300)
    world.switch.reachable = False
    world.bridge()
    await world.reporter.bridged(CALL, world.clock.wall_ms())
    assert await world.money() == (1_000, 300)


async def test_a_bridge_without_consent_costs_nothing(world: World) -> None:
    await world.offer()
    world.bridge()
    await world.reporter.bridged(CALL, world.clock.wall_ms())
    await world.reporter.call_ended(CALL, world.clock.wall_ms(), BY_CALLED)
    cdr = await world.cdr()
    assert (cdr.consent, cdr.charged_minor) == (False, 0)
    assert await world.money() == (1_000, 0)


async def test_reports_of_a_call_that_is_not_known_change_nothing(world: World) -> None:
    """As of a call that Redis has lost; its record is read when it is over."""
    await world.reporter.bridged(CALL, world.clock.wall_ms())
    await world.reporter.caller_hung_up(CALL)
    await world.reporter.called_leg_ended(CALL, world.clock.wall_ms())
    assert await cdrs.find(world.store) == []
    assert world.switch.released == []


async def test_a_bridge_that_nobody_could_confirm_is_read_from_the_record(world: World) -> None:
    await world.consent()
    world.switch.reachable = False
    world.bridge()
    started_ms = world.clock.wall_ms()
    await world.reporter.bridged(CALL, started_ms)
    world.clock.passed_ms += 20_000
    world.part(keep_caller=True)
    await world.reporter.called_leg_ended(CALL, world.clock.wall_ms())
    assert await world.money() == (700, 0)
    world.clock.passed_ms += 4_000
    world.close(FUNDS_OUT)
    await world.reporter.call_ended(CALL, world.clock.wall_ms(), FUNDS_OUT)
    cdr = await world.cdr()
    assert (cdr.answered_at_ms, cdr.minutes) == (started_ms, 1)
    assert cdr.release_cause == "funds_ran_out"


async def test_consent_without_a_bridge_is_given_back(world: World) -> None:
    await world.consent()
    world.part()
    world.close(GAVE_UP)
    await world.reporter.called_leg_ended(CALL, world.clock.wall_ms())
    await world.reporter.call_ended(CALL, world.clock.wall_ms(), BY_CALLER)
    cdr = await world.cdr()
    assert (cdr.disposition, cdr.consent, cdr.minutes) == (Disposition.ABANDONED, True, 0)
    assert await world.money() == (1_000, 0)


@pytest.mark.parametrize(
    ("result", "disposition"),
    [
        ("declined", Disposition.DECLINED),
        ("busy", Disposition.BUSY),
        ("no_answer", Disposition.NO_ANSWER),
        ("", Disposition.ABANDONED),
        ("of no meaning", Disposition.ABANDONED),
    ],
)
async def test_an_attempt_ends_as_the_caller_was_told(
    world: World, result: str, disposition: Disposition
) -> None:
    await world.offer()
    end = EndReport(result, "", CALLER, "0880", PAYER, "BUSY", "17")
    for _ in range(2):
        await world.reporter.call_ended(CALL, world.clock.wall_ms(), end)
    assert (await world.cdr()).disposition is disposition
    waiting = await world.store.client.lrange(keys.messages(PAYER), 0, -1)
    assert waiting == ([f"{CALL}-call-me"] if result == "busy" else [])


async def test_an_attempt_that_the_service_never_heard_of_leaves_one_cdr(world: World) -> None:
    end = EndReport("unavailable", "", CALLER, "0880", PAYER, "", "0")
    for _ in range(3):
        await world.reporter.call_ended(CALL, world.clock.wall_ms(), end)
    cdr = await world.cdr()
    assert (cdr.disposition, cdr.called) == (Disposition.UNAVAILABLE, PAYER)
    assert (cdr.access_code, cdr.charged_minor) == ("0880", 0)


async def test_an_offer_that_comes_after_its_end_opens_nothing(world: World) -> None:
    """The caller hung up while the service was deciding."""
    end = EndReport("", "", CALLER, "0880", PAYER, "", "0")
    await world.reporter.call_ended(CALL, world.clock.wall_ms(), end)
    assert await world.ask() is Disposition.UNAVAILABLE
    assert await world.book.live() == []
    assert (await world.cdr()).disposition is Disposition.ABANDONED


async def test_a_phone_that_is_no_subscriber_leaves_nothing(world: World) -> None:
    end = EndReport("", "", "9119999999", "0880", PAYER, "", "0")
    await world.reporter.call_ended(CALL, world.clock.wall_ms(), end)
    assert await world.book.load(CALL) is None


async def test_the_leg_of_a_call_that_its_caller_left_is_released(world: World) -> None:
    await world.consent()
    world.close(BY_CALLER)
    await world.reporter.call_ended(CALL, world.clock.wall_ms(), BY_CALLER)
    assert world.switch.released == [B_LEG]
    entry = await world.book.load(CALL)
    assert entry is not None
    assert entry.call.phase is Phase.SETTLED


async def test_the_caller_hears_why_and_does_not_talk_meanwhile(world: World) -> None:
    """The report on the called party's leg was lost: the announcement is no conversation."""
    await world.talk()
    await world.pass_time(45_000)
    assert world.switch.limits_ms == [120_000]
    world.clock.passed_ms = 59_000
    world.part(keep_caller=True)
    world.clock.passed_ms = 64_000
    world.close(FUNDS_OUT)
    await world.reporter.call_ended(CALL, world.clock.wall_ms(), FUNDS_OUT)
    cdr = await world.cdr()
    assert (cdr.talk_ms, cdr.minutes) == (59_000, 1)
    assert await world.money() == (700, 0)
    assert A_LEG not in world.switch.legs


@pytest.mark.parametrize(("bridged_ms", "charged_minor"), [(1, 0), (49, 0), (50, 300)])
@pytest.mark.parametrize("heard", [True, False])
async def test_a_caller_who_gives_up_at_the_key_has_not_talked(
    world: World, heard: bool, bridged_ms: int, charged_minor: int
) -> None:
    """Asterisk has both legs in a bridge for a moment, and answers the caller's CANCEL."""
    await world.consent()
    begun_ms = world.clock.wall_ms()
    world.bridge()
    world.clock.passed_ms += bridged_ms
    world.part()
    world.close(GAVE_UP)
    if heard:
        await world.reporter.bridged(CALL, begun_ms)
        await world.reporter.called_leg_ended(CALL, begun_ms + bridged_ms)
        await world.reporter.call_ended(CALL, begun_ms + bridged_ms, GAVE_UP)
    else:
        await world.recovery.catch_up()
    cdr = await world.cdr()
    answered = charged_minor > 0
    assert cdr.disposition is (Disposition.ANSWERED if answered else Disposition.ABANDONED)
    assert (cdr.charged_minor, cdr.talk_ms) == (charged_minor, bridged_ms if answered else 0)
    assert await world.money() == (1_000 - charged_minor, 0)


@pytest.mark.parametrize(("stays_ms", "phase"), [(49, Phase.GRANTED), (51, Phase.TALKING)])
async def test_a_conversation_begins_when_the_bridge_is_old_enough(
    world: World, monkeypatch: pytest.MonkeyPatch, stays_ms: int, phase: Phase
) -> None:
    await world.consent()
    world.bridge()
    parts_ms = world.clock.mono_ms() + stays_ms
    in_bridge = world.switch.in_bridge

    async def asked(channel: str, call_id: str) -> bool | None:
        if world.clock.mono_ms() >= parts_ms:
            world.part()
        return await in_bridge(channel, call_id)

    monkeypatch.setattr(world.switch, "in_bridge", asked)
    begun_ms = world.clock.wall_ms()
    await world.reporter.bridged(CALL, begun_ms)
    entry = await world.book.load(CALL)
    assert entry is not None
    assert entry.call.phase is phase
    assert entry.call.talk_started_at_ms == (begun_ms if phase is Phase.TALKING else None)
