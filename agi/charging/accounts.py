"""Accounts and their ledgers: a balance is the sum of the ledger's entries at any moment."""

from __future__ import annotations

import json
from dataclasses import dataclass

from agi.domain.errors import BadAmount, CollectError
from agi.store import keys
from agi.store.redis import Store


class NoAccount(CollectError):
    """There is no account of that number."""


class OperationConflict(CollectError):
    """An operation id was used before, with another amount."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account; amounts in minor units of `currency`."""

    number: str
    currency: str
    balance_minor: int
    reserved_minor: int
    """Set aside for units of running calls that have not started yet."""
    floor_minor: int
    """The lowest balance allowed: 0 for prepaid, below it for postpaid accounts."""

    @property
    def available_minor(self) -> int:
        """What can still be reserved."""
        return self.balance_minor - self.reserved_minor - self.floor_minor


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One change of a balance. `minute` counts a call's charging units from 1."""

    id: str
    at_ms: int
    reason: str
    """`opening`, `credit` or `debit`."""
    call_id: str | None
    minute: int | None
    amount_minor: int
    """With its sign: a debit is negative."""
    balance_minor: int
    """The balance after the entry."""


@dataclass(frozen=True, slots=True)
class CreditResult:
    applied: bool
    """False when this operation had been carried out before."""
    balance_minor: int


class Accounts:
    """Credits and shows accounts; they are opened with their subscriber, debited by calls."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, number: str) -> Account | None:
        fields = await self._store.hash(keys.account(number))
        if not fields:
            return None
        return Account(
            number=number,
            currency=fields["currency"],
            balance_minor=int(fields["balance_minor"]),
            reserved_minor=int(fields["reserved_minor"]),
            floor_minor=int(fields["floor_minor"]),
        )

    async def credit(
        self, number: str, amount_minor: int, operation_id: str, at_ms: int
    ) -> CreditResult:
        """Put `amount_minor` (> 0) on an account, once for each `operation_id` of that account.

        Raises:
            BadAmount: nothing, or less than nothing, was to be credited.
            NoAccount: there is no such account.
            OperationConflict: the id was used with another amount; nothing was changed.
        """
        if amount_minor <= 0:
            raise BadAmount("a credit is more than 0: give the amount to add, like 100 or 9.50.")
        outcome, value = await self._store.run(
            "account_credit",
            [keys.account(number), keys.ledger(number), keys.operations(number)],
            [operation_id, amount_minor, at_ms],
        )
        if outcome == "missing":
            raise NoAccount(f"{number} has no account: add the subscriber first.")
        if outcome == "conflict":
            raise OperationConflict(
                f"operation {operation_id!r} of {number} was carried out before with "
                f"{value} minor units, not {amount_minor}: use another id for another credit."
            )
        return CreditResult(applied=outcome == "ok", balance_minor=int(value))

    async def ledger(self, number: str) -> list[LedgerEntry]:
        """Every change of the balance, oldest first."""
        rows = await self._store.client.lrange(keys.ledger(number), 0, -1)
        return [_entry(json.loads(row)) for row in rows]


def _entry(row: dict[str, str]) -> LedgerEntry:
    return LedgerEntry(
        id=row["id"],
        at_ms=int(row["at_ms"]),
        reason=row["reason"],
        call_id=row["call_id"] or None,
        minute=int(row["minute"]) if row["minute"] else None,
        amount_minor=int(row["amount_minor"]),
        balance_minor=int(row["balance_minor"]),
    )
