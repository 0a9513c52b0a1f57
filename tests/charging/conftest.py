"""A till in an empty Redis."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from agi.store.redis import Store
from tests.charging.till import Till


@pytest.fixture
def till(redis: Redis) -> Till:
    return Till(Store(redis))
