"""Looks at live calls: each unit in its time, and the end of the money."""

from __future__ import annotations

import asyncio

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from agi.calls import metering
from agi.calls.metering import Metering
from agi.domain import events
from agi.domain.call import Phase
from agi.domain.subscribers import Subscriber
from agi.store import keys
from tests.calls.world import (
    B_LEG,
    BY_CALLED,
    BY_CALLER,
    CALL,
    FUNDS_OUT,
    PAYER,
    World,
)


async def test_money_runs_out_after_three_units(world: World) -> None:
    await world.talk()
    await world.pass_time(180_200)
    assert world.switch.limits_ms == [120_000, 180_000]
    assert (world.switch.warned_ms, world.switch.warned) == ([170_000], {B_LEG})
    assert await world.money() == (100, 0)
    assert world.switch.released == []
    await world.pass_time(180_500)
    assert world.switch.released == [B_LEG]
    await world.end(180_600)
    assert ((await world.cdr()).minutes, (await world.cdr()).talk_ms) == (3, 180_600)
    assert await world.money() == (100, 0)


async def test_a_credit_in_the_last_seconds_lengthens_the_call(world: World) -> None:
    await world.talk()
    await world.pass_time(172_000)
    await world.accounts.credit(PAYER, 200, "late", world.clock.wall_ms())
    await world.pass_time(230_000)
    assert world.switch.limits_ms == [120_000, 180_000, 240_000]
    assert world.switch.warned_ms == [170_000, 230_000]
    await world.end(231_000)
    assert await world.money() == (0, 0)


