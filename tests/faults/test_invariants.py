"""What the campaign looks at after each round."""

from __future__ import annotations

from typing import cast

import pytest
from redis.asyncio import Redis

from agi.store.redis import Store
from faults import kinds
from faults.invariants import left_behind
from faults.site import Site

CHANNELS = """\
Local/s@collect-warning-0000005a;2!collect-warning!s!3!Up!Wait!0.3!!!!3!124!!cc-1.867
Local/s@collect-warning-0000005a;1!collect-warning!s!1!Up!ChanSpy!PJSIP/94-01,wqESu!!!!3!124!!cc-1.8
PJSIP/94-01!subscribers!!1!Up!AppDial!(Outgoing Line)!94!!!3!130!!cc-1.7
PJSIP/95-02!subscribers!!1!Up!AppDial!(Outgoing Line)!95!!!3!130!!cc-1.9
"""


class _Site:
    """A lab with channels and nothing else."""

    def __init__(self, store: Store) -> None:
        self.world = self
        self.phones = self
        self.store = store
        self.calls: dict[str, object] = {}

    async def console(self, _: str) -> str:
        return CHANNELS


@pytest.mark.parametrize(
    ("name", "left"), [("Asterisk's clock set back by an hour", 1), ("Redis killed", 4)]
)
async def test_only_a_clock_set_back_excuses_a_whisper(redis: Redis, name: str, left: int) -> None:
    (kind,) = (one for one in kinds.ALL if one.name == name)
    found = await left_behind(cast("Site", _Site(Store(redis))), kind)
    assert len(found) == left
    assert "C3 a channel: PJSIP/95-02" in found
