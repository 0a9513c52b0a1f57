"""One service: agi's own parts, on a simulated Asterisk, and with a life that can end anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from redis.exceptions import RedisError

from agi.calls.listener import Listener
from agi.calls.metering import Metering
from agi.calls.offers import Offers
from agi.calls.recovery import Recovery
from agi.calls.reports import Reporter
from agi.calls.runner import CallRunner
from agi.catalogue import Catalogue
from agi.charging.accounts import Accounts
from agi.charging.calls import CallBook
from agi.domain.call import CallRules
from agi.domain.speech import Voices
from agi.messages.outbox import Outbox
from agi.messages.worker import MessageWorker
from agi.routes import consent, offer
from agi.settings import Settings
from agi.store.redis import Store
from agi.subscribers.profiles import Profiles
from agi.telephony.ami_message import AmiMessage
from agi.telephony.cel import DarkCall, EndOfCall
from agi.telephony.channel import Channel, ChannelError
from agi.telephony.switch import LEAST_LIMIT_MS, Switch, SwitchError
from simulation.asterisk import TOKEN, Asterisk, Source
from simulation.gateway import Phones
from simulation.life import Life, RedisTrouble
from simulation.session import Session
from simulation.virtual_time import VirtualClock, VirtualLoop
from simulation.wire import Rounds, ServiceClient, Wire

_RETRY_S = 1.0
_LATENCY_US = 1_500
_LONGEST_ACTION_S = 0.004


@dataclass
class EventTrouble:
    """What may happen to an event on its way."""

    lost: float = 0.0
    twice: float = 0.0
    late: float = 0.0
    longest_delay_s: float = 8.0
    answers_lost: float = 0.0
    """How often the answer to an action is lost."""


@dataclass
class Surroundings:
    """What all services of a world share."""

    loop: VirtualLoop
    chance: Random
    wire: Wire
    rounds: Rounds
    asterisk: Asterisk
    clock: VirtualClock
    """Of the machine that the services run on."""
    catalogue: Catalogue
    settings: Settings
    voices: Voices
    phones: Phones
    redis: RedisTrouble = field(default_factory=RedisTrouble)
    events: EventTrouble = field(default_factory=EventTrouble)


class SimulatedSwitch(Switch):
    """The verbs of `Switch`, done by a simulated Asterisk."""

    def __init__(self, around: Surroundings, life: Life, worker: Worker) -> None:
        self._around = around
        self._asterisk = around.asterisk
        self._life = life
        self._worker = worker

    async def in_bridge(self, channel: str, call_id: str) -> bool | None:
        await self._reach()
        leg = self._asterisk.legs.get(channel)
        answer = leg.bridged if leg is not None and leg.call_id == call_id else None
        await self._answer()
        return answer

    async def move_limit(self, channel: str, left_ms: int) -> None:
        await self._reach()
        leg = self._asterisk.legs.get(channel)
        if leg is None:
            raise SwitchError("No such channel")
        self._asterisk.limit(leg, max(left_ms, LEAST_LIMIT_MS))
        await self._answer()

    async def hang_up(self, channel: str, call_id: str) -> None:
        if await self.in_bridge(channel, call_id) is not None:
            await self._reach()
            leg = self._asterisk.legs.get(channel)
            if leg is None:
                raise SwitchError("No such channel")
            self._asterisk.hang_up(leg, Source.SERVICE)
            await self._answer()

    async def warn(self, channel: str) -> None:
        await self._reach()
        await self._answer()

    async def _reach(self) -> None:
        await self._life.turn()
        await asyncio.sleep(self._around.chance.random() * _LONGEST_ACTION_S)
        if not self._worker.linked:
            raise SwitchError("not connected")

    async def _answer(self) -> None:
        await self._life.turn()
        if (
            not self._worker.linked
            or self._around.chance.random() < self._around.events.answers_lost
        ):
            raise SwitchError("the connection was lost before the answer")


class SimulatedReporter(Reporter):
    """A reporter with a simulated Asterisk's record at hand."""

    __slots__ = ("asterisk",)
    asterisk: Asterisk

    async def find(self, call_id: str) -> DarkCall | None:
        return self.asterisk.record.get(call_id)

    async def ends_since(self, position: int) -> tuple[list[EndOfCall], int]:
        ends = self.asterisk.ends
        return ends[position:], len(ends)


