"""The consent route with a real Redis: "yes" is said last, and only of what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import cast

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from agi import catalogue, recordings
from agi.domain import events
from agi.domain.speech import Sentence
from agi.routes import consent
from agi.settings import Settings
from agi.telephony.channel import Channel, ChannelError, ChannelGoneError
from tests.calls.world import B_LEG, CALL, PAYER, World
from tests.store.lossy import LossyStore

SECRET = "x" * 16


class Phone:
    """A called party's phone: what it presses, and what the dialplan is told of it."""

    def __init__(self, world: World, *keys: str | None) -> None:
        self.request = SimpleNamespace(args=(CALL, B_LEG), language="ru")
        self.told: list[tuple[str, str]] = []
        self.reserved_when_told: list[int] = []
        self.gone = False
        self._world = world
        self._keys = list(keys)

    async def say(self, sentence: Sentence, keys: str = "") -> str | None:
        return self._keys.pop(0) if keys else None

    async def wait_key(self, timeout_ms: int) -> str | None:
        return None

    async def set_variable(self, name: str, value: str) -> None:
        if self.gone:
            raise ChannelGoneError("the phone hung up")
        self.told.append((name, value))
        self.reserved_when_told.append((await self._world.money())[1])

    async def set_variables(self, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            await self.set_variable(name, value)

    async def answer(self) -> list[tuple[str, str]]:
        """Pick up; what the dialplan was told in the end."""
        world = self._world
        settings = Settings(
            home=world.record.parent, ami_secret=SECRET, agi_token=SECRET, redis_secret=SECRET
        )
        data = catalogue.load()
        voices = recordings.voices(settings, data)
        route = consent.route(world.runner, voices, data, world.lists, settings)
        await route(cast("Channel", self))
        return self.told


YES = [("CC_MAX_S", "60.000"), ("CC_CONSENT", "yes")]


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (["1"], YES),
        (["2", "7", "1"], YES),
        (["0"], [("CC_CONSENT", "declined")]),
        ([None, None, None], [("CC_CONSENT", "no_input")]),
    ],
)
async def test_the_answer(
    world: World, keys: list[str | None], told: list[tuple[str, str]]
) -> None:
    await world.offer()
    phone = Phone(world, *keys)
    assert await phone.answer() == told
    reserved = 300 if told == YES else 0
    assert phone.reserved_when_told == [reserved] * len(told)


@pytest.mark.parametrize("lost", ["call_save", "call_reserve"])
async def test_a_consent_whose_storing_was_not_confirmed_at_first(world: World, lost: str) -> None:
    store = LossyStore(world.store.client)
    world.start(store)
    await world.offer()
    store.loses = lost
    assert await Phone(world, "1").answer() == YES
    assert await world.money() == (1_000, 300)


async def test_a_consent_that_redis_never_confirmed_is_none(world: World) -> None:
    store = LossyStore(world.store.client)
    world.start(store)
    await world.offer()
    store.loses, store.gives_up = "call_reserve", True
    phone = Phone(world, "1")
    with pytest.raises(RedisConnectionError):
        await phone.answer()
    assert phone.told == []


async def test_money_that_is_gone_meanwhile(world: World) -> None:
    await world.offer()
    await world.accounts.correct(PAYER, -800, "spent", "elsewhere", world.clock.wall_ms())
    assert await Phone(world, "1").answer() == [("CC_CONSENT", "no_funds")]


async def test_a_call_that_ended_in_the_prompt(world: World) -> None:
    await world.offer()
    phone = Phone(world, "1")
    ended = events.CallEnded(0, 0, None, events.ReleaseCause.CALLING_PARTY)

    async def hang_up_meanwhile(sentence: Sentence, keys: str = "") -> str:
        await world.runner.apply(CALL, ended)
        return "1"

    phone.say = hang_up_meanwhile  # type: ignore[method-assign]
    with pytest.raises(ChannelError, match="ended before its consent"):
        await phone.answer()
    assert phone.told == []
    assert await world.money() == (1_000, 0)


async def test_a_call_that_nobody_offered(world: World) -> None:
    phone = Phone(world, "1")
    with pytest.raises(ChannelError, match="not one that consent is asked for"):
        await phone.answer()
    assert phone.told == []


async def test_a_phone_that_hangs_up_with_the_key_pressed(world: World) -> None:
    await world.offer()
    phone = Phone(world, "1")
    phone.gone = True
    with pytest.raises(ChannelGoneError):
        await phone.answer()
    ended = events.CallEnded(0, 0, None, events.ReleaseCause.CALLING_PARTY)
    await world.runner.apply(CALL, ended)
    assert await world.money() == (1_000, 0)
