"""Subscribers that the lab makes for itself, straight into its Redis."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from agi.charging.accounts import Account, Accounts
from agi.clock import Clock
from agi.domain.operators import OperatorRule
from agi.domain.subscribers import Subscriber
from agi.settings import Settings
from agi.store.redis import connect
from agi.subscribers.profiles import Opening, Profiles
from agi.subscribers.sip_accounts import SipAccount, SipAccounts

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
_LENGTH = 14


@dataclass(frozen=True)
class Person:
    """A subscriber with a SIP account and money."""

    subscriber: Subscriber
    password: str
    account: Account


class People:
    """Makes and finds subscribers of one instance."""

    def __init__(self, profiles: Profiles, accounts: Accounts, sip_accounts: SipAccounts) -> None:
        self._profiles = profiles
        self._accounts = accounts
        self._sip_accounts = sip_accounts

    async def provide(
        self, wanted: Subscriber, operator: OperatorRule, balance_minor: int = 0
    ) -> Person:
        """The subscriber of that number, made with this balance when there is none yet."""
        opening = Opening(operator.currency, 0, balance_minor, Clock().wall_ms())
        await self._profiles.create(wanted, _new_password(), opening)
        number = wanted.number
        found = await self._profiles.get(number)
        password = await self._profiles.sip_password(number)
        account = await self._accounts.get(number)
        assert found and password and account  # noqa: S101 - one script made all three
        self._sip_accounts.put(SipAccount(number, password, found.language))
        return Person(found, password, account)

    async def top_up(self, person: Person, least_minor: int) -> None:
        """See that there is at least this much to spend."""
        missing = least_minor - person.account.available_minor
        if missing > 0:
            key = f"lab-{secrets.token_hex(8)}"
            await self._accounts.credit(person.subscriber.number, missing, key, Clock().wall_ms())


def _new_password() -> str:
    """Easily typed on a phone, and some 70 bits long."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


@asynccontextmanager
async def people_of(settings: Settings) -> AsyncIterator[People]:
    """People of the instance with these settings; its Redis has to run."""
    store = connect(settings.redis_url)
    try:
        sip_accounts = SipAccounts(settings.sip_accounts_db, settings.bind)
        yield People(Profiles(store), Accounts(store), sip_accounts)
    finally:
        await store.close()
