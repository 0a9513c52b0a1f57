"""A world with two subscribers in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis

from agi.store.redis import Store
from tests.calls.world import World


@pytest.fixture
async def world(redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(Store(redis), tmp_path / "collect.csv", monkeypatch)
    await made.people()
    return made
