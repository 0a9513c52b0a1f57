"""One service: agi's own parts, on a simulated Asterisk, and with a life that can end anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from redis.exceptions import RedisError

from agi.calls.allowances import Allowances
from agi.calls.listener import Listener
from agi.calls.metering import Metering
from agi.calls.offers import Offers
from agi.calls.recovery import Recovery
from agi.calls.reports import Reporter
from agi.calls.runner import CallRunner
from agi.charging.accounts import Accounts
from agi.charging.calls import CallBook
from agi.domain.call import CallRules
from agi.messages.outbox import Outbox
from agi.messages.worker import MessageWorker
from agi.routes import consent, no_funds, offer
from agi.store.redis import Store
from agi.subscribers.lists import Lists
from agi.subscribers.profiles import Profiles
from agi.subscribers.usage import Usage
from agi.telephony.ami_message import AmiMessage
from agi.telephony.cel import DarkCall, EndOfCall
from agi.telephony.channel import Channel, ChannelError
from simulation.asterisk import TOKEN, Asterisk
from simulation.life import Life
from simulation.session import Session
from simulation.surroundings import Surroundings
from simulation.switch import SimulatedSwitch
from simulation.wire import ServiceClient

_RETRY_S = 1.0
_LATENCY_US = 1_500


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
        switch = SimulatedSwitch(around, life, lambda: self.linked)
        lists = Lists(store)
        allowances = Allowances(around.catalogue, Profiles(store), Usage(store))
        runner = CallRunner(
            CallBook(store),
            switch,
            around.catalogue,
            around.clock,
            rules=rules,
            allowances=allowances,
        )
        offers = Offers(
            runner,
            around.catalogue,
            Profiles(store),
            accounts=Accounts(store),
            lists=lists,
            allowances=allowances,
        )
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
            "consent": consent.route(runner, around.voices, around.catalogue, lists, settings),
            "no-funds": no_funds.route(runner, around.voices, around.catalogue),
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
                await self._metering.sweep()
                await self._recovery.catch_up()
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
