"""What was used of the limits: counted by use, so that no repetition counts twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from agi.domain.limits import Limit, Per
from agi.domain.operators import OperatorRule
from agi.store import keys
from agi.store.redis import Store

_KEPT_S: Final = 49 * 3600
"""The longest day has 25 hours, and a wall clock may be set back by one more of them."""


@dataclass(frozen=True, slots=True)
class Used:
    """How far one limit is used."""

    limit: Limit
    times: int
    until_ms: int | None
    """When the oldest use stops counting, Unix milliseconds; None where there is none."""


class Usage:
    """Counts uses. `limits` are those that `operator.limits_on` gives for the use; two operators'
    limits of one name are two. Numbers are national; `use_id` tells one use from every other."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def take(
        self,
        limits: Iterable[Limit],
        operator: OperatorRule,
        caller: str,
        called: str,
        *,
        use_id: str,
        at_ms: int,
    ) -> Limit | None:
        """Count a use under all of `limits`, or under none: then the answer is one that is full.

        A use that was counted before, by a try that crashed afterwards, is counted once.
        """
        own, others = _by_tag(limits)
        full = await self._take(own, operator, caller, called, use_id=use_id, at_ms=at_ms)
        if full is None:
            full = await self._take(others, operator, caller, called, use_id=use_id, at_ms=at_ms)
            if full is not None:
                await self.give_back(own, operator, caller, called, use_id)
        return full

    async def give_back(
        self,
        limits: Iterable[Limit],
        operator: OperatorRule,
        caller: str,
        called: str,
        use_id: str,
    ) -> None:
        """Count a use no more; one that was not counted changes nothing."""
        pipe = self._store.client.pipeline(transaction=False)
        for limit in limits:
            pipe.zrem(_key(limit, operator, caller, called), use_id)
        await pipe.execute()

    async def counts(
        self, limits: Sequence[Limit], operator: OperatorRule, caller: str, called: str, at_ms: int
    ) -> list[Used]:
        """How far each of `limits` is used by `caller` towards `called`, in their order."""
        zone = operator.zone_info
        pipe = self._store.client.pipeline(transaction=False)
        for limit in limits:
            since_ms = limit.since_ms(at_ms, zone)
            key = _key(limit, operator, caller, called)
            pipe.zrange(key, since_ms, "+inf", byscore=True, withscores=True)
        found = await pipe.execute()
        return [
            Used(limit, len(uses), limit.free_ms(int(uses[0][1]), zone) if uses else None)
            for limit, uses in zip(limits, found, strict=True)
        ]

    async def _take(
        self,
        limits: Sequence[Limit],
        operator: OperatorRule,
        caller: str,
        called: str,
        *,
        use_id: str,
        at_ms: int,
    ) -> Limit | None:
        """The same for limits whose keys have one hash tag."""
        if not limits:
            return None
        zone = operator.zone_info
        bounds = [bound for one in limits for bound in (one.most, one.since_ms(at_ms, zone))]
        full = await self._store.run(
            "usage_take",
            [_key(limit, operator, caller, called) for limit in limits],
            [use_id, at_ms, at_ms - _KEPT_S * 1000, _KEPT_S, *bounds],
        )
        return limits[full - 1] if full else None


def _by_tag(limits: Iterable[Limit]) -> tuple[list[Limit], list[Limit]]:
    """The limits that are counted with the caller's keys, and those with the called party's: no
    script may touch both on Redis Cluster."""
    own: list[Limit] = []
    others: list[Limit] = []
    for limit in limits:
        (others if limit.per is Per.CALLED else own).append(limit)
    return own, others


def _key(limit: Limit, operator: OperatorRule, caller: str, called: str) -> str:
    name = f"{limit.per}:{operator.id}:{limit.name}"
    match limit.per:
        case Per.CALLER:
            return keys.usage(caller, name)
        case Per.CALLED:
            return keys.usage(called, name)
        case Per.PAIR:
            return keys.usage(caller, f"{name}:{called}")
