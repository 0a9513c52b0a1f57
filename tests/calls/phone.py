"""A called party's phone that a route speaks to."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import cast

from agi import catalogue, recordings
from agi.domain.speech import Sentence, Voices
from agi.routes import consent
from agi.settings import Settings
from agi.telephony.channel import Channel, ChannelGoneError
from tests.calls.world import B_LEG, CALL, World

SECRET = "x" * 16
YES = [("CC_MAX_S", "60.000"), ("CC_CONSENT", "yes")]
"""What the dialplan is told of a consent."""


class Phone:
    """A called party's phone: what it presses, and what the dialplan is told of it."""

    def __init__(self, world: World, *keys: str | None) -> None:
        self.request = SimpleNamespace(args=(CALL, B_LEG), language="ru")
        self.told: list[tuple[str, str]] = []
        self.heard: list[tuple[str, ...]] = []
        self.reserved_when_told: list[int] = []
        self.gone = False
        self._world = world
        self._keys = list(keys)

    async def say(self, sentence: Sentence, keys: str = "") -> str | None:
        if self.gone:
            raise ChannelGoneError("the phone hung up")
        self.heard.append(sentence.prompts)
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
        world, data = self._world, catalogue.load()
        route = consent.route(world.runner, self.voices(), data, world.lists, self.settings())
        await route(cast("Channel", self))
        return self.told

    def voices(self) -> Voices:
        return recordings.voices(self.settings(), catalogue.load())

    def settings(self) -> Settings:
        home = self._world.record.parent
        return Settings(home=home, ami_secret=SECRET, agi_token=SECRET, redis_secret=SECRET)
