"""FastAGI without a socket: a route speaks through its real `Channel` to a simulated phone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agi.telephony.agi_reply import CODE_OK, Reply
from agi.telephony.channel import ALL_KEYS, AgiRequest, ChannelGoneError
from simulation.life import Life
from simulation.virtual_time import VirtualLoop

_WORD_US = 400_000
_COMMAND_S = 0.000_5


class Session:
    """One AGI session; also the link that the route's channel speaks through."""

    def __init__(
        self, loop: VirtualLoop, request: AgiRequest, keys: Sequence[tuple[int, str]] = ()
    ) -> None:
        self.request = request
        self.variables: dict[str, str] = {}
        self.over: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._keys = [(loop.now_us + at_ms * 1000, key) for at_ms, key in keys]
        self._waiter: asyncio.Future[None] | None = None
        self.life: Life | None = None
        """Of the process that serves it."""

    def close(self) -> None:
        """Either side ended it."""
        if not self.over.done():
            self.over.set_result(None)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def ask(self, *words: str, timeout_s: float) -> Reply:
        """See `AgiLink.ask`."""
        if self.life is not None:
            await self.life.turn()
        self._check()
        match words[0]:
            case "SET VARIABLE":
                await self._wait(self._loop.now_us + int(_COMMAND_S * 1e6))
                self._check()
                self.variables[words[1]] = words[2]
                return _reply("1")
            case "STREAM FILE":
                return await self._listen(_WORD_US, words[2])
            case "WAIT FOR DIGIT":
                return await self._listen(int(words[1]) * 1000, ALL_KEYS)
        raise ValueError(f"no route uses {words[0]}")

    async def _listen(self, for_us: int, wanted: str) -> Reply:
        """A while goes by, or a key is pressed."""
        until_us = self._loop.now_us + for_us
        key = self._next_key(until_us, wanted)
        await self._wait(max(self._loop.now_us, key[0]) if key else until_us)
        self._check()
        return _reply(str(ord(key[1])) if key else "0")

    def _next_key(self, until_us: int, wanted: str) -> tuple[int, str] | None:
        if not wanted or not self._keys or self._keys[0][0] > until_us:
            return None
        return self._keys.pop(0)

    async def _wait(self, until_us: int) -> None:
        self._waiter = self._loop.create_future()
        timer = self._loop.call_at(until_us / 1e6, self._wake, self._waiter)
        await self._waiter
        timer.cancel()

    @staticmethod
    def _wake(waiter: asyncio.Future[None]) -> None:
        if not waiter.done():
            waiter.set_result(None)

    def _check(self) -> None:
        if self.over.done():
            raise ChannelGoneError("the phone hung up")


def _reply(result: str) -> Reply:
    return Reply(CODE_OK, result, None, 8000, f"200 result={result} endpos=8000")
