"""Every kind of fault, in the order of the table."""

from __future__ import annotations

from faults.kinds import asterisk, clock, parties, redis, service
from faults.kinds.kind import Kind

__all__ = ["ALL", "LOAD", "Kind", "named"]

LOAD = Kind("1000 calls at 10 a second", calls=1_000, lasts=True)
"""The fault is that they are so many: `faults.load` plays it."""

ALL: tuple[Kind, ...] = (
    *service.KINDS,
    *redis.KINDS,
    *asterisk.KINDS,
    *parties.KINDS,
    LOAD,
    *clock.KINDS,
    redis.FORGETTING,  # the last, as what it loses stays lost
)


def named(words: str) -> list[Kind]:
    """The kinds whose name holds one of `words`, which commas separate; all for none."""
    wanted = [word.strip().lower() for word in words.split(",") if word.strip()]
    return [kind for kind in ALL if not wanted or any(w in kind.name.lower() for w in wanted)]
