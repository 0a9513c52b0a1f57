"""One world: people, an Asterisk, a few services, faults; all of it follows from one seed."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from agi import catalogue, recordings
from agi.catalogue import Catalogue
from agi.charging import cdrs
from agi.charging.accounts import Accounts
from agi.charging.calls import CallBook
from agi.domain.story import tell
from agi.settings import Settings
from agi.store import keys
from agi.store.agenda import Agenda
from agi.store.redis import Store
from simulation import checks, faults, people
from simulation.asterisk import Asterisk, Truth
from simulation.checks import Violation
from simulation.dialplan import Course
from simulation.gateway import Phones
from simulation.life import RedisTrouble
from simulation.plans import Plan
from simulation.session import Session
from simulation.surroundings import Surroundings
from simulation.till import Till
from simulation.virtual_time import EPOCH_MS, VirtualClock, VirtualLoop
from simulation.wire import Client, Rounds, Wire
from simulation.worker import Worker

FAST_TARIFFS = Path(__file__).resolve().parent.parent / "lab" / "data"
_SECRET = "0123456789abcdef"  # noqa: S105  for nobody
_QUIET_S = 10.0
"""How long after the last hang-up everything must be settled (C3)."""
_DELIVERY_S = 0.3
"""How long the notices to one phone may take when it comes back."""
_LEASE_S = 35.0
"""After how long a notice goes out that a service held in its hands when it was killed."""
_MORE_THAN_ALL_STEPS_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a world."""

    seed: str
    calls: int
    talked: int
    debits: int
    faults: tuple[str, ...]
    digest: str
    """Of every ledger and CDR: the same for the same seed."""
    violations: tuple[tuple[Violation, tuple[str, ...]], ...]
    """Each with the story of its call."""


def run(seed: str, calls: int, redis: Path) -> Result:
    """Live through one world in the Redis at a socket, which is emptied first."""
    wire = Wire(redis)
    try:
        wire.call([("FLUSHALL",), ("SCRIPT FLUSH",)])
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            loop = runner.get_loop()
            assert isinstance(loop, VirtualLoop)  # noqa: S101  the runner's own
            return runner.run(World(seed, calls, wire, loop).live())
    finally:
        wire.close()


@cache
def _data() -> Catalogue:
    return catalogue.load((FAST_TARIFFS,))