class Worker:
    """A service that is started, killed, and started again."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._tasks: set[asyncio.Task[None]] = set()
        self._sessions: dict[Session, None] = {}
        """In the order in which they began: a set's would differ from run to run."""
        self._last_delivery_us = 0
        self.life = Life(around.loop, around.chance, around.redis)
        self.life.end()
        self.linked = False
        """Whether it has an AMI connection."""
        around.asterisk.links.append(self)

    @property
    def alive(self) -> bool:
        return not self.life.over.done()

    def start(self) -> None:
        """A new process: it knows only what Redis knows."""
        around = self._around
        life = self.life = Life(around.loop, around.chance, around.redis)
        life.over.add_done_callback(lambda _: self._died(life))
        store = Store(ServiceClient(around.wire, around.rounds, life))
        settings = around.settings
        rules = CallRules(settings.renew_lead_ms, settings.warn_lead_ms, settings.quota_units)
        switch = SimulatedSwitch(around, life, self)
        runner = CallRunner(CallBook(store), switch, around.catalogue, around.clock, rules)
        offers = Offers(runner, around.catalogue, Profiles(store), Accounts(store))
        reporter = SimulatedReporter(runner, offers, switch, Path())
        object.__setattr__(reporter, "asterisk", around.asterisk)
        validity_ms = settings.reservation_validity_s * 1_000
        self._metering = Metering(runner, reporter, switch, validity_ms)
        self._recovery = Recovery(reporter, store, settings.node)
        messages = self._messages = MessageWorker(
            Outbox(store, around.clock), around.phones, around.clock
        )
        self._listener = Listener(reporter, TOKEN, messages.wake)
        self._routes = {
            "offer": offer.route(offers, settings),
            "consent": consent.route(runner, around.voices, around.catalogue, settings),
        }
        for job in (self._metering.run(), self._recovery.run(), messages.run(), self._connect()):
            self._begin(job)

    def serve(self, session: Session) -> None:
        """Run the route that a session asks for."""
        session.life = self.life
        self._sessions[session] = None
        self._begin(self._run_route(session))

    def deliver(self, message: AmiMessage) -> None:
        """See `asterisk.Listening`: here an event is lost, doubled or late."""
        trouble, chance = self._around.events, self._around.chance
        if not self.linked or chance.random() < trouble.lost:
            return
        now_us = self._around.loop.now_us
        self._last_delivery_us = max(now_us + _LATENCY_US, self._last_delivery_us + 1)
        delays_s = [(self._last_delivery_us - now_us) / 1e6]
        if chance.random() < trouble.late:
            delays_s[0] += chance.random() * trouble.longest_delay_s
        if chance.random() < trouble.twice:
            delays_s.append(delays_s[0] + chance.random())
        for delay_s in delays_s:
            self._around.loop.call_later(delay_s, self._hear, message, self.life)

    def registered(self, number: str) -> None:
        """A phone is back."""
        self._messages.wake(number)

    def cut_link(self) -> None:
        """The AMI connection is lost, with what was on its way; it comes back after a while."""
        if self.linked:
            self.linked = False
            self._begin(self._connect())

    def _hear(self, message: AmiMessage, life: Life) -> None:
        if self.linked and life is self.life:
            self._listener.hear(message)

    async def _connect(self) -> None:
        life = self.life
        await asyncio.sleep(0.2 + self._around.chance.random())
        while not self._around.asterisk.up:  # noqa: ASYNC110  AMI is tried again just so
            await asyncio.sleep(_RETRY_S)
        if life is not self.life or not self.alive:
            return
        self.linked = True
        while True:
            try:
                await self._recovery.catch_up()
                await self._metering.sweep()
                return
            except RedisError:
                await asyncio.sleep(_RETRY_S)

    async def _run_route(self, session: Session) -> None:
        try:
            await self._routes[session.request.route](Channel(session.request, session))
        except (ChannelError, RedisError):
            pass  # the server logs it, and ends the session
        finally:
            session.close()
            self._sessions.pop(session, None)

    def _died(self, life: Life) -> None:
        if life is not self.life:
            return
        self.linked = False
        for session in list(self._sessions):
            session.close()
        self._sessions.clear()

    def _begin(self, job: Coroutine[Any, Any, None]) -> None:
        task = self._around.loop.create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
