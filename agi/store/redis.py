"""The connection to Redis and the scripts that run inside it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, cast

from redis import asyncio as redis_asyncio
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

Client = redis_asyncio.Redis
_INCLUDE = re.compile(r"^-- include: (\w+)$", re.MULTILINE)


class Store:
    """One Redis, and its scripts by the names of their files in ``lua/``.

    Every script is idempotent, so a command whose answer was lost is simply sent again.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self._scripts: dict[str, AsyncScript] = {}

    async def run(self, script: str, keys: Sequence[str], args: Sequence[str | int] = ()) -> Any:
        """Run ``lua/<script>.lua`` atomically; it is loaded again where Redis has lost it."""
        if script not in self._scripts:
            self._scripts[script] = self.client.register_script(source(script))
        return await self._scripts[script](keys=list(keys), args=list(args))

    async def hash(self, key: str) -> Mapping[str, str]:
        """All fields of a hash; empty where the key is missing."""
        return cast("Mapping[str, str]", await self.client.hgetall(key))

    async def ping(self) -> None:
        await self.client.ping()

    async def close(self) -> None:
        await self.client.aclose()


def connect(url: str) -> Store:
    """A store at `url`; connecting happens at the first command and again after each loss."""
    # A burst of calls waits for a connection; an ordinary pool would refuse the hundred and first.
    pool = redis_asyncio.BlockingConnectionPool.from_url(
        url,
        decode_responses=True,
        socket_timeout=2.0,
        socket_connect_timeout=1.0,
        max_connections=50,
        timeout=2.0,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), retries=3),
        retry_on_error=[RedisConnectionError, RedisTimeoutError],
    )
    return Store(redis_asyncio.Redis(connection_pool=pool))


def end_if_cancelled() -> None:
    """Notice a cancellation that was lost: every endless loop over Redis begins with this.

    `asyncio.wait_for` of Python 3.11, which redis-py sends by, drops one that comes just as it
    has finished.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


@cache
def source(script: str) -> str:
    """The text of a script, with the parts that it includes."""
    text = resources.files("agi.store").joinpath("lua", f"{script}.lua").read_text("utf-8")
    return _INCLUDE.sub(lambda found: source(f"include/{found[1]}"), text)
