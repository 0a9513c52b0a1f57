"""The worker with a real outbox and a gateway that fails as it is told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from agi.domain.messages import Message
from agi.messages.gateways import (
    GatewayDown,
    PermanentFailure,
    RecipientAway,
    TemporaryFailure,
)
from agi.messages.outbox import Outbox
from agi.messages.rows import Claim, MessageState, StoredMessage
from agi.messages.worker import Delivery, MessageWorker
from tests.messages.conftest import RECIPIENT, StoppedClock, message

QUICK = Delivery(poll_ms=20, batch=5, outage_ms=20, send_timeout_ms=200, max_attempts=3)


class FakeGateway:
    """Fails as `failure` says, and keeps what it took."""

    def __init__(self) -> None:
        self.ready = True
        self.failure: Exception | None = None
        self.tries = 0
        self.sent: list[Message] = []
        self.delay_s = 0.0

    async def send(self, message: Message) -> None:
        self.tries += 1
        await asyncio.sleep(self.delay_s)
        if self.failure is not None:
            raise self.failure
        self.sent.append(message)


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@asynccontextmanager
async def running(worker: MessageWorker) -> AsyncIterator[MessageWorker]:
    task = asyncio.create_task(worker.run())
    try:
        yield worker
        assert not task.done(), "the worker has ended"
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(500):
        if await condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come about within 5 s")


async def only(outbox: Outbox) -> StoredMessage:
    [stored] = await outbox.find(RECIPIENT)
    return stored


async def until_state(outbox: Outbox, state: MessageState) -> StoredMessage:
    async def reached() -> bool:
        return (await only(outbox)).state is state

    await eventually(reached)
    return await only(outbox)


async def until_error(outbox: Outbox, text: str) -> StoredMessage:
    async def reached() -> bool:
        return text in (await only(outbox)).error

    await eventually(reached)
    return await only(outbox)


def worker_of(outbox: Outbox, gateway: FakeGateway, clock: StoppedClock) -> MessageWorker:
    return MessageWorker(outbox, gateway, clock, QUICK)


async def test_a_message_is_sent_once(
    outbox: Outbox, gateway: FakeGateway, clock: StoppedClock
) -> None:
    async with running(worker_of(outbox, gateway, clock)):
        await outbox.put(message())
        await until_state(outbox, MessageState.SENT)
        await asyncio.sleep(0.1)
    assert gateway.sent == [message()]


async def test_five_workers_send_each_of_many_messages_once(
    outbox: Outbox, gateway: FakeGateway, clock: StoppedClock
) -> None:
    gateway.delay_s = 0.005
    for number in range(100):
        await outbox.put(message(f"m{number:03}"))

    async def all_sent() -> bool:
        return all(stored.state is MessageState.SENT for stored in await outbox.find(RECIPIENT))

    async with AsyncExitStack() as stack:
        for _ in range(5):
            await stack.enter_async_context(running(worker_of(outbox, gateway, clock)))
        await eventually(all_sent)
    assert sorted(sent.id for sent in gateway.sent) == [f"m{number:03}" for number in range(100)]


async def test_a_recipient_that_is_away_is_waited_for_and_costs_no_attempt(
    outbox: Outbox, gateway: FakeGateway, clock: StoppedClock
) -> None:
    gateway.failure = RecipientAway("not registered")
    await outbox.put(message())
    async with running(worker_of(outbox, gateway, clock)) as worker:
        for tried in range(1, 6):
            stored = await until_error(outbox, "not registered")
            await eventually(_is_resting(outbox, gateway, tried))
            assert (stored.state, stored.attempts) == (MessageState.PENDING, 0)
            clock.now_ms += QUICK.retry_ms
        gateway.failure = None
        worker.wake(RECIPIENT)
        await until_state(outbox, MessageState.SENT)


async def test_a_message_that_waits_is_told_of_once_until_something_changes(
    outbox: Outbox,
    gateway: FakeGateway,
    clock: StoppedClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "agi.messages.worker")
    await outbox.put(message())
    async with running(worker_of(outbox, gateway, clock)):
        for why in ("not registered", "busy"):
            gateway.failure = RecipientAway(why)
            for _ in range(3):
                tried = gateway.tries + 1
                await eventually(_is_resting(outbox, gateway, tried))
                await until_error(outbox, why)
                clock.now_ms += QUICK.retry_ms
        gateway.failure = None

        async def sent() -> bool:
            return caplog.messages[-1] == "message call-1-call-me is sent"

        await eventually(sent)
    assert caplog.messages[:-1] == [
        "message call-1-call-me waits: not registered",
        "message call-1-call-me waits: busy",
    ]


def _is_resting(outbox: Outbox, gateway: FakeGateway, tries: int) -> Callable[[], Awaitable[bool]]:
    async def resting() -> bool:
        return gateway.tries >= tries and (await only(outbox)).attempts == 0

    return resting


async def test_a_registration_is_reacted_to_at_once(
    outbox: Outbox, gateway: FakeGateway, clock: StoppedClock
) -> None:
    gateway.failure = RecipientAway("not registered")
    await outbox.put(message())
    slow = Delivery(poll_ms=60_000)
    async with running(MessageWorker(outbox, gateway, clock, slow)) as worker:
        await until_error(outbox, "not registered")
        gateway.failure = None
        worker.wake(RECIPIENT)
        await until_state(outbox, MessageState.SENT)


async def test_a_permanent_failure_is_a_dead_letter_at_once(
    outbox: Outbox, gateway: FakeGateway, clock: StoppedClock
) -> None:
    gateway.failure = PermanentFailure("no such number")
    await outbox.put(message())
    async with running(worker_of(outbox, gateway, clock)):
        assert (await until_state(outbox, MessageState.DEAD)).error == "no such number"
    assert gateway.tries == 1


@pytest.mark.parametrize("failure", [TemporaryFailure("no answer"), ZeroDivisionError("a bug")])
async def test_failures_that_count_end_in_a_dead_letter(
    outbox: Outbox, gateway: FakeGateway, clock: StoppedClock, failure: Exception
) -> None:
    gateway.failure = failure
    await outbox.put(message())
    async with running(worker_of(outbox, gateway, clock)):
        for attempt in range(QUICK.max_attempts - 1):

            async def tried(attempt: int = attempt) -> bool:
                return gateway.tries == attempt + 1 and (await only(outbox)).error != ""

            await eventually(tried)
            await asyncio.sleep(0.05)
            assert gateway.tries == attempt + 1, "it was tried again before its delay"
            clock.now_ms += QUICK.retry_ms << attempt
        stored = await until_state(outbox, MessageState.DEAD)
    assert stored.attempts == gateway.tries == QUICK.max_attempts


async def test_a_silent_gateway_is_not_waited_for_for_ever(
    outbox: Outbox, gateway: FakeGateway, clock: StoppedClock
) -> None:
    gateway.delay_s = 60
    await outbox.put(message())
    async with running(worker_of(outbox, gateway, clock)):
        stored = await until_error(outbox, "did not answer within 0.2 s")
    assert stored.attempts == 1


async def test_an_old_message_is_given_up_when_it_fails(
    outbox: Outbox, gateway: FakeGateway, clock: StoppedClock
) -> None:
    gateway.failure = RecipientAway("not registered")
    await outbox.put(message())
    clock.now_ms += QUICK.max_age_ms + 1
    async with running(worker_of(outbox, gateway, clock)):
        assert (await until_state(outbox, MessageState.DEAD)).error == "not registered"


async def test_a_message_that_kills_its_workers_is_given_up(
    outbox: Outbox, gateway: FakeGateway, clock: StoppedClock
) -> None:
    await outbox.put(message())
    for _ in range(QUICK.max_attempts):
        assert await outbox.claim_due(QUICK.lease_ms, 1)
        clock.now_ms += QUICK.lease_ms
    async with running(worker_of(outbox, gateway, clock)):
        await until_state(outbox, MessageState.DEAD)
    assert gateway.tries == 0


async def test_nothing_is_claimed_while_the_gateway_is_down_and_all_is_tried_when_it_is_back(
    outbox: Outbox, gateway: FakeGateway, clock: StoppedClock
) -> None:
    gateway.failure = RecipientAway("not registered")
    await outbox.put(message())
    async with running(worker_of(outbox, gateway, clock)):
        await until_error(outbox, "not registered")
        gateway.ready, gateway.failure = False, None
        await asyncio.sleep(0.1)
        gateway.ready = True  # the registration was not heard of
        await until_state(outbox, MessageState.SENT)


async def test_a_gateway_that_goes_down_in_the_middle_costs_no_attempt(
    outbox: Outbox, gateway: FakeGateway, clock: StoppedClock
) -> None:
    gateway.failure = GatewayDown("no link")
    await outbox.put(message())
    async with running(worker_of(outbox, gateway, clock)):
        assert (await until_error(outbox, "no link")).attempts == 0
        gateway.failure = None
        clock.now_ms += QUICK.outage_ms
        await until_state(outbox, MessageState.SENT)


class FlakyOutbox(Outbox):
    """An outbox whose Redis is away for the next `outages` commands of each kind."""

    outages = 0

    async def claim_due(self, lease_ms: int, limit: int) -> list[Claim]:
        self._fail()
        return await super().claim_due(lease_ms, limit)

    async def wake(self, recipient: str) -> None:
        self._fail()
        await super().wake(recipient)

    async def finish(self, claim: Claim, state: MessageState, error: str = "") -> None:
        self._fail()
        await super().finish(claim, state, error)

    def _fail(self) -> None:
        if self.outages:
            self.outages -= 1
            raise RedisConnectionError("Redis is away")


@pytest.fixture
def flaky(outbox: Outbox) -> FlakyOutbox:
    return FlakyOutbox(outbox._store, outbox._clock)


async def test_the_worker_outlives_an_outage_of_redis_and_remembers_who_returned(
    flaky: FlakyOutbox, gateway: FakeGateway, clock: StoppedClock
) -> None:
    gateway.failure = RecipientAway("not registered")
    await flaky.put(message())
    async with running(worker_of(flaky, gateway, clock)) as worker:
        await until_error(flaky, "not registered")
        gateway.failure = None
        flaky.outages = 5
        worker.wake(RECIPIENT)
        await until_state(flaky, MessageState.SENT)


async def test_a_message_that_was_sent_while_redis_went_away_is_not_sent_again(
    flaky: FlakyOutbox, gateway: FakeGateway, clock: StoppedClock
) -> None:
    gateway.delay_s = 0.1
    await flaky.put(message())
    async with running(worker_of(flaky, gateway, clock)):

        async def sending() -> bool:
            return gateway.tries == 1

        await eventually(sending)
        flaky.outages = 2
        await until_state(flaky, MessageState.SENT)
    assert gateway.sent == [message()]
