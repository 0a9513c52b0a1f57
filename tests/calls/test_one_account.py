"""One account, a hundred calls at once: as many as the money carries, and not one more."""

from __future__ import annotations

import asyncio

from agi.charging import audit
from agi.domain import events
from agi.domain.call import Call
from agi.domain.dispositions import Disposition
from agi.domain.subscribers import Subscriber
from tests.calls.world import B_LEG, PAYER, World

BOTH = Subscriber("9110000005", "mts-ru", "moscow")
FRIEND = Subscriber("9110000006", "mts-ru", "moscow", unlimited=True)
ENDED = events.CallEnded(0, 0, Disposition.ANSWERED, events.ReleaseCause.CALLED_PARTY)


async def test_who_pays_for_own_calls_and_for_others_at_once(world: World) -> None:
    """Ordinary calls at 2.00, collect calls at 3.00; never more than the account holds."""
    await world.person(BOTH, 1_000)
    await world.person(FRIEND)
    calls = []
    for number in range(50):
        calls += [
            await world.ask(PAYER, BOTH.number, "", f"cc-1.{number}"),
            await world.ask(BOTH.number, FRIEND.number, "0880", f"cc-2.{number}"),
        ]
    granted = await asyncio.gather(*(consent(world, call) for call in calls))
    agreed = [call for call in granted if call is not None]
    prices = [call.price.unit_price_minor for call in agreed if call.price]
    assert {call.owner for call in agreed} == {BOTH.number}
    assert 800 < sum(prices) <= 1_000
    assert await world.money(BOTH.number) == (1_000, sum(prices))
    await asyncio.gather(*(talk(world, call) for call in agreed for _ in range(2)))
    assert await world.money(BOTH.number) == (1_000 - sum(prices), 0)
    assert await audit.run(world.store) == []


async def consent(world: World, call: Call | Disposition) -> Call | None:
    assert isinstance(call, Call)
    await world.runner.apply(call.call_id, events.ConsentAsked(B_LEG))
    given = events.ConsentGiven(world.clock.wall_ms(), "1", world.clock.mono_ms())
    applied = await world.runner.apply(call.call_id, given)
    assert applied is not None
    if applied.refused:
        await world.runner.apply(call.call_id, ENDED)
        return None
    return applied.call


async def talk(world: World, call: Call) -> None:
    """Half a minute; everything is reported, and more than once."""
    started_ms = world.clock.mono_ms()
    for event in (
        events.TalkStarted(started_ms, world.clock.wall_ms()),
        events.TalkEnded(started_ms + 30_000),
        ENDED,
    ):
        await world.runner.apply(call.call_id, event)
