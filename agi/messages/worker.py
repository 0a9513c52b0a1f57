"""The worker: sends what is due in the outbox. Several may run; a message has one sender at a time.

A message goes out at least once. It goes out twice, with the same id, only when a worker dies, or
does not hear the gateway's answer, between the sending and its record.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from agi.clock import Clock
from agi.messages.gateways import (
    Gateway,
    GatewayDown,
    PermanentFailure,
    TemporaryFailure,
)
from agi.messages.outbox import Outbox
from agi.messages.rows import Claim, MessageState
from agi.store.redis import end_if_cancelled

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the outbox is worked off."""

    poll_ms: int = 250
    batch: int = 20
    """How many messages are sent at the same time."""
    send_timeout_ms: int = 10_000
    lease_ms: int = 30_000
    """How long a claim lasts: longer than a send may take."""
    retry_ms: int = 30_000
    """After how long a message is tried again whose recipient is away; the first delay, which
    then doubles, after a failure that counts."""
    longest_retry_ms: int = 3_600_000
    outage_ms: int = 1_000
    """The pause after a failure of Redis or of the whole gateway."""
    max_attempts: int = 10
    max_age_ms: int = 3 * 24 * 3_600_000
    """A message that is older is given up when it fails."""


class MessageWorker:
    """Runs until it is cancelled; no failure of Redis, the gateway or one message ends it."""

    def __init__(
        self,
        outbox: Outbox,
        gateway: Gateway,
        clock: Clock | None = None,
        rules: Delivery | None = None,
    ) -> None:
        self._outbox = outbox
        self._gateway = gateway
        self._clock = clock or Clock()
        self._rules = rules or Delivery()
        self._returned: set[str] = set()
        self._bell = asyncio.Event()
        self._was_ready = False

    def wake(self, recipient: str) -> None:
        """`recipient` registered. Nothing is awaited here, and an outage of Redis is survived."""
        self._returned.add(recipient)
        self._bell.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            end_if_cancelled()
            try:
                more = await self._round()
            except (RedisError, OSError) as error:
                log.warning("the outbox can't be reached, trying on: %s", error)
                await asyncio.sleep(self._rules.outage_ms / 1000)
            except Exception:
                log.exception("a round of the outbox failed, trying on")
                await asyncio.sleep(self._rules.outage_ms / 1000)
            else:
                if not more:
                    await self._pause()

    async def _round(self) -> bool:
        """Send one batch; whether there may be more."""
        if not self._gateway.ready:
            self._was_ready = False
            return False
        if not self._was_ready:
            # Nobody heard of registrations while there was no link.
            await self._outbox.wake_all()
            self._was_ready = True
        await self._wake_returned()
        claims = await self._outbox.claim_due(self._rules.lease_ms, self._rules.batch)
        results = await asyncio.gather(*map(self._deliver, claims), return_exceptions=True)
        for claim, result in zip(claims, results, strict=True):
            if isinstance(result, BaseException):
                log.error("message %s: the delivery failed", claim.message.id, exc_info=result)
        return len(claims) == self._rules.batch

    async def _wake_returned(self) -> None:
        while self._returned:
            recipient = self._returned.pop()
            try:
                await self._outbox.wake(recipient)
            except BaseException:
                self._returned.add(recipient)
                raise

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._rules.poll_ms / 1000):
                await self._bell.wait()
        except TimeoutError:
            pass
        self._bell.clear()

    async def _deliver(self, claim: Claim) -> None:
        """Try once. A message may wait for days: it is logged when that begins, changes or ends."""
        failure = await self._send(claim)
        if failure is None:
            await _recorded(lambda: self._outbox.finish(claim, MessageState.SENT))
            if claim.error:
                log.info("message %s is sent", claim.message.id)
        elif isinstance(failure, TemporaryFailure) and not self._is_given_up(claim, failure):
            if str(failure) != claim.error:
                log.info("message %s waits: %s", claim.message.id, failure)
            delay_ms = self._delay_ms(claim, failure)
            await _recorded(
                lambda: self._outbox.release(claim, str(failure), delay_ms, counted=failure.counted)
            )
        else:
            log.error("message %s is given up: %s", claim.message.id, failure)
            await _recorded(lambda: self._outbox.finish(claim, MessageState.DEAD, str(failure)))

    async def _send(self, claim: Claim) -> PermanentFailure | TemporaryFailure | None:
        """Try once; None when the gateway took the message."""
        if claim.attempts > self._rules.max_attempts:
            return PermanentFailure(f"{self._rules.max_attempts} workers died sending it")
        timeout_s = self._rules.send_timeout_ms / 1000
        try:
            async with asyncio.timeout(timeout_s):
                await self._gateway.send(claim.message)
        except (PermanentFailure, TemporaryFailure) as failure:
            return failure
        except TimeoutError:
            return TemporaryFailure(f"the gateway did not answer within {timeout_s:g} s")
        except Exception as error:
            log.exception("message %s: the gateway failed", claim.message.id)
            return TemporaryFailure(f"the gateway failed: {error!r}")
        return None

    def _is_given_up(self, claim: Claim, failure: TemporaryFailure) -> bool:
        age_ms = self._clock.wall_ms() - claim.message.created_at_ms
        used_up = failure.counted and claim.attempts >= self._rules.max_attempts
        return used_up or age_ms > self._rules.max_age_ms

    def _delay_ms(self, claim: Claim, failure: TemporaryFailure) -> int:
        if isinstance(failure, GatewayDown):
            return self._rules.outage_ms
        if not failure.counted:
            return self._rules.retry_ms
        doubled_ms = self._rules.retry_ms << (claim.attempts - 1)
        return min(doubled_ms, self._rules.longest_retry_ms)


async def _recorded(record: Callable[[], Awaitable[None]]) -> None:
    """Record what became of a message, however long Redis is away: else it would be sent again."""
    while True:
        end_if_cancelled()
        try:
            return await record()
        except (RedisConnectionError, RedisTimeoutError) as error:
            log.warning("the outbox can't be reached, the record waits: %s", error)
            await asyncio.sleep(0.5)
