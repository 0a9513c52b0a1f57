"""The book of calls: a call's state and the money that goes with it change in one step."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from agi.charging import call_fields, cdrs
from agi.domain.call import Call, Phase, Step
from agi.domain.commands import Debit, Reserve, Settle
from agi.domain.messages import Message
from agi.domain.story import Facts
from agi.store import keys, message_fields
from agi.store.agenda import PROMISE_MS, Agenda
from agi.store.redis import Store

KEPT_S = 24 * 3600
"""How long a settled call is remembered, so that a late event finds it settled; after that
`CallBook.has_cdr` tells it from a new one."""
STORY_KEPT_S = 30 * KEPT_S
"""How long what happened to a call can be explained; its debits and its CDR are never deleted."""
OWNER_KEPT_S = 30 * KEPT_S
"""How long a call is found by its id: longer than any conversation."""


class Outcome(StrEnum):
    OK = "ok"
    CONFLICT = "conflict"
    """Somebody else changed the call meanwhile: load it and decide again."""
    REFUSED = "refused"
    """The payer's account does not cover the unit."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A call as it is stored, and which version of it that is."""

    call: Call
    version: str


class CallBook:
    """Loads calls and commits what the state machine decided on them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.agenda = Agenda(store, keys.CALL_AGENDA)
        self._messages = Agenda(store, keys.MESSAGE_AGENDA)

    async def load(self, call_id: str) -> Entry | None:
        """The call of that id, if there was one within the last day."""
        owner = await self._store.client.get(keys.call_owner(call_id))
        if owner is None:
            return None
        stored = dict(await self._store.hash(keys.call(str(owner), call_id)))
        version = stored.pop("version", None)
        return Entry(call_fields.from_fields(stored), version) if version else None

    async def live(self) -> list[Call]:
        """Every call that is not settled, the next due first."""
        entries = [await self.load(member.split("/")[1]) for member in await self.agenda.members()]
        return [e.call for e in entries if e is not None and e.call.phase is not Phase.SETTLED]

    async def has_cdr(self, call: Call) -> bool:
        """Whether `call` was settled, however long ago: CDRs are never deleted."""
        found = await cdrs.find(self._store, payer=call.owner, call_id=call.call_id)
        return bool(found)

    async def commit(
        self,
        before: Entry | None,
        step: Step,
        at_ms: int,
        due_ms: int,
        facts: Facts | None = None,
    ) -> Outcome:
        """Store `step`, which was decided on `before` (None: a call that is not stored yet).

        `due_ms` is when the call is to be looked at again, on the agenda's clock; `facts` are what
        the call's story gains. The directories are written first: they are hints, and a call that
        nobody could find would be worse.
        """
        if before is None:
            await self._announce(step.call, due_ms)
        if isinstance(step.charge, Settle) and step.charge.notice:
            await self._promise(step.charge.notice, at_ms + PROMISE_MS)
        line = json.dumps({"at_ms": at_ms, **facts}, ensure_ascii=False) if facts else ""
        outcome = await self._apply(before, step, at_ms, line)
        if outcome is Outcome.OK:
            await self._after(step, at_ms, due_ms)
        return outcome

    async def story(self, owner: str, call_id: str) -> list[dict[str, Any]]:
        """What happened to an attempt, oldest first; each line has `at_ms` and `what`."""
        rows = await self._store.client.lrange(keys.story(owner, call_id), 0, -1)
        return [json.loads(row) for row in rows]

    async def _apply(self, before: Entry | None, step: Step, at_ms: int, line: str) -> Outcome:
        call, charge = step.call, step.charge
        changes = call_fields.changed_fields(before.call if before else None, call)
        head: list[str | int] = [before.version if before else "0", json.dumps(changes), line]
        book = [keys.call(call.owner, call.call_id), keys.story(call.owner, call.call_id)]
        money = [keys.account(call.owner), keys.ledger(call.owner), keys.operations(call.owner)]
        unit_price = call.price.unit_price_minor if call.price else 0
        match charge:
            case None:
                answer = await self._store.run("call_save", book, head)
            case Reserve(_, units):
                answer = await self._store.run(
                    "call_reserve", book + money[:1], [*head, unit_price * units]
                )
            case Debit(unit):
                args = [*head, call.call_id, unit, unit_price, at_ms]
                answer = await self._store.run("call_debit", book + money, args)
            case Settle():
                args = head + _settlement(call, charge, unit_price, at_ms)
                answer = await self._store.run(
                    "call_settle", book + money + _papers(call, charge.notice), args
                )
        return Outcome(answer)

    async def _announce(self, call: Call, due_ms: int) -> None:
        client = self._store.client
        await client.set(keys.call_owner(call.call_id), call.owner, ex=OWNER_KEPT_S)
        await client.sadd(keys.OWNERS, call.owner)
        await self.agenda.put(_member(call), due_ms)

    async def _promise(self, notice: Message, due_ms: int) -> None:
        await self._store.client.sadd(keys.OWNERS, notice.recipient)
        await self._messages.put(f"{notice.recipient}/{notice.id}", due_ms)

    async def _after(self, step: Step, at_ms: int, due_ms: int) -> None:
        if not isinstance(step.charge, Settle):
            # Entered anew: a look between the announcement and the commit found no call to keep it
            # for. An entry that outlives its call is dropped at the next look.
            await self.agenda.put(_member(step.call), due_ms)
            return
        await self.agenda.drop(_member(step.call))
        if step.charge.notice:
            await self._promise(step.charge.notice, at_ms)


def _member(call: Call) -> str:
    return f"{call.owner}/{call.call_id}"


def _papers(call: Call, notice: Message | None) -> list[str]:
    """The keys of the CDR and the notice. Only collect calls leave one, to the called party, who is
    their payer: so one slot holds both.
    """
    return [
        keys.cdrs(call.owner),
        keys.messages(call.owner),
        keys.message(call.owner, notice.id if notice else "none"),
    ]


def _settlement(call: Call, charge: Settle, unit_price: int, at_ms: int) -> list[str | int]:
    last = call.debited_units
    return [
        call.call_id,
        last - charge.final_units + 1,
        last,
        unit_price,
        charge.released_units * unit_price,
        at_ms,
        cdrs.to_json(charge.cdr),
        message_fields.to_json(charge.notice) if charge.notice else "",
        KEPT_S,
        STORY_KEPT_S,
    ]
