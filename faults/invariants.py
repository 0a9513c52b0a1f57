"""What must hold after every round, whatever was broken in it.

    M1  deposits + refunds - debits = balance       C1  no bridge without a stored consent
    M2  no balance under its floor                  C2  no debit without a bridge
    M3  a (call, unit) is debited at most once      C3  nothing is left ten seconds after the end
    M4  no talk later than 1 s after the paid time  S1  each notice has exactly one effect

The audit proves M1-M4 and C1-C2 from the books; here the books are also held against what the
telephones saw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from agi.calls import witness
from agi.charging import audit, cdrs
from agi.charging.accounts import Account, LedgerEntry
from agi.domain.cdr import Cdr
from agi.domain.dispositions import Disposition
from agi.messages.rows import StoredMessage
from agi.store import keys
from agi.store.agenda import Agenda
from agi.telephony import cel
from faults.kinds.kind import Kind
from faults.phone_call import PhoneCall
from faults.plans import UNIT_S
from faults.site import Site
from lab.people import Person

_PAID_SLACK_S = 1.0
_PARTED_S = 0.5
"""A conversation that nobody agreed to is over by then, where Asterisk itself began it."""
_SEEN_SLACK_S = 0.4
"""How much longer a talk may have been for Asterisk than for phones on a busy machine."""
_ANNOUNCED = frozenset({Disposition.BUSY, Disposition.NO_FUNDS, Disposition.UNREACHABLE})
"""The outcomes that leave a notice, by the notices of the stage's operator."""


@dataclass(frozen=True)
class Payer:
    """Everything that is written about the money of one called party."""

    account: Account
    opening_minor: int
    entries: list[LedgerEntry]
    cdrs: list[Cdr]
    notices: list[StoredMessage]


async def left_behind(site: Site) -> list[str]:
    """C3: what is still there of calls that are over; nothing when all is quiet."""
    store = site.world.store
    found = [f"C3 on the agenda: {one}" for one in await Agenda(store, keys.CALL_AGENDA).members()]
    told = await site.console("core show channels concise")
    found += [f"C3 a channel: {line}" for line in told.splitlines() if "!" in line]
    for number in {call.called.subscriber.number for call in site.phones.calls.values()}:
        reserved_minor = (await site.world.account(number)).reserved_minor
        if reserved_minor:
            found.append(f"C3 {number}: {reserved_minor} is still reserved")
    return found


async def broken(site: Site, kind: Kind) -> list[str]:
    """The invariants that a round has broken, each with its evidence."""
    record = site.instance.settings.cel_file
    differences = await audit.run(site.world.store)
    if not kind.steps_record:
        differences += await witness.run(site.world.store, record)
    calls = list(site.phones.calls.values())
    called = {call.called.subscriber.number: call.called for call in calls}
    payers = [await _payer(site, person) for person in called.values()]
    if kind.forgets:
        named = {one.about for one in differences}
        return [line for payer in payers for line in _forgotten(payer, calls, named)]
    found = [f"audit {one.about}: {one.what}" for one in differences]
    found += [line for payer in payers for line in (*_money(payer), *_notices(payer, site))]
    records = {cdr.calling: cdr for payer in payers for cdr in payer.cdrs}
    for call in calls:
        cdr = records.get(call.caller.subscriber.number)
        found += _call(call, cdr, kind) if cdr else _unrecorded(call, kind)
        found += _unpaid(site, call, cdr, kind) if cdr else []
    return found


async def _payer(site: Site, person: Person) -> Payer:
    number = person.subscriber.number
    return Payer(
        await site.world.account(number),
        person.account.balance_minor,
        await site.world.charges(number),
        await cdrs.find(site.world.store, payer=number),
        await site.world.notices(number),
    )


