"""Watches a round: how long is anything behind that should be metered or settled?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from redis.exceptions import RedisError

from agi.charging.calls import CallBook
from agi.domain.call import Call, Phase
from agi.store import keys
from faults.phone_call import PhoneCall
from faults.site import Site

_LOOK_S = 0.2
_USUAL_S = 1.0
"""What is behind for less than this is on its way."""


@dataclass
class Watch:
    """Asks the books several times a second; `worst_s` is what a campaign reports."""

    site: Site
    calls: list[PhoneCall]
    lifted_at: float = 0.0
    """When the fault was over, on the event loop's clock."""
    worst_s: float = 0.0
    """The longest that a debit or a settlement was late, counted from the end of the fault."""
    behind: set[str] = field(default_factory=set)
    """What is behind now: calls by id or by the caller's number."""
    _since: dict[str, float] = field(default_factory=dict)

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_S)

    async def look(self) -> None:
        """Ask once."""
        now = asyncio.get_running_loop().time()
        try:
            due = await self._due(now)
        except (RedisError, OSError, TimeoutError):
            return  # what is behind stays so
        for name in list(self._since):
            if name not in due:
                self._note(self._since.pop(name), now)
        for name, since in due.items():
            self._since.setdefault(name, since)
            if now - max(since, self.lifted_at) > _USUAL_S:
                self._note(since, now)
        self.behind = set(due)

    def _note(self, since: float, now: float) -> None:
        if self.lifted_at and now > self.lifted_at:
            self.worst_s = max(self.worst_s, now - max(since, self.lifted_at))

    async def _due(self, now: float) -> dict[str, float]:
        """What should have happened by now, and when."""
        due = {}
        settled = await self._settled()
        for call in self.calls:
            number = call.caller.subscriber.number
            if call.status is not None and call.ended_at is not None and number not in settled:
                due[number] = call.ended_at
        for live in await CallBook(self.site.world.store).live():
            unpaid_since = _unpaid_since(live, now)
            if unpaid_since is not None:
                due[live.call_id] = unpaid_since
        return due

    async def _settled(self) -> set[str]:
        pipe = self.site.world.store.client.pipeline(transaction=False)
        for number in {call.called.subscriber.number for call in self.calls}:
            pipe.lrange(keys.cdrs(number), 0, -1)
        rows = [row for rows in await pipe.execute() for row in rows]
        return {
            call.caller.subscriber.number
            for call in self.calls
            if any(f'"calling": "{call.caller.subscriber.number}"' in row for row in rows)
        }


def _unpaid_since(call: Call, now: float) -> float | None:
    """When a unit of a live conversation began that is not debited."""
    if call.phase is not Phase.TALKING or call.talk_started_mono_ms is None or call.price is None:
        return None
    begins = call.talk_started_mono_ms + call.debited_units * call.price.unit_ms
    return begins / 1000 if now * 1000 > begins + 100 else None
