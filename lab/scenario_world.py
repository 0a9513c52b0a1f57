"""What a scenario needs of a running lab: fresh subscribers, and what became of their call."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from agi import catalogue
from agi.charging import cdrs
from agi.charging.accounts import Account, Accounts, LedgerEntry
from agi.charging.calls import CallBook
from agi.domain.call import Call, Phase
from agi.domain.cdr import Cdr
from agi.domain.money import parse_amount
from agi.domain.subscribers import HOME_ZONE, Subscriber
from agi.messages.outbox import Outbox
from agi.messages.rows import StoredMessage
from agi.settings import Settings
from agi.store.redis import Store, connect
from lab.people import People, Person, people_of
from lab.scenario_files import Party

T = TypeVar("T")


@dataclass(frozen=True)
class World:
    """The subscribers, calls, money and messages of one instance."""

    settings: Settings
    people: People
    store: Store

    async def person(self, party: Party) -> Person:
        """A new subscriber, with a number that nobody had."""
        operator = catalogue.load(self.settings.data_dirs).operator(party.operator)
        subscriber = Subscriber(
            number=f"9{secrets.randbelow(10**9):09}",
            operator=operator.id,
            region=party.region or operator.default_region,
            roaming=party.roaming or HOME_ZONE,
            plan=party.plan or "",
            blocked=party.blocked,
            postpaid=party.postpaid,
            opted_out=party.opted_out,
            opted_out_abroad=party.opted_out,
            unlimited=party.unlimited,
        )
        return await self.people.provide(subscriber, operator, parse_amount(party.balance))

    async def live_call(self, calling: str) -> Call | None:
        """The call that `calling` is making now."""
        calls = await CallBook(self.store).live()
        return next((call for call in calls if call.calling == calling), None)

    async def in_phase(self, calling: str, phase: Phase, patience_s: float = 15.0) -> Call:
        """Wait until the call of `calling` is in `phase`."""

        async def found() -> Call | None:
            call = await self.live_call(calling)
            return call if call and call.phase is phase else None

        return await until(found, patience_s, f"no call of {calling} came to be {phase}")

    async def cdrs(self, calling: str, called: str | None = None) -> list[Cdr]:
        return await cdrs.find(self.store, calling=calling, called=called)

    async def account(self, number: str) -> Account:
        account = await Accounts(self.store).get(number)
        if account is None:
            raise LookupError(f"{number} has no account")
        return account

    async def charges(self, number: str) -> list[LedgerEntry]:
        """The ledger without the opening balance."""
        entries = await Accounts(self.store).ledger(number)
        return [entry for entry in entries if entry.reason != "opening"]

    async def notices(self, number: str) -> list[StoredMessage]:
        return await Outbox(self.store).find(to=number)


@asynccontextmanager
async def world_of(settings: Settings) -> AsyncIterator[World]:
    """The world of the instance with these settings; its Redis has to run."""
    store = connect(settings.redis_url)
    try:
        async with people_of(settings) as people:
            yield World(settings, people, store)
    finally:
        await store.close()


async def until(look: Callable[[], Awaitable[T | None]], patience_s: float, otherwise: str) -> T:
    """What `look` gives as soon as it gives something.

    Raises:
        TimeoutError: it gave nothing within `patience_s`; the text is `otherwise`.
    """
    deadline = time.monotonic() + patience_s
    while (found := await look()) is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{otherwise} within {patience_s:g} s")
        await asyncio.sleep(0.05)
    return found
