"""The audit: every balance recomputed, and what belongs together compared.

The books of one owner are read in one transaction, so that a running call shows no difference.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from agi.charging import accounts, call_fields, cdrs
from agi.charging.accounts import Account, LedgerEntry
from agi.domain.call import Call, Phase
from agi.domain.cdr import Cdr
from agi.domain.dispositions import Disposition
from agi.store import keys
from agi.store.agenda import Agenda
from agi.store.redis import Store

_READINGS = 2
_UNPAID_MS = 1_000
"""How much longer than what was paid a conversation may have been."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it must be. `about` is a number or a call id."""

    about: str
    what: str


@dataclass(frozen=True)
class Books:
    """Everything that is written about one number's money, as of one moment."""

    number: str
    account: Account | None
    entries: tuple[LedgerEntry, ...]
    cdrs: tuple[Cdr, ...]
    live: tuple[Call, ...]
    units_ms: Mapping[str, int]
    """The length of a unit by call id, of the calls that are not forgotten yet."""

    @cached_property
    def debits(self) -> Mapping[str | None, list[LedgerEntry]]:
        """What was debited, by call id."""
        debits = defaultdict(list)
        for entry in self.entries:
            if entry.reason == "debit":
                debits[entry.call_id].append(entry)
        return debits


async def run(store: Store) -> list[Difference]:
    """Audit every account; an empty list means that all of it agrees."""
    owners = map(str, await store.client.smembers(keys.OWNERS))
    numbers = map(str, await store.client.smembers(keys.SUBSCRIBERS))
    found: dict[str, list[Difference]] = {number: [] for number in sorted({*owners, *numbers})}
    # A call that begins between the reading of the agenda and of the books shows as a difference,
    # and no more when both are read anew.
    for _ in range(_READINGS):
        live = await _live(store)
        read = {number: differences(await _read(store, number, live[number])) for number in found}
        found = {number: different for number, different in read.items() if different}
    return [difference for different in found.values() for difference in different]


async def _live(store: Store) -> defaultdict[str, list[str]]:
    """The ids of the calls on the agenda, by owner."""
    live = defaultdict(list)
    for member in await Agenda(store, keys.CALL_AGENDA).members():
        owner, _, call_id = member.partition("/")
        live[owner].append(call_id)
    return live


async def _read(store: Store, number: str, call_ids: list[str]) -> Books:
    pipe = store.client.pipeline(transaction=True)
    pipe.hgetall(keys.account(number))
    pipe.lrange(keys.ledger(number), 0, -1)
    pipe.lrange(keys.cdrs(number), 0, -1)
    for call_id in call_ids:
        pipe.hgetall(keys.call(number, call_id))
    account, entries, records, *calls = await pipe.execute()
    stored = (call_fields.from_fields(fields) for fields in calls if fields)
    written = tuple(map(cdrs.from_json, records))
    return Books(
        number,
        accounts.account_from(number, account) if account else None,
        tuple(accounts.entry_from(json.loads(row)) for row in entries),
        written,
        tuple(call for call in stored if call.phase is not Phase.SETTLED),
        await _units_ms(store, number, [cdr.call_id for cdr in written if cdr.talk_ms]),
    )


async def _units_ms(store: Store, number: str, call_ids: list[str]) -> dict[str, int]:
    """Of calls that were bridged; a price never changes, so it may be read apart."""
    pipe = store.client.pipeline(transaction=False)
    for call_id in call_ids:
        pipe.hget(keys.call(number, call_id), "unit_ms")
    found = zip(call_ids, await pipe.execute(), strict=True)
    return {call_id: int(unit_ms) for call_id, unit_ms in found if unit_ms}


def differences(books: Books) -> list[Difference]:
    """Everything in one number's books that contradicts something else there."""
    return [*_balance(books), *_debits(books), *_cdrs(books), *_reservations(books)]


def _balance(books: Books) -> Iterator[Difference]:
    """A balance is the sum of its ledger, entry by entry, and never under its floor."""
    account, total = books.account, 0
    for position, entry in enumerate(books.entries, 1):
        total += entry.amount_minor
        if entry.id != str(position):
            yield Difference(books.number, f"ledger entry {position} is numbered {entry.id}")
        if entry.balance_minor != total:
            told = entry.balance_minor
            yield Difference(books.number, f"entry {entry.id} says balance {told}, it is {total}")
    if account is None:
        if books.entries:
            yield Difference(books.number, "a ledger without an account")
        return
    if account.balance_minor != total:
        yield Difference(
            books.number, f"the balance is {account.balance_minor}, the ledger's sum {total}"
        )
    if account.balance_minor < account.floor_minor:
        yield Difference(
            books.number, f"balance {account.balance_minor} under the floor {account.floor_minor}"
        )


def _debits(books: Books) -> Iterator[Difference]:
    """A unit of a call is debited once, and belongs to a call that is known."""
    known = {cdr.call_id for cdr in books.cdrs} | {call.call_id for call in books.live}
    for call_id, debits in books.debits.items():
        for minute, times in Counter(entry.minute for entry in debits).items():
            if times > 1:
                yield Difference(str(call_id), f"minute {minute} was debited {times} times")
        if call_id not in known:
            yield Difference(str(call_id), "debited, but there is no CDR and no such live call")


def _cdrs(books: Books) -> Iterator[Difference]:
    """A call has one CDR; what it says was charged was debited, agreed to, and talked."""
    for call_id, times in Counter(cdr.call_id for cdr in books.cdrs).items():
        if times > 1:
            yield Difference(call_id, f"{times} CDRs")
    for cdr in books.cdrs:
        debits = books.debits.get(cdr.call_id, [])
        taken = -sum(entry.amount_minor for entry in debits)
        if taken != cdr.charged_minor or len(debits) != cdr.minutes:
            yield Difference(
                cdr.call_id,
                f"the CDR says {cdr.minutes} for {cdr.charged_minor}, "
                f"the ledger {len(debits)} for {taken}",
            )
        if sorted(entry.minute or 0 for entry in debits) != list(range(1, len(debits) + 1)):
            yield Difference(cdr.call_id, "the debited minutes are not 1, 2, 3, ...")
        if cdr.payer not in (None, books.number):
            yield Difference(cdr.call_id, f"is of {cdr.payer}, and in the books of {books.number}")
        answered = cdr.disposition is Disposition.ANSWERED
        if answered and not cdr.consent:
            yield Difference(cdr.call_id, "bridged without a consent")
        if cdr.charged_minor and not answered:
            yield Difference(cdr.call_id, f"charged, and {cdr.disposition}")
        paid_ms = cdr.minutes * books.units_ms.get(cdr.call_id, cdr.talk_ms)
        if cdr.talk_ms > paid_ms + _UNPAID_MS:
            yield Difference(cdr.call_id, f"talked for {cdr.talk_ms} ms, paid for {paid_ms}")


def _reservations(books: Books) -> Iterator[Difference]:
    """What is reserved is reserved for units of live calls."""
    wanted = sum(
        (call.reserved_units - call.debited_units) * call.price.unit_price_minor
        for call in books.live
        if call.price is not None
    )
    reserved = books.account.reserved_minor if books.account else 0
    if reserved != wanted:
        yield Difference(books.number, f"{reserved} is reserved, live calls need {wanted}")
    for call in books.live:
        debits = books.debits.get(call.call_id, [])
        if len(debits) != call.debited_units:
            yield Difference(
                call.call_id,
                f"the live call has {call.debited_units} units debited, the ledger {len(debits)}",
            )
