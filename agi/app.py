"""The composition root: the only file that wires everything."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import web
from redis.exceptions import RedisError

from agi import catalogue, recordings
from agi.calls.allowances import Allowances
from agi.calls.listener import Listener
from agi.calls.metering import Metering
from agi.calls.offers import Offers
from agi.calls.recovery import Recovery
from agi.calls.reports import Reporter
from agi.calls.runner import CallRunner
from agi.charging.accounts import Accounts
from agi.charging.calls import CallBook
from agi.clock import Clock
from agi.domain.call import CallRules
from agi.messages.gateways.sip import SipGateway
from agi.messages.outbox import Outbox
from agi.messages.worker import MessageWorker
from agi.routes import consent, menu, no_funds, offer, service
from agi.services.answering import Answering
from agi.services.core import Services
from agi.settings import LOOPBACK, Settings
from agi.store import redis
from agi.subscribers import sip_accounts
from agi.subscribers.lists import Lists
from agi.subscribers.profiles import Profiles
from agi.subscribers.sip_accounts import SipAccounts
from agi.subscribers.usage import Usage
from agi.telephony.ami import Ami, AmiError
from agi.telephony.fastagi import FastAgiServer
from agi.telephony.switch import Switch
from agi.web import health

log = logging.getLogger(__name__)

_RETRY_S = 1.0


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(Service(settings).serve())


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415  a platform may be without it
    except ImportError:
        return None
    return uvloop.new_event_loop


def begun(job: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """A job of the service's whole life as a task; one that fails is told of at once."""
    task = asyncio.create_task(job)
    task.add_done_callback(_tell_failure)
    return task


def _tell_failure(task: asyncio.Task[None]) -> None:
    failure = None if task.cancelled() else task.exception()
    if failure is not None:
        log.error("a part of the service has failed, and rests", exc_info=failure)


class Service:
    """One worker: everything of it, wired."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        data = catalogue.load(settings.data_dirs)
        clock = Clock()
        for warning in data.warnings(clock.wall_ms()):
            log.warning("%s", warning)
        self._store = redis.connect(settings.redis_url)
        self._profiles = Profiles(self._store)
        self._ami = Ami(LOOPBACK, settings.ami_port, settings.ami_user, settings.ami_secret)
        switch = Switch(self._ami)
        rules = CallRules(settings.renew_lead_ms, settings.warn_lead_ms, settings.quota_units)
        accounts, lists, usage = Accounts(self._store), Lists(self._store), Usage(self._store)
        allowances = Allowances(data, self._profiles, usage)
        runner = CallRunner(
            CallBook(self._store), switch, data, clock, rules=rules, allowances=allowances
        )
        offers = Offers(
            runner,
            data,
            self._profiles,
            accounts=accounts,
            lists=lists,
            allowances=allowances,
        )
        reporter = Reporter(runner, offers, switch, settings.cel_file)
        self._metering = Metering(runner, reporter, switch, settings.reservation_validity_s * 1_000)
        self._recovery = Recovery(reporter, self._store, settings.node)
        outbox = Outbox(self._store, clock)
        self._messages = MessageWorker(outbox, SipGateway(self._ami), clock)
        listener = Listener(reporter, settings.agi_token, self._messages.wake)
        self._ami.on_event(listener.hear)
        self._ami.on_connect(self._catch_up)
        voices = recordings.voices(settings, data)
        services = Services(
            data,
            clock,
            profiles=self._profiles,
            accounts=accounts,
            outbox=outbox,
            lists=lists,
            usage=usage,
        )
        answering = Answering(data, voices, outbox, clock)
        routes = {
            "offer": offer.route(offers, settings),
            "consent": consent.route(runner, voices, data, lists, settings),
            "no-funds": no_funds.route(runner, voices, data),
            "service": service.route(services, answering),
            "menu": menu.route(menu.Desk(services, answering, voices, data, settings)),
        }
        self._fastagi = FastAgiServer(routes, settings.agi_token)
        checks = {
            "service": self._serves,
            "redis": self._redis_state,
            "ami": self._ami_state,
            "asterisk": self._asterisk_state,
        }
        self._web = web.AppRunner(health.application(settings.home, checks), access_log=None)

    async def serve(self) -> None:
        """Everything up, until a signal; then no new call is taken and the running AGIs end."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await self._fastagi.start(LOOPBACK, self._settings.agi_port)
        await self._web.setup()
        site = web.TCPSite(self._web, LOOPBACK, self._settings.http_port, reuse_port=True)
        await site.start()
        await self._ami.start()
        jobs: list[Coroutine[Any, Any, None]] = [
            self._metering.run(),
            self._recovery.run(),
            self._messages.run(),
            self._write_sip_accounts(),
        ]
        tasks = [begun(job) for job in jobs]
        log.info("serving FastAGI on port %d", self._settings.agi_port)
        await stop.wait()
        await self._fastagi.close()
        await self._ami.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._web.cleanup()
        await self._store.close()

    async def _catch_up(self) -> None:
        """Asterisk can be heard again: what happened meanwhile?"""
        while True:
            redis.end_if_cancelled()
            try:
                # Live calls first: after a long outage there are many ended ones to read of.
                await self._metering.sweep()
                await self._recovery.catch_up()
                return
            except RedisError as error:
                log.warning("recovery waits for Redis: %s", error)
                await asyncio.sleep(_RETRY_S)

    async def _write_sip_accounts(self) -> None:
        """Asterisk's accounts may be older than Redis: from a restored copy, or none at all."""
        accounts = SipAccounts(self._settings.sip_accounts_db, self._settings.bind)
        while True:
            redis.end_if_cancelled()
            try:
                await sip_accounts.rebuild(accounts, self._profiles)
                return
            except (RedisError, sip_accounts.SipAccountsError) as error:
                log.warning("the SIP accounts wait to be written: %s", error)
                await asyncio.sleep(_RETRY_S)

    async def _serves(self) -> str:
        return "ok"

    async def _redis_state(self) -> str:
        try:
            await self._store.ping()
        except RedisError as error:
            return f"{error}"
        return "ok"

    async def _ami_state(self) -> str:
        return "ok" if self._ami.connected else self._ami.state

    async def _asterisk_state(self) -> str:
        """Asterisk is known through AMI alone, which connects when it is fully booted."""
        try:
            await self._ami.action("Ping")
        except AmiError:
            return "not reached"
        return "ok"
