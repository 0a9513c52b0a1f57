"""An agenda: what is to be looked at, and when; any worker may claim what is due."""

from __future__ import annotations

from agi.store.redis import Store

PROMISE_MS = 60_000
"""How long an entry without the thing that it names is kept: somebody may be about to store it."""


class Agenda:
    """A sorted set of members by due time, in milliseconds of whichever clock its user keeps to.

    An entry is a hint: it is written before the thing that it names, and whoever claims it looks
    the thing up. A claimed entry comes back after its lease unless it is dropped, so that a worker
    that dies delays its work and never loses it.
    """

    def __init__(self, store: Store, key: str) -> None:
        self._store = store
        self._key = key

    async def put(self, member: str, due_ms: int) -> None:
        """Enter `member`, or move it to `due_ms`."""
        await self._store.client.zadd(self._key, {member: due_ms})

    async def move(self, member: str, due_ms: int) -> None:
        """Move `member` if it is still there: who was dropped meanwhile stays so."""
        await self._store.client.zadd(self._key, {member: due_ms}, xx=True)

    async def drop(self, member: str) -> None:
        await self._store.client.zrem(self._key, member)

    async def claim(self, now_ms: int, lease_ms: int, limit: int = 100) -> list[str]:
        """Up to `limit` members that are due; nobody else gets them for `lease_ms`."""
        claimed = await self._store.run("agenda_claim", [self._key], [now_ms, lease_ms, limit])
        return [str(member) for member in claimed]

    async def members(self) -> list[str]:
        """Everything on the agenda, the earliest first."""
        return [str(member) for member in await self._store.client.zrange(self._key, 0, -1)]
