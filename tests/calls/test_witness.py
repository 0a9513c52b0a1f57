"""Asterisk's record as a witness against books that agree with themselves."""

from __future__ import annotations

from agi.calls import witness
from agi.store import keys
from tests.calls.world import BY_CALLED, CALL, PAYER, World


async def _told(world: World) -> list[tuple[str, str]]:
    return [(one.about, one.what) for one in await witness.run(world.store, world.record)]


async def _conversation(world: World) -> None:
    await world.talk()
    await world.pass_time(46_000)
    world.part()
    world.close(BY_CALLED)


async def test_it_says_nothing_of_good_books(world: World) -> None:
    await _conversation(world)
    assert await _told(world) == [], "it is not settled yet"
    await world.pass_time(60_000)
    assert await _told(world) == []


async def test_a_conversation_that_redis_has_forgotten(world: World) -> None:
    await _conversation(world)
    await world.pass_time(60_000)
    for key in (keys.call(PAYER, CALL), keys.cdrs(PAYER)):
        await world.store.client.delete(key)
    assert await _told(world) == [(CALL, "Asterisk saw 46.0 s of talk, no CDR does")]


async def test_a_call_that_redis_knows_from_before_its_conversation(world: World) -> None:
    """The file was cut where the call had only been offered, so it ended as if nobody talked."""
    await world.offer()
    backup = await world.store.client.dump(keys.call(PAYER, CALL))
    await world.agree()
    world.bridge()
    world.clock.passed_ms = 46_000
    world.part()
    await world.store.client.restore(keys.call(PAYER, CALL), 0, backup, replace=True)
    world.close(BY_CALLED)
    await world.pass_time(60_000)
    assert (await world.cdr()).charged_minor == 0
    assert await _told(world) == [(CALL, "Asterisk saw 46.0 s of talk, the CDR 0.0 s")]
