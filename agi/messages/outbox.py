"""The outbox: a message is stored here before it is acknowledged, and sent from here.

A message's own hash says whether it is to be sent and who may do it; the agenda only says when to
look, and lies in another slot of a cluster, so each of the two is written by itself. Whatever is
lost between the two writes, the entry comes back after its lease and the hash decides.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence

from agi.clock import Clock
from agi.domain.messages import Message
from agi.messages.rows import Claim, DamagedMessage, MessageState, StoredMessage, from_row
from agi.store import keys, message_fields
from agi.store.agenda import PROMISE_MS, Agenda
from agi.store.redis import Store

log = logging.getLogger(__name__)

WOKEN_AT_ONCE = 200
"""How many of a recipient's latest messages are looked at when it comes back; older ones that
still wait go out with the slow retry."""


class Outbox:
    """All messages, by recipient."""

    def __init__(self, store: Store, clock: Clock | None = None) -> None:
        self._store = store
        self._clock = clock or Clock()
        self._agenda = Agenda(store, keys.MESSAGE_AGENDA)
        self._absent_since_ms: dict[str, int] = {}

    async def put(self, message: Message) -> bool:
        """Store `message`; False when its id was stored before."""
        member = f"{message.recipient}/{message.id}"
        await self._store.client.sadd(keys.OWNERS, message.recipient)
        await self._agenda.put(member, self._clock.wall_ms() + PROMISE_MS)
        where = [keys.messages(message.recipient), _key(message)]
        stored = await self._store.run("message_put", where, [message_fields.to_json(message)])
        await self._agenda.put(member, max(self._clock.wall_ms(), message.due_at_ms))
        return bool(stored)

    async def find(self, to: str | None = None) -> list[StoredMessage]:
        """The messages to one number, or all; the oldest first."""
        recipients = [to] if to else await self._store.client.smembers(keys.OWNERS)
        found = [row for number in recipients for row in await self._messages_to(str(number))]
        return sorted(found, key=lambda row: (row.message.created_at_ms, row.message.id))

    async def claim_due(self, lease_ms: int, limit: int) -> list[Claim]:
        """Up to `limit` messages that are due, for this caller alone during the lease.

        Who dies after sending and before `finish` leaves a message that is claimed again after
        the lease, and sent a second time with the same id.
        """
        now_ms = self._clock.wall_ms()
        members = await self._agenda.claim(now_ms, lease_ms, limit)
        claims = [await self._claim(member, now_ms, lease_ms) for member in members]
        return [claim for claim in claims if claim is not None]

    async def finish(self, claim: Claim, state: MessageState, error: str = "") -> None:
        """The claimed message was sent, or is dead; without effect when the claim was lost."""
        args = [claim.token, state.value, error]
        if await self._store.run("message_finish", [_key(claim.message)], args):
            await self._agenda.drop(_member(claim.message))

    async def release(self, claim: Claim, error: str, delay_ms: int, *, counted: bool) -> None:
        """The claimed message is to be tried again after `delay_ms`, or at once if it was woken.

        `counted` says whether this was one of the attempts that it has.
        """
        member = _member(claim.message)
        # Before the release: a wake that comes after it must be the last to set the time.
        await self._agenda.move(member, self._clock.wall_ms() + delay_ms)
        args = [claim.token, error, str(int(counted))]
        if await self._store.run("message_release", [_key(claim.message)], args) == "woken":
            await self._agenda.move(member, self._clock.wall_ms())

    async def wake(self, recipient: str) -> None:
        """The recipient registered: what waits for it, unless it is due later, is due now."""
        ids = await self._ids(recipient, WOKEN_AT_ONCE)
        if not ids:
            return
        where = [keys.message(recipient, message_id) for message_id in ids]
        now_ms = self._clock.wall_ms()
        for position in await self._store.run("message_wake", where, [now_ms]):
            await self._agenda.put(f"{recipient}/{ids[position - 1]}", now_ms)

    async def wake_all(self) -> None:
        """Registrations may have been missed: everything that waits is due now."""
        waiting = {member.partition("/")[0] for member in await self._agenda.members()}
        for recipient in sorted(waiting):
            await self.wake(recipient)

    async def _claim(self, member: str, now_ms: int, lease_ms: int) -> Claim | None:
        recipient, _, message_id = member.partition("/")
        token = secrets.token_hex(8)
        answer, *pairs = await self._store.run(
            "message_claim",
            [keys.message(recipient, message_id)],
            [token, now_ms, now_ms + lease_ms],
        )
        if answer == "absent":
            await self._doubt(member, now_ms)
            return None
        self._absent_since_ms.pop(member, None)
        if answer == "over":
            await self._agenda.drop(member)
        return await self._claim_of(member, token, pairs) if answer == "claimed" else None

    async def _claim_of(self, member: str, token: str, pairs: Sequence[str]) -> Claim | None:
        """The claim on a row; a row that can't be read is a dead letter at once."""
        try:
            row = from_row(dict(zip(pairs[::2], pairs[1::2], strict=True)))
        except DamagedMessage as damage:
            log.error("message %s is given up: %s", member, damage)
            recipient, _, message_id = member.partition("/")
            args = [token, MessageState.DEAD.value, str(damage)]
            await self._store.run("message_finish", [keys.message(recipient, message_id)], args)
            await self._agenda.drop(member)
            return None
        return Claim(token, row.message, row.attempts, row.error)

    async def _doubt(self, member: str, now_ms: int) -> None:
        """An entry without its message: its writer is about to store it, or died before."""
        if now_ms - self._absent_since_ms.setdefault(member, now_ms) >= PROMISE_MS:
            await self._agenda.drop(member)
            del self._absent_since_ms[member]

    async def _ids(self, recipient: str, latest: int = 0) -> list[str]:
        """Ids of the messages to `recipient`: the `latest` ones, or all for 0; oldest first."""
        ids = await self._store.client.lrange(keys.messages(recipient), -latest, -1)
        return [str(message_id) for message_id in ids]

    async def _messages_to(self, recipient: str) -> list[StoredMessage]:
        pipe = self._store.client.pipeline(transaction=False)
        for message_id in await self._ids(recipient):
            pipe.hgetall(keys.message(recipient, message_id))
        return [from_row(row) for row in await pipe.execute() if row]


def _member(message: Message) -> str:
    return f"{message.recipient}/{message.id}"


def _key(message: Message) -> str:
    return keys.message(message.recipient, message.id)
