"""The invariants, held against what really happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agi.catalogue import Catalogue
from agi.charging import audit, cdrs
from agi.charging.accounts import Accounts
from agi.domain.call import LEAST_TALK_MS
from agi.domain.cdr import Cdr
from agi.domain.dispositions import Disposition
from agi.domain.terms import Terms
from agi.messages.outbox import Outbox
from agi.messages.rows import MessageState
from agi.store import keys
from agi.store.agenda import Agenda
from agi.store.redis import Store
from simulation.asterisk import Source, Truth
from simulation.gateway import Phones
from simulation.people import Payer

_CUT_OFF_US = 1_000_000
"""How late a leg may end after its paid time (M4)."""
_ROUNDED_US = 2_000
"""What times in whole milliseconds may lose of a conversation."""
_LEAST_TALK_US = LEAST_TALK_MS * 1_000


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold. `about` is a number or a call id."""

    rule: str
    about: str
    what: str


async def of_money(store: Store, moved_minor: Counter[str]) -> list[Violation]:
    """M1-M3 at any moment; `moved_minor` is what was put on each account by hand in all."""
    found = [Violation("audit", one.about, one.what) for one in await audit.run(store)]
    for number in sorted(moved_minor):
        ledger = await Accounts(store).ledger(number)
        by_hand = sum(e.amount_minor for e in ledger if e.reason != "debit")
        if by_hand != moved_minor[number]:
            what = f"{moved_minor[number]} was paid in, the ledger says {by_hand}"
            found.append(Violation("M1", number, what))
    return found


async def of_rest(store: Store, payers: Iterable[Payer]) -> list[Violation]:
    """C3: ten seconds after everything ended nothing is left."""
    left = await Agenda(store, keys.CALL_AGENDA).members()
    found = [Violation("C3", member.partition("/")[2], "still on the agenda") for member in left]
    for payer in payers:
        number = payer.pair.payer.number
        account = await Accounts(store).get(number)
        if account is not None and account.reserved_minor:
            found.append(Violation("C3", number, f"{account.reserved_minor} still reserved"))
    return found


def bridge_ended(truth: Truth) -> Violation | None:
    """M4, at the moment when a bridge ended: no talk later than a second after the paid time."""
    paid_us = truth.reserved_units * truth.unit_ms * 1_000
    if truth.talk_us <= paid_us + _CUT_OFF_US:
        return None
    talk_s = truth.talk_us / 1e6
    what = f"talked for {talk_s:.3f} s, {truth.reserved_units} units of {truth.unit_ms} ms are paid"
    return Violation("M4", truth.call_id, what)


async def of_calls(
    store: Store, truths: Iterable[Truth], *, exact: bool
) -> tuple[list[Cdr], list[Violation]]:
    """C2 and the charges: one CDR a call, never more units than were talked, and none for a bridge
    that was too short to talk in."""
    records = await cdrs.find(store)
    by_call = {record.call_id: record for record in records}
    found = []
    for truth in truths:
        record = by_call.get(truth.call_id)
        if record is not None:
            found += list(_charge(truth, record, exact=exact))
        elif not truth.crashed:
            found.append(Violation("CDR", truth.call_id, "there is none"))
    return records, found


def _charge(truth: Truth, record: Cdr, *, exact: bool) -> Iterator[Violation]:
    if not _may_have_talked(truth):
        if record.minutes or record.disposition is Disposition.ANSWERED:
            what = f"{record.disposition}, {record.minutes} units for {_talk(truth)}"
            yield Violation("C2", truth.call_id, what)
        return
    most = _units(truth, truth.talk_us)
    if record.minutes > most:
        yield Violation(
            "charge", truth.call_id, f"{record.minutes} units for {_talk(truth)}: {most} at most"
        )
    if exact and record.minutes < _least(truth):
        yield Violation(
            "charge", truth.call_id, f"{record.minutes} units for {_talk(truth)}: {most} are due"
        )


def _may_have_talked(truth: Truth) -> bool:
    """Of a bridge that is over before it can be seen Asterisk's stamps alone tell how long it was,
    so a clock that is stepped just then may make it a conversation; of one that Asterisk did not
    live to end nothing tells, and a unit of it had begun."""
    if truth.crashed:
        return True
    stamped_us = (truth.parted_at_ms - truth.bridged_at_ms) * 1_000
    return max(truth.talk_us, stamped_us) + _ROUNDED_US > _LEAST_TALK_US


def _least(truth: Truth) -> int:
    """The units of a conversation in a world without faults; an end at the limit starts none."""
    late_us = _CUT_OFF_US if truth.parted_by is Source.LIMIT else _ROUNDED_US
    talk_us = truth.talk_us - late_us
    return _units(truth, talk_us) if talk_us >= _LEAST_TALK_US else 0


def _units(truth: Truth, talk_us: int) -> int:
    return max(1, -(-talk_us // (truth.unit_ms * 1_000)))


def _talk(truth: Truth) -> str:
    return f"{truth.talk_us / 1e6:.6f} s of talk in units of {truth.unit_ms} ms"


async def of_notices(
    store: Store, catalogue: Catalogue, records: Iterable[Cdr], phones: Phones, *, exact: bool
) -> list[Violation]:
    """S1: each notice that is due was stored once, and arrived."""
    due = {f"{cdr.call_id}-call-me": cdr for cdr in records if _notice_due(catalogue, cdr)}
    stored = await Outbox(store).find()
    times = Counter(row.message.id for row in stored)
    found = [
        Violation("S1", message, f"is due {int(message in due)} times, stored {times[message]}")
        for message in sorted({*due, *times})
        if times[message] != int(message in due)
    ]
    for row in stored:
        arrived = phones.received[row.message.id]
        if row.state is not MessageState.SENT or arrived < 1 or (exact and arrived > 1):
            what = f"is {row.state} and arrived {arrived} times"
            found.append(Violation("S1", row.message.id, what))
    return found


def _notice_due(catalogue: Catalogue, cdr: Cdr) -> bool:
    rule = catalogue.notice_rules(cdr.operator).call_me
    collect = cdr.called is not None and cdr.terms is not Terms.ORDINARY
    return rule is not None and collect and cdr.disposition in rule.on
