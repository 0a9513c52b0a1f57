"""An event loop on virtual time: when nothing is ready it leaps to the next timer.

Everything under test runs on it unchanged, its sleeps, time limits and threads included. Nothing in
it depends on the machine's speed, so one seed is one course of events.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import Any

from agi.clock import Clock

EPOCH_MS = 1_900_000_000_000
"""The wall clock's time when a world begins; later than every tariff's first day."""
MONO_MS = 5_000_000
"""The monotonic clock's."""


class DeadlockError(RuntimeError):
    """Nothing is ready and no timer is set: somebody waits for what will never come."""


class _Leap(selectors.SelectSelector):
    """Waits by moving the time on; no file is ever ready, for Redis is asked in a blocking way."""

    def __init__(self) -> None:
        super().__init__()
        self.now_us = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise DeadlockError("nothing is ready, and no timer is set")
        if timeout > 0:
            self.now_us += max(1, round(timeout * 1_000_000))
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Counts whole microseconds; work for a thread is done on the spot."""

    def __init__(self) -> None:
        self._leap = _Leap()
        super().__init__(self._leap)

    @property
    def now_us(self) -> int:
        """Microseconds since the loop began."""
        return self._leap.now_us

    def time(self) -> float:
        return self._leap.now_us / 1_000_000

    def run_in_executor(  # type: ignore[override]
        self, executor: object, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done


class VirtualClock(Clock):
    """Both clocks of one program; its wall clock can be stepped."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.stepped_ms = 0

    def wall_ms(self) -> int:
        return EPOCH_MS + self.stepped_ms + self._loop.now_us // 1_000

    def mono_ms(self) -> int:
        return MONO_MS + self._loop.now_us // 1_000

    def next_mono_ms(self) -> int:
        return MONO_MS - (-self._loop.now_us // 1_000)

    def wall_us(self) -> int:
        """As Asterisk stamps its events."""
        return (EPOCH_MS + self.stepped_ms) * 1_000 + self._loop.now_us
