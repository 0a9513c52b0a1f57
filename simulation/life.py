"""One life of a service's process: whose turn it is, and where it is killed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from simulation.virtual_time import VirtualLoop

_RECONNECT_S = 0.5


@dataclass
class RedisTrouble:
    """What is wrong between the services and Redis."""

    away_until_us: int = 0
    lost_replies: float = 0.0
    """How often a reply is lost, so that the client sends the command again."""
    lost_outright: float = 0.0
    """How often the client gives up as well, though the command was carried out."""


class Life:
    """Every deed outside of the process asks here for its turn; a killed process gets none."""

    def __init__(self, loop: VirtualLoop, chance: Random, redis: RedisTrouble) -> None:
        self._loop = loop
        self._chance = chance
        self._redis = redis
        self._stuck: list[asyncio.Future[None]] = []
        self.deeds_left: int | None = None
        """After how many further deeds it is killed; None: not for now."""
        self.stopped_until_us = 0
        """Until when the process is stopped, as by SIGSTOP."""
        self.over: asyncio.Future[None] = loop.create_future()

    def end(self) -> None:
        """Kill it: what it was about to do is never done."""
        if not self.over.done():
            self.over.set_result(None)

    async def turn(self) -> None:
        """Wait for a turn; for ever when the process was killed."""
        if self.deeds_left is not None and not self.over.done():
            self.deeds_left -= 1
            if self.deeds_left <= 0:
                self.end()
        while self._loop.now_us < self.stopped_until_us:  # noqa: ASYNC110  it moves
            await asyncio.sleep((self.stopped_until_us - self._loop.now_us) / 1_000_000)
        if self.over.done():
            never: asyncio.Future[None] = self._loop.create_future()
            self._stuck.append(never)
            await never

    async def before(self) -> None:
        """See `wire.Mishaps`."""
        await self.turn()
        if self._loop.now_us < self._redis.away_until_us:
            await asyncio.sleep(_RECONNECT_S)
            await self.turn()
            if self._loop.now_us < self._redis.away_until_us:
                raise RedisConnectionError("Redis is away")

    async def after(self) -> bool:
        """See `wire.Mishaps`."""
        await self.turn()
        if not self._redis.lost_replies:
            return False
        fate = self._chance.random()
        if fate < self._redis.lost_outright:
            raise RedisTimeoutError("the reply was lost")
        return fate < self._redis.lost_replies
