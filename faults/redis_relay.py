"""Stands between the service and Redis, and keeps back the replies to debits that Redis has made.

So the service can be killed after a debit is on record and before it knows of it.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress
from types import TracebackType
from typing import Self

from agi.settings import LOOPBACK
from agi.store import redis

_DEBIT = hashlib.sha1(redis.source("call_debit").encode()).hexdigest().encode()  # noqa: S324
"""By its SHA-1 Redis is told which script to run."""
_REFUSAL = b"-"


class RedisRelay:
    """An async context; the service has to be told the `port`."""

    def __init__(self, redis_port: int) -> None:
        self.port = 0
        self.keeps_back = False
        self.kept_back = 0
        """How many debits were made whose replies were kept back."""
        self._redis_port = redis_port

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._relay, LOOPBACK, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()

    async def _relay(self, service: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        with suppress(OSError):  # either side is being killed: the other one is told
            replies, redis_writer = await asyncio.open_connection(LOOPBACK, self._redis_port)
            link = _Link(self, answers)
            passing = asyncio.create_task(link.pass_replies(replies))
            try:
                while data := await service.read(1 << 16):
                    link.debits = _DEBIT in data
                    redis_writer.write(data)
                    await redis_writer.drain()
            finally:
                passing.cancel()
                redis_writer.close()
        answers.close()


class _Link:
    """One of the service's connections: a command, its reply, the next command."""

    def __init__(self, relay: RedisRelay, answers: asyncio.StreamWriter) -> None:
        self.debits = False
        """Whether the command that is under way is a debit."""
        self._relay = relay
        self._answers = answers

    async def pass_replies(self, replies: asyncio.StreamReader) -> None:
        """Pass on what Redis says until it, or the service, is gone."""
        while data := await replies.read(1 << 16):
            if self._relay.keeps_back and self.debits and not data.startswith(_REFUSAL):
                self._relay.kept_back += 1
                continue
            self._answers.write(data)
            await self._answers.drain()
        self._answers.close()
