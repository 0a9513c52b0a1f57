"""An Asterisk and two clocks that a test moves, and a service that can be killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from agi.clock import Clock
from agi.telephony.switch import Switch, SwitchError

T = TypeVar("T")
WALL_MS = 1_700_000_000_000
"""When every test begins, on the wall clock."""


class KilledError(RuntimeError):
    """Nothing that comes after it is done."""


class Life:
    """How many deeds a service has left before it is killed."""

    def __init__(self, deeds: int) -> None:
        self.deeds_left = deeds
        self.over = False

    def check(self) -> None:
        if self.over:
            raise KilledError

    def deed(self) -> None:
        self.deeds_left -= 1
        if self.deeds_left == 0:
            self.over = True
        self.check()


class HandClock(Clock):
    """Both clocks move together, when they are told to."""

    def __init__(self) -> None:
        self.passed_ms = 0

    def wall_ms(self) -> int:
        return WALL_MS + self.passed_ms

    def mono_ms(self) -> int:
        return 5_000_000 + self.passed_ms

    def next_mono_ms(self) -> int:
        return self.mono_ms()


class FakeSwitch(Switch):
    """An Asterisk whose channels are set by the test."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self.ahead_ms = 0
        """How far Asterisk's clock is ahead of ours."""
        self.reachable = True
        self.moves = True
        """Whether limits can be moved."""
        self.legs: dict[str, tuple[str, bool]] = {}
        """Channel -> its call, and whether it is bridged."""
        self.limits_ms: list[int] = []
        self.warned_ms: list[int] = []
        self.warned: set[str] = set()
        self.released: list[str] = []
        self.life: Life | None = None

    async def in_bridge(self, channel: str, call_id: str) -> bool | None:
        self._reach()
        call, bridged = self.legs.get(channel, ("", False))
        return bridged if call == call_id else None

    async def wall_ms(self) -> int:
        self._reach()
        return self._clock.wall_ms() + self.ahead_ms

    async def move_limit(self, channel: str, left_ms: int) -> None:
        self._reach()
        if not self.moves:
            raise SwitchError("no such channel")
        self.limits_ms.append(self._clock.passed_ms + left_ms)
        self._did()

    async def hang_up(self, channel: str, call_id: str) -> None:
        self._reach()
        self.released.append(channel)
        self._did()

    async def warn(self, channel: str) -> None:
        self._reach()
        self.warned_ms.append(self._clock.passed_ms)
        self.warned.add(channel)
        self._did()

    def _reach(self) -> None:
        if not self.reachable:
            raise SwitchError("not connected")
        if self.life:
            self.life.check()

    def _did(self) -> None:
        if self.life:
            self.life.deed()


class Sleeper:
    """`asyncio` for a module under test: its sleeps move the test's clock instead of waiting."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock

    @staticmethod
    async def to_thread(work: Callable[..., T], *args: object) -> T:
        return await asyncio.to_thread(work, *args)

    async def sleep(self, seconds: float) -> None:
        self._clock.passed_ms += round(seconds * 1000)
        await asyncio.sleep(0)