class World:
    """See the module."""

    def __init__(self, seed: str, calls: int, wire: Wire, loop: VirtualLoop) -> None:
        self.seed = seed
        self._calls = calls
        self._wire = wire
        self._loop = loop
        self._chance = Random(seed)  # noqa: S311  a simulation must be repeatable
        settings = Settings(
            home=Path("/nonexistent"),
            ami_secret=_SECRET,
            agi_token=_SECRET,
            redis_secret=_SECRET,
            quota_units=self._chance.choice([1, 1, 1, 2, 3]),
        )
        self.around = Surroundings(
            loop,
            self._chance,
            wire,
            Rounds(wire, loop, self._chance),
            Asterisk(loop, self._chance),
            VirtualClock(loop),
            _data(),
            settings,
            recordings.voices(settings, _data()),
            Phones(loop, self._chance),
            RedisTrouble(),
        )
        self.workers = [Worker(self.around) for _ in range(self._chance.randrange(1, 4))]
        self._store = Store(Client(wire))
        self._truths: dict[str, Truth] = {}
        self._courses: dict[asyncio.Task[None], Course] = {}
        self._violations: list[Violation] = []

    async def live(self) -> Result:
        """From the first call to the last check."""
        chosen = faults.choose(self._chance)
        self._payers = people.crowd(self._chance, self.around.catalogue, self._calls)
        await people.settle_in(self._store, self._payers)
        self._till = Till(self._store, self._payers, self._loop, self._chance)
        for worker in self.workers:
            worker.start()
        await asyncio.sleep(2)
        trouble = faults.Troublemaker(self, chosen, self._chance)
        others = [asyncio.create_task(job) for job in (trouble.run(), self._till.run())]
        others.append(asyncio.create_task(self._look_now_and_then()))
        await self._place_calls()
        await self._end(others)
        await trouble.let_go()
        await asyncio.sleep(_QUIET_S)
        self._violations += await checks.of_rest(self._store, self._payers)
        self._violations += await checks.of_money(self._store, self._till.moved_minor)
        await self._deliver()
        return await self._judge(chosen)

    # What happens.

    async def _place_calls(self) -> None:
        begin_us = self._loop.now_us
        for number, plan in enumerate(people.plans(self._chance, self._payers)):
            await asyncio.sleep(max(0, begin_us + plan.at_ms * 1_000 - self._loop.now_us) / 1e6)
            if self.around.asterisk.up:
                self._begin(plan, number)
        while self._courses:
            await asyncio.wait(self._courses)

    def _begin(self, plan: Plan, number: int) -> None:
        seconds = self.around.asterisk.clock.wall_ms() // 1_000
        truth = Truth(f"cc-{seconds}.{number}", plan.payer.number, plan.unit_ms)
        self._truths[truth.call_id] = truth
        course = Course(self.around.asterisk, plan, truth, self._serve, self)
        task = self._loop.create_task(course.run())
        self._courses[task] = course
        task.add_done_callback(self._courses.pop)

    def _serve(self, session: Session) -> None:
        alive = [worker for worker in self.workers if worker.alive]
        if alive:
            self._chance.choice(alive).serve(session)
        else:
            session.close()

    async def _deliver(self) -> None:
        """Every phone comes back: what waits for it, or was left lying, goes out."""
        waiting = await Agenda(self._store, keys.MESSAGE_AGENDA).members()
        for number in sorted({member.partition("/")[0] for member in waiting}):
            self.workers[0].registered(number)
            await asyncio.sleep(_DELIVERY_S)
        if not await Agenda(self._store, keys.MESSAGE_AGENDA).members():
            return
        await asyncio.sleep(_LEASE_S)
        if await Agenda(self._store, keys.MESSAGE_AGENDA).members():
            # The clock was set back meanwhile, and the lease is so much longer: time goes by.
            self.around.clock.stepped_ms += _MORE_THAN_ALL_STEPS_MS
            await asyncio.sleep(_LEASE_S)

    async def _look_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(5 + self._chance.random() * 60)
            self._violations += await checks.of_money(self._store, self._till.moved_minor)

    @staticmethod
    async def _end(tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    # What faults do.

    def kill_asterisk(self) -> None:
        """Every channel is gone at once, and every connection."""
        self.around.asterisk.up = False
        for task, course in list(self._courses.items()):
            course.crash()
            task.cancel()
        for worker in self.workers:
            worker.cut_link()

    def start_asterisk(self) -> None:
        self.around.asterisk.up = True

    # What is seen.

    def bridged(self, truth: Truth) -> None:
        """C1: a consent is stored before the legs meet."""
        key = keys.call(truth.payer, truth.call_id)
        (stored,) = self._wire.call([("HGET", key, "consent_at_ms")])
        if stored is None:
            self._violations.append(Violation("C1", truth.call_id, "bridged without a consent"))

    def parted(self, truth: Truth) -> None:
        """M4, by what is reserved now."""
        key = keys.call(truth.payer, truth.call_id)
        (reserved,) = self._wire.call([("HGET", key, "reserved_units")])
        truth.reserved_units = int(reserved or 0)
        late = checks.bridge_ended(truth)
        if late is not None:
            self._violations.append(late)

    async def _judge(self, chosen: frozenset[faults.Fault]) -> Result:
        exact = not chosen
        records, found = await checks.of_calls(self._store, self._truths.values(), exact=exact)
        self._violations += found
        self._violations += await checks.of_notices(
            self._store, self.around.catalogue, records, self.around.phones, exact=exact
        )
        ledgers = [await Accounts(self._store).ledger(p.pair.payer.number) for p in self._payers]
        told = [cdrs.to_json(record) for record in records]
        digest = hashlib.sha256(json.dumps([told, repr(ledgers)]).encode()).hexdigest()
        stories = [(one, await self._story(one.about)) for one in self._violations]
        return Result(
            seed=self.seed,
            calls=len(self._truths),
            talked=sum(truth.bridged_us is not None for truth in self._truths.values()),
            debits=sum(entry.reason == "debit" for ledger in ledgers for entry in ledger),
            faults=tuple(sorted(chosen)),
            digest=digest,
            violations=tuple(stories),
        )

    async def _story(self, about: str) -> tuple[str, ...]:
        truth = self._truths.get(about.removesuffix("-call-me"))
        if truth is None:
            return ()
        lines: list[dict[str, Any]]
        lines = await CallBook(self._store).story(truth.payer, truth.call_id)
        told = [f"{(line['at_ms'] - EPOCH_MS) / 1000:10.3f} s  {tell(line)}" for line in lines]
        return (repr(truth), *told)
