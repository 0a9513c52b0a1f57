"""Asterisk's record as a witness against books that agree with themselves."""

from __future__ import annotations

from typing import cast

import pytest

from agi.calls import witness
from agi.store import keys
from agi.telephony.ami import Ami, LiveChannel
from tests.calls.world import A_LEG, B_LEG, BY_CALLED, CALL, PAYER, World


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


class Channels:
    """An Asterisk that tells of its channels, each time from another list."""

    def __init__(self, *told: list[LiveChannel]) -> None:
        self.told = list(told)

    async def live_channels(self) -> list[LiveChannel]:
        return self.told.pop(0) if len(self.told) > 1 else self.told[0]


LEGS = [LiveChannel(A_LEG, CALL, "b-1"), LiveChannel(B_LEG, CALL, "b-1")]


async def _differences(world: World, *told: list[LiveChannel]) -> list[str]:
    found = await witness.channels(world.store, cast("Ami", Channels(*told)))
    return [one.what for one in found]


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness, "_ON_ITS_WAY_S", 0)


@pytest.mark.usefixtures("_at_once")
async def test_a_live_call_that_asterisk_does_not_have(world: World) -> None:
    await world.talk()
    assert await _differences(world, LEGS) == []
    gone = "talking in the books, and not in Asterisk any more"
    assert await _differences(world, []) == [gone]
    others = [LiveChannel(A_LEG, "cc-1700000999.1", None)]  # names begin anew with Asterisk
    assert await _differences(world, others) == [gone]


@pytest.mark.usefixtures("_at_once")
async def test_a_call_that_rings_need_not_be_there(world: World) -> None:
    await world.offer()
    assert await _differences(world, []) == []


@pytest.mark.usefixtures("_at_once")
async def test_a_bridge_without_a_stored_consent(world: World) -> None:
    await world.offer()
    told = [
        f"{leg} is in a bridge, and no live call with a consent is stored" for leg in (A_LEG, B_LEG)
    ]
    assert await _differences(world, LEGS) == told
    await world.store.client.flushall()
    assert await _differences(world, LEGS) == told
    assert await _differences(world, [LiveChannel(A_LEG, CALL, None)]) == []


@pytest.mark.usefixtures("_at_once")
async def test_what_is_on_its_way_into_the_books_is_no_difference(world: World) -> None:
    await world.offer()
    assert await _differences(world, LEGS, []) == []
