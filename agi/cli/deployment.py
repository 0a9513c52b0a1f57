"""What a command works on: the settings, the catalogue and the store of one deployment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn, TypeVar

import click
from redis.exceptions import RedisError

from agi import catalogue as catalogue_files
from agi.catalogue import Catalogue
from agi.charging import cdrs
from agi.charging.accounts import Account, Accounts
from agi.cli.locations import load_settings
from agi.clock import Clock
from agi.domain.cdr import Cdr
from agi.domain.errors import BadNumber, CollectError
from agi.domain.subscribers import Subscriber
from agi.settings import LOOPBACK, Settings
from agi.store import redis as store_redis
from agi.store.redis import Store
from agi.subscribers.profiles import Profiles
from agi.subscribers.sip_accounts import SipAccounts

Result = TypeVar("Result")


class UnknownSubscriber(CollectError):
    """The number is nobody's."""


class UnknownCall(CollectError):
    """There is no CDR of this id."""


@dataclass(frozen=True)
class Deployment:
    """A running deployment, for as long as one command needs it."""

    settings: Settings
    catalogue: Catalogue
    store: Store
    clock: Clock

    @property
    def profiles(self) -> Profiles:
        return Profiles(self.store)

    @property
    def accounts(self) -> Accounts:
        return Accounts(self.store)

    @property
    def sip_accounts(self) -> SipAccounts:
        return SipAccounts(self.settings.sip_accounts_db, self.settings.bind)

    def number(self, text: str) -> str:
        """The national number that `text` means in the plan of any operator.

        Raises:
            BadNumber: it is a number in none of them.
        """
        plans = dict.fromkeys(rule.numbering for rule in self.catalogue.operators.values())
        for plan in plans:
            try:
                return plan.national(text)
            except BadNumber as error:
                fault = error
        raise fault

    async def subscriber(self, text: str) -> Subscriber:
        """The subscriber of the number that `text` means; BadNumber or UnknownSubscriber."""
        found = await self.profiles.get(self.number(text))
        return found or _unknown(self.number(text))

    async def account(self, text: str) -> Account:
        """The account of the number that `text` means; BadNumber or UnknownSubscriber."""
        found = await self.accounts.get(self.number(text))
        return found or _unknown(self.number(text))

    async def cdr(self, call_id: str) -> Cdr:
        """The CDR of one call; UnknownCall when there is none."""
        found = await cdrs.find(self.store, call_id=call_id)
        if not found:
            raise UnknownCall(
                f"no call {call_id!r} was settled: `collectcall cdrs` lists those that were."
            )
        return found[0]


def _unknown(number: str) -> NoReturn:
    raise UnknownSubscriber(
        f"{number} is no subscriber: add it with "
        f"`collectcall subscriber add {number} --operator OPERATOR`."
    )


def run(work: Callable[[Deployment], Awaitable[Result]]) -> Result:
    """Do `work` on the deployment of this environment; a Redis that fails is told in one line."""
    settings = load_settings()
    catalogue = catalogue_files.load(settings.data_dirs)

    async def connected() -> Result:
        store = store_redis.connect(settings.redis_url)
        try:
            return await work(Deployment(settings, catalogue, store, Clock()))
        finally:
            await store.close()

    try:
        return asyncio.run(connected())
    except RedisError as error:
        raise click.ClickException(
            f"Redis on {LOOPBACK}:{settings.redis_port} did not answer ({error}). "
            "Is the lab up? Run `make up`."
        ) from error