def _money(payer: Payer) -> Iterator[str]:
    account, number = payer.account, payer.account.number
    changes = sum(entry.amount_minor for entry in payer.entries)
    if account.balance_minor != payer.opening_minor + changes:
        yield f"M1 {number}: {payer.opening_minor} and {changes} are not {account.balance_minor}"
    debits = [entry for entry in payer.entries if entry.reason == "debit"]
    billed = sum(cdr.charged_minor for cdr in payer.cdrs)
    if -sum(entry.amount_minor for entry in debits) != billed:
        yield f"M1 {number}: the CDRs say {billed}, the ledger's debits do not"
    if account.balance_minor < account.floor_minor:
        yield f"M2 {number}: {account.balance_minor} is under {account.floor_minor}"
    for unit, times in Counter((entry.call_id, entry.minute) for entry in debits).items():
        if times > 1:
            yield f"M3 {number}: {unit} was debited {times} times"
    for caller, times in Counter(cdr.calling for cdr in payer.cdrs).items():
        if times > 1:
            yield f"M3 {number}: {times} CDRs of the one call of {caller}"


def _unrecorded(call: PhoneCall, kind: Kind) -> Iterator[str]:
    who = call.caller.subscriber.number
    if call.status is not None and not kind.crashes_asterisk:
        yield f"C3 {who}: ended with {call.status}, and has no CDR"
    if call.talk_from is not None:
        yield f"C1 {who}: talked, and has no CDR"


def _call(call: PhoneCall, cdr: Cdr, kind: Kind) -> Iterator[str]:
    unasked_s = _PARTED_S if kind.bridges_unasked else 0.0
    if call.talk_s > unasked_s and not (cdr.consent and call.plan.key == "1"):
        yield f"C1 {cdr.call_id}: talked without consent"
    if cdr.minutes and call.talk_from is None:
        yield f"C2 {cdr.call_id}: {cdr.minutes} units debited, and never connected"
    if cdr.minutes > ceil((call.talk_s + _SEEN_SLACK_S) / UNIT_S):
        yield f"C2 {cdr.call_id}: {cdr.minutes} units debited for {call.talk_s:.2f} s"


def _unpaid(site: Site, call: PhoneCall, cdr: Cdr, kind: Kind) -> Iterator[str]:
    """Phones on a busy machine hear of an end late; then Asterisk's record tells when it was."""
    paid_s = (cdr.minutes + kind.crashes_asterisk) * UNIT_S + _PAID_SLACK_S
    record = cel.find_call(site.instance.settings.cel_file, cdr.call_id)
    talk_ms = record.talk_ms if record and not kind.steps_record else None
    talk_s = call.talk_s if talk_ms is None else min(call.talk_s, talk_ms / 1000)
    if talk_s > paid_s:
        yield f"M4 {cdr.call_id}: {cdr.minutes} units paid, talked for {talk_s:.2f} s"


def _notices(payer: Payer, site: Site) -> Iterator[str]:
    wanted = Counter(
        f"{cdr.call_id}-call-me" for cdr in payer.cdrs if cdr.disposition in _ANNOUNCED
    )
    stored = Counter(row.message.id for row in payer.notices)
    if stored != wanted:
        yield f"S1 {payer.account.number}: notices {dict(stored)}, wanted {dict(wanted)}"
    for message_id in stored:
        if site.phones.notices.count(message_id) > 1:
            yield f"S1 {message_id} came {site.phones.notices.count(message_id)} times"


def _forgotten(payer: Payer, calls: list[PhoneCall], named: set[str]) -> Iterator[str]:
    """Redis forgot: each conversation has its record, or the audit names its call or its payer."""
    number = payer.account.number
    records = {cdr.calling: cdr for cdr in payer.cdrs}
    for call in calls:
        who = call.caller.subscriber.number
        if call.called.subscriber.number != number or call.talk_from is None or number in named:
            continue
        cdr = records.get(who)
        if cdr is None:
            yield f"A1 {who}: talked; its record was cut off, and the audit does not say so"
        elif cdr.call_id not in named and call.talk_s > (cdr.minutes + 1) * UNIT_S + _PAID_SLACK_S:
            yield f"A1 {cdr.call_id}: lost units of {call.talk_s:.2f} s, and the audit is silent"
