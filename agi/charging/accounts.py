"""Accounts and their ledgers: a balance is the sum of the ledger's entries at any moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from agi.domain.cdr import Cdr
from agi.domain.errors import BadAmount, CollectError
from agi.domain.money import format_amount
from agi.store import keys
from agi.store.redis import Store


class NoAccount(CollectError):
    """There is no account of that number."""


class NotCovered(CollectError):
    """A correction would take more than the account has available."""


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
    """`opening`, `credit`, `debit`, `refund` or `correction`."""
    call_id: str | None
    minute: int | None
    amount_minor: int
    """With its sign: a debit is negative."""
    balance_minor: int
    """The balance after the entry."""
    note: str | None
    """Why it was refunded or corrected, in somebody's words."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One change of a balance by hand; `amount_minor` has its sign."""

    operation: str
    amount_minor: int
    reason: str
    at_ms: int
    call_id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    applied: bool
    """False when this operation had been carried out before."""
    balance_minor: int


class Accounts:
    """Changes accounts by hand and shows them; they are debited by calls."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, number: str) -> Account | None:
        fields = await self._store.hash(keys.account(number))
        return account_from(number, fields) if fields else None

    async def credit(self, number: str, amount_minor: int, operation_id: str, at_ms: int) -> Posted:
        """Put `amount_minor` (> 0) on an account, once for each `operation_id` of that account.

        Raises:
            BadAmount: nothing, or less than nothing, was to be credited, or more than an account
                can hold, or no id is given.
            NoAccount: there is no such account.
            OperationConflict: the id was used with another amount; nothing was changed.
        """
        if amount_minor <= 0:
            raise BadAmount("a credit is more than 0: give the amount to add, like 100 or 9.50.")
        _check_key(operation_id)
        posting = Posting(f"credit:{operation_id}", amount_minor, "credit", at_ms)
        return await self.post(number, posting)

    async def correct(
        self, number: str, amount_minor: int, operation_id: str, note: str, at_ms: int
    ) -> Posted:
        """Correct a balance by an amount with its sign; `note` says why, for whoever reads it.

        Raises:
            BadAmount: the amount is 0, or more than an account can hold, or no id is given, or no
                reason.
            NotCovered: the account does not hold that much beyond what running calls reserve.
            NoAccount, OperationConflict: as `credit`.
        """
        if amount_minor == 0:
            raise BadAmount("a correction of 0 corrects nothing: give an amount, like 5 or -5.")
        _check_key(operation_id)
        _check_note(note)
        operation = f"correction:{operation_id}"
        return await self.post(
            number, Posting(operation, amount_minor, "correction", at_ms, note=note)
        )

    async def refund(self, cdr: Cdr, note: str, at_ms: int) -> Posted:
        """Give all that a call has cost back to its payer, once.

        Raises:
            BadAmount: the call has cost nothing, or no reason is given.
        """
        if cdr.payer is None or cdr.charged_minor == 0:
            raise BadAmount(f"call {cdr.call_id} has cost nothing: there is nothing to refund.")
        _check_note(note)
        operation = f"refund:{cdr.call_id}"
        posting = Posting(operation, cdr.charged_minor, "refund", at_ms, cdr.call_id, note)
        return await self.post(cdr.payer, posting)

    async def post(self, number: str, posting: Posting) -> Posted:
        """Change a balance; every public way of doing so ends here."""
        outcome, value = await self._store.run(
            "account_post",
            [keys.account(number), keys.ledger(number), keys.operations(number)],
            [
                posting.operation,
                posting.amount_minor,
                posting.at_ms,
                posting.reason,
                posting.call_id,
                posting.note,
            ],
        )
        if outcome == "missing":
            raise NoAccount(f"{number} has no account: add the subscriber first.")
        if outcome == "conflict":
            raise OperationConflict(
                f"operation {posting.operation!r} of {number} was carried out before with "
                f"{format_amount(int(value))}, not {format_amount(posting.amount_minor)}: "
                "use another id for another one."
            )
        if outcome == "refused":
            raise NotCovered(
                f"{number} has {format_amount(int(value))} that no running call reserves: "
                f"{format_amount(posting.amount_minor)} would take more. Take less, or wait for "
                "its calls to end."
            )
        if outcome == "too much":
            raise BadAmount(
                f"{number} would have more than an account can hold: nothing was put on it."
            )
        return Posted(applied=outcome == "ok", balance_minor=int(value))

    async def ledger(self, number: str) -> list[LedgerEntry]:
        """Every change of the balance, oldest first."""
        rows = await self._store.client.lrange(keys.ledger(number), 0, -1)
        return [entry_from(json.loads(row)) for row in rows]


def _check_key(operation_id: str) -> None:
    if not operation_id:
        raise BadAmount("money is moved under a key of its own: repeated, it changes nothing.")


def _check_note(note: str) -> None:
    if not note.strip():
        raise BadAmount("the ledger is to say why: give a reason that its reader understands.")


def account_from(number: str, fields: Mapping[str, str]) -> Account:
    """The account in a hash."""
    return Account(
        number=number,
        currency=fields["currency"],
        balance_minor=int(fields["balance_minor"]),
        reserved_minor=int(fields["reserved_minor"]),
        floor_minor=int(fields["floor_minor"]),
    )


def entry_from(row: Mapping[str, str]) -> LedgerEntry:
    """The entry in a row of the ledger."""
    return LedgerEntry(
        id=row["id"],
        at_ms=int(row["at_ms"]),
        reason=row["reason"],
        call_id=row["call_id"] or None,
        minute=int(row["minute"]) if row["minute"] else None,
        amount_minor=int(row["amount_minor"]),
        balance_minor=int(row["balance_minor"]),
        note=row.get("note") or None,
    )