async def test_a_look_that_is_late_leaves_the_time_that_was_set_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asterisk is slow to say that nobody is bridged yet; then the two talk, and are to be metered
    in their time, which may be sooner than the next look at a call that rings."""
    await world.offer()
    ask = world.switch.in_bridge

    async def ask_slowly(channel: str, call_id: str) -> bool | None:
        monkeypatch.setattr(world.switch, "in_bridge", ask)
        answer = await ask(channel, call_id)
        await world.agree()
        world.bridge()
        await world.reporter.bridged(CALL, world.clock.wall_ms())
        return answer

    monkeypatch.setattr(world.switch, "in_bridge", ask_slowly)
    world.clock.passed_ms += 5_000
    began_ms = world.clock.mono_ms()
    await world.look()
    assert await world.phase() is Phase.TALKING
    due_ms = await world.store.client.zscore(keys.CALL_AGENDA, f"{PAYER}/{CALL}")
    assert due_ms == began_ms + 45_000


@pytest.mark.parametrize(
    ("ended_ms", "looked_ms", "minutes"),
    [
        (59_999, 60_000, 1),  # the look comes after the end and finds no bridge
        (60_000, 60_000, 1),
        (60_001, 60_000, 2),  # the look comes before the end and finds the bridge
        (60_001, 60_002, 2),
    ],
)
async def test_the_end_near_a_boundary(
    world: World, ended_ms: int, looked_ms: int, minutes: int
) -> None:
    await world.talk()
    await world.pass_time(59_000)
    if looked_ms < ended_ms:
        world.clock.passed_ms = looked_ms
        await world.look()
        world.clock.passed_ms = ended_ms
        world.part()
    else:
        world.clock.passed_ms = ended_ms
        world.part()
        world.clock.passed_ms = looked_ms
        await world.look()
    world.close(BY_CALLER)
    ended_at_ms = world.clock.wall_ms() - world.clock.passed_ms + ended_ms
    await world.reporter.called_leg_ended(CALL, ended_at_ms)
    await world.reporter.call_ended(CALL, ended_at_ms, BY_CALLER)
    cdr = await world.cdr()
    assert (cdr.minutes, cdr.talk_ms) == (minutes, ended_ms)
    assert await world.money() == (1_000 - 300 * minutes, 0)


async def test_the_end_and_the_look_at_the_same_moment(world: World) -> None:
    await world.talk()
    await world.pass_time(59_000)
    world.clock.passed_ms = 60_000
    at_ms = world.clock.wall_ms()
    jobs = [world.look(), world.reporter.called_leg_ended(CALL, at_ms)]
    jobs += [world.reporter.call_ended(CALL, at_ms, BY_CALLED), world.look()]
    await asyncio.gather(*jobs)
    cdr = await world.cdr()
    assert cdr.minutes in (1, 2)
    assert await world.money() == (1_000 - 300 * cdr.minutes, 0)


async def test_without_ami_nothing_is_renewed_and_nothing_is_lost(world: World) -> None:
    await world.talk()
    world.switch.reachable = False
    await world.pass_time(59_000)
    assert await world.money() == (700, 0)
    world.clock.passed_ms = 60_000
    world.part()
    world.close(FUNDS_OUT)
    world.switch.reachable = True
    await world.pass_time(62_000)
    cdr = await world.cdr()
    assert (cdr.minutes, cdr.talk_ms, cdr.release_cause) == (1, 60_000, "funds_ran_out")
    assert await world.money() == (700, 0)


async def test_a_limit_that_was_not_moved_is_moved_at_the_next_look(world: World) -> None:
    await world.talk()
    await world.pass_time(44_000)
    world.switch.moves = False
    await world.pass_time(46_000)
    assert (await world.money(), world.switch.limits_ms) == ((700, 300), [])
    world.switch.moves = True
    await world.pass_time(47_000)
    assert world.switch.limits_ms == [120_000]


async def test_a_service_that_died_in_mid_call_goes_on_where_it_was(world: World) -> None:
    await world.talk()
    await world.pass_time(46_000)
    world.start()
    world.clock.passed_ms = 61_000
    await world.metering.sweep()
    await world.look()
    assert await world.money() == (400, 0)
    await world.end(62_000)
    assert (await world.cdr()).minutes == 2


async def test_two_workers_and_one_call(world: World) -> None:
    await world.talk()
    other = Metering(world.runner, world.reporter, world.switch)
    for at_ms in range(5_000, 200_000, 1_000):
        world.clock.passed_ms = at_ms
        await other.sweep()
        await asyncio.gather(world.metering._claim(), other._claim())
        await other.sweep()
        await asyncio.gather(world.metering._claim(), other._claim())
        while looks := world.metering._looks | other._looks:
            await asyncio.gather(*looks)
    assert await world.money() == (100, 0)
    assert world.switch.warned_ms == [170_000]
    assert set(world.switch.limits_ms) == {120_000, 180_000}


async def test_a_ringing_call_is_left_alone(world: World) -> None:
    await world.offer()
    await world.pass_time(60_000, step_ms=5_000)
    assert await world.phase() is Phase.OFFERED


async def test_an_entry_without_a_call_is_dropped(world: World) -> None:
    await world.book.agenda.put(f"{PAYER}/cc-1.1", 0)
    await world.look()
    assert await world.book.agenda.members() == []


async def test_fifty_calls_at_once_on_one_account(world: World) -> None:
    """As many as the money carries, and not one more."""
    calls = [f"cc-1700000000.{n}" for n in range(50)]
    many = Subscriber("9110000009", "mts-ru", "moscow", unlimited=True)
    await world.person(many)
    for call_id in calls:
        await world.offer(call_id, many.number)
        await world.runner.apply(call_id, events.ConsentAsked(B_LEG))
    given = events.ConsentGiven(world.clock.wall_ms(), "1", world.clock.mono_ms())
    applied = await asyncio.gather(*(world.runner.apply(call_id, given) for call_id in calls))
    assert sum(one is not None and not one.refused for one in applied) == 3
    assert await world.money() == (1_000, 900)


async def test_the_metering_outlives_a_redis_that_is_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metering, "_TICK_S", 0.005)
    monkeypatch.setattr(metering, "_RETRY_MS", 5)
    agenda, tries, dropped = world.book.agenda, 0, asyncio.Event()
    claim = agenda.claim

    async def fail_twice(*args: int) -> list[str]:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise RedisConnectionError("away")
        return await claim(*args)

    async def drop(member: str) -> None:
        dropped.set()

    monkeypatch.setattr(agenda, "claim", fail_twice)
    monkeypatch.setattr(agenda, "drop", drop)
    await agenda.put(f"{PAYER}/cc-1.1", 0)
    working = asyncio.create_task(world.metering.run())
    async with asyncio.timeout(5):
        await dropped.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
