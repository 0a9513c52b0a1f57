"""An outbox in a real Redis, under a clock that the test moves."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from agi.clock import Clock
from agi.domain.messages import Message
from agi.messages.outbox import Outbox
from agi.store.redis import Store

RECIPIENT = "9115550002"
START_MS = 1_700_000_000_000


class StoppedClock(Clock):
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now_ms = START_MS

    def wall_ms(self) -> int:
        return self.now_ms

    def mono_ms(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def store(redis: Redis) -> Store:
    return Store(redis)


@pytest.fixture
def outbox(store: Store, clock: StoppedClock) -> Outbox:
    return Outbox(store, clock)


def message(message_id: str = "call-1-call-me", recipient: str = RECIPIENT) -> Message:
    return Message(
        id=message_id,
        sender="9115550001",
        recipient=recipient,
        kind="call_me",
        text="Пожалуйста, позвони мне: 9115550001",
        created_at_ms=START_MS,
    )
