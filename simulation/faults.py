"""Faults: what goes wrong in a world, and when, as its seed decides."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from random import Random
from typing import Protocol

from simulation.surroundings import Surroundings
from simulation.worker import Worker

_FAULTLESS = 0.2
"""How many worlds have no faults at all: there every charge must be exact."""


class Fault(StrEnum):
    """One kind of misfortune."""

    KILLED = "a service is killed between two deeds"
    STOPPED = "a service is stopped for a while"
    LINK_CUT = "an AMI connection is cut"
    EVENTS = "events are lost, doubled, late and out of order"
    REDIS_REPLIES = "replies of Redis are lost"
    REDIS_AWAY = "Redis is away for a while"
    ASTERISK_KILLED = "Asterisk is killed with its calls"
    SERVICE_CLOCK = "the services' wall clock is stepped"
    ASTERISK_CLOCK = "Asterisk's wall clock is stepped"
    PHONES = "phones are away, and answers to notices are lost"


class World(Protocol):
    """What faults are done to."""

    around: Surroundings
    workers: list[Worker]

    def kill_asterisk(self) -> None:
        """Every channel is gone at once."""

    def start_asterisk(self) -> None:
        """It is up again."""


def choose(chance: Random) -> frozenset[Fault]:
    """The faults of one world."""
    if chance.random() < _FAULTLESS:
        return frozenset()
    faults = {fault for fault in Fault if chance.random() < 1 / 3}
    if Fault.ASTERISK_CLOCK in faults:
        # Set back while nobody can end a leg in its stead, Asterisk ends it late: not covered.
        faults &= {Fault.ASTERISK_CLOCK, Fault.SERVICE_CLOCK, Fault.ASTERISK_KILLED, Fault.PHONES}
    return frozenset(faults)


class Troublemaker:
    """Does the faults of one world until it is told to let go."""

    def __init__(self, world: World, faults: frozenset[Fault], chance: Random) -> None:
        self._world = world
        self._chance = chance
        self._faults = faults
        around = world.around
        if Fault.EVENTS in faults:
            around.events.lost = around.events.twice = around.events.late = 0.03
            around.events.answers_lost = 0.01
        if Fault.REDIS_REPLIES in faults:
            around.redis.lost_replies, around.redis.lost_outright = 0.003, 0.001
        if Fault.PHONES in faults:
            around.phones.away = around.phones.answers_lost = 0.2

    async def run(self) -> None:
        """Fault after fault, until cancelled."""
        deeds: dict[Fault, tuple[float, Callable[[], Awaitable[None]]]] = {
            Fault.KILLED: (4, self._kill),
            Fault.STOPPED: (15, self._stop),
            Fault.LINK_CUT: (4, self._cut),
            Fault.REDIS_AWAY: (15, self._take_redis_away),
            Fault.ASTERISK_KILLED: (15, self._kill_asterisk),
            Fault.SERVICE_CLOCK: (5, self._step_service),
            Fault.ASTERISK_CLOCK: (5, self._step_asterisk),
        }
        chosen = [deeds[fault] for fault in deeds if fault in self._faults]
        await asyncio.gather(*(self._repeat(mean_s, deed) for mean_s, deed in chosen))

    async def let_go(self) -> None:
        """Returns when everything is well again."""
        around = self._world.around
        around.events.lost = around.events.twice = around.events.late = 0
        around.events.answers_lost = around.redis.lost_replies = 0
        around.phones.away = around.phones.answers_lost = 0
        around.redis.away_until_us = 0
        self._world.start_asterisk()
        for worker in self._world.workers:
            worker.life.deeds_left = None
            if not worker.alive:
                worker.start()
        now_us = around.loop.now_us
        stopped_us = (worker.life.stopped_until_us - now_us for worker in self._world.workers)
        await asyncio.sleep(max(0, *stopped_us) / 1e6)

    async def _repeat(self, mean_s: float, deed: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(self._chance.expovariate(1 / mean_s))
            await deed()

    def _victim(self) -> Worker:
        return self._chance.choice(self._world.workers)

    async def _kill(self) -> None:
        victim = self._victim()
        victim.life.deeds_left = self._chance.randrange(1, 1_000)
        await victim.life.over
        await asyncio.sleep(self._chance.random() * 3)
        victim.start()

    async def _stop(self) -> None:
        for_us = self._chance.randrange(10_000_000)
        self._victim().life.stopped_until_us = self._world.around.loop.now_us + for_us

    async def _cut(self) -> None:
        self._victim().cut_link()

    async def _take_redis_away(self) -> None:
        for_us = self._chance.randrange(5_000_000)
        self._world.around.redis.away_until_us = self._world.around.loop.now_us + for_us

    async def _kill_asterisk(self) -> None:
        self._world.kill_asterisk()
        await asyncio.sleep(1 + self._chance.random() * 5)
        self._world.start_asterisk()

    async def _step_service(self) -> None:
        self._world.around.clock.stepped_ms += self._a_step_ms()

    async def _step_asterisk(self) -> None:
        self._world.around.asterisk.step_clock(self._a_step_ms())

    def _a_step_ms(self) -> int:
        most_ms = self._chance.choice([1_000, 10_000, 3_600_000])
        return self._chance.randrange(-most_ms, most_ms)
