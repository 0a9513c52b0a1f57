"""The runner: an event is stored, then has its effects; lost answers and other workers included."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from agi.charging.calls import Outcome
from agi.domain import events
from agi.domain.call import Call, Phase, Step
from tests.calls.world import B_LEG, CALL, PAYER, World
from tests.store.lossy import LossyStore


async def test_an_unknown_call_is_nobodys(world: World) -> None:
    assert await world.runner.apply("cc-9.9", events.ConsentAsked(B_LEG)) is None
    assert world.switch.released == []


async def test_the_consent_of_a_call_without_money_is_refused(world: World) -> None:
    await world.offer()
    await world.runner.apply(CALL, events.ConsentAsked(B_LEG))
    await world.store.client.hset("cc:{9110000002}:account", "reserved_minor", "800")
    given = events.ConsentGiven(world.clock.wall_ms(), "1", world.clock.mono_ms())
    applied = await world.runner.apply(CALL, given)
    assert applied is not None
    assert applied.refused
    assert applied.call.phase is Phase.ASKING


@pytest.mark.parametrize(("drained", "units"), [(0, 3), (101, 2), (400, 2), (401, 1)])
async def test_of_the_units_that_are_reserved_at_a_time_as_many_as_the_money_covers(
    world: World, drained: int, units: int
) -> None:
    world.rules = replace(world.rules, quota_units=3)
    world.start()
    if drained:
        await world.accounts.correct(PAYER, -drained, "k", "drained", world.clock.wall_ms())
    await world.consent()
    assert await world.money() == (1_000 - drained, units * 300)
    entry = await world.book.load(CALL)
    assert entry is not None
    assert (entry.call.reserved_units, entry.call.limit_units) == (units, units)


async def test_the_last_units_are_renewed_one_by_one_where_the_money_is_short(world: World) -> None:
    world.rules = replace(world.rules, quota_units=2)
    world.start()
    await world.talk()
    assert await world.money() == (700, 300)
    await world.pass_time(106_000)
    assert world.switch.limits_ms == [180_000]
    assert await world.money() == (400, 300)
    await world.pass_time(190_000)
    await world.end(190_000)
    assert ((await world.cdr()).minutes, await world.money()) == (3, (100, 0))


@pytest.mark.parametrize("lost", ["call_save", "call_reserve"])
async def test_consent_goes_on_when_the_answer_was_lost(world: World, lost: str) -> None:
    """What the route goes by: the call is granted, though its commit was a conflict."""
    store = LossyStore(world.store.client)
    world.start(store)
    await world.offer()
    store.loses = lost
    await world.agree()
    assert store.loses == ""
    assert await world.money() == (1_000, 300)


async def test_an_offer_whose_answer_was_lost_is_an_offer(world: World) -> None:
    store = LossyStore(world.store.client)
    store.loses = "call_save"
    world.start(store)
    assert isinstance(await world.ask(), Call)
    assert len(await world.book.live()) == 1


async def test_a_renewal_whose_answer_was_lost_moves_the_limit(world: World) -> None:
    store = LossyStore(world.store.client)
    world.start(store)
    await world.talk()
    await world.pass_time(44_000)
    store.loses = "call_reserve"
    await world.pass_time(46_000)
    assert world.switch.limits_ms == [120_000]
    assert await world.money() == (700, 300)


async def test_a_call_that_never_stands_still_is_given_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def always_late(*_: object) -> Outcome:
        return Outcome.CONFLICT

    await world.offer()
    monkeypatch.setattr(world.book, "commit", always_late)
    with pytest.raises(RuntimeError, match=r"cc-1700000000\.1 keeps changing"):
        await world.runner.apply(CALL, events.ConsentAsked(B_LEG))


async def test_opening_a_call_that_is_known_says_so(world: World) -> None:
    call = await world.offer()
    assert not await world.runner.open(Step(call), {"what": "Offered"})


async def test_a_hundred_runners_and_one_consent(world: World) -> None:
    await world.offer()
    await world.runner.apply(CALL, events.ConsentAsked(B_LEG))
    given = events.ConsentGiven(world.clock.wall_ms(), "1", world.clock.mono_ms())
    applied = await asyncio.gather(*(world.runner.apply(CALL, given) for _ in range(100)))
    assert {one.call.phase for one in applied if one} == {Phase.GRANTED}
    assert await world.money() == (1_000, 300)


async def test_an_order_that_asterisk_refuses_does_not_undo_the_event(world: World) -> None:
    await world.consent()
    world.switch.reachable = False
    ended = events.CallEnded(
        world.clock.mono_ms(), world.clock.wall_ms(), None, events.ReleaseCause.CALLING_PARTY
    )
    applied = await world.runner.apply(CALL, ended)
    assert applied is not None
    assert applied.call.phase is Phase.SETTLED
    assert await world.money() == (1_000, 0)
