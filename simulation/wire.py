"""A real Redis, reached without any time of the machine's: it answers once in a few virtual ms.

What all services of a world have asked for meanwhile goes out together, in an order that the seed
decides, and every answer comes back at the same moment. So one seed is one course of events, any
two tasks can get between any two commands of each other, and one exchange serves many calls.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, Protocol

import hiredis
from redis import asyncio as redis_asyncio
from redis.asyncio.client import Pipeline
from redis.exceptions import NoScriptError, ResponseError

from simulation.virtual_time import VirtualLoop

Command = Sequence[Any]
_ROUND_US = 5_000
_MOST_AT_ONCE = 200
"""More might fill both directions of the socket, with nobody reading."""


class Wire:
    """One connection to the Redis at a unix socket."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._reader = hiredis.Reader(encoding="utf-8", replyError=_error)

    def call(self, commands: Sequence[Command]) -> list[Any]:
        """The replies to `commands`; an error that Redis answered is among them."""
        replies: list[Any] = []
        for start in range(0, len(commands), _MOST_AT_ONCE):
            part = commands[start : start + _MOST_AT_ONCE]
            self._socket.sendall(b"".join(map(_packed, part)))
            replies += [self._reply() for _ in part]
        return replies

    def close(self) -> None:
        self._socket.close()

    def _reply(self) -> Any:
        while (reply := self._reader.gets()) is False:
            self._reader.feed(self._socket.recv(1 << 16))
        return reply


class Rounds:
    """Collects what is asked, and asks it in rounds."""

    def __init__(self, wire: Wire, loop: VirtualLoop, chance: Random) -> None:
        self._wire = wire
        self._loop = loop
        self._chance = chance
        self._asked: list[tuple[Sequence[Command], asyncio.Future[list[Any]]]] = []

    async def ask(self, commands: Sequence[Command]) -> list[Any]:
        """The replies to `commands`, which are carried out one right after the other."""
        if not self._asked:
            next_us = (self._loop.now_us // _ROUND_US + 1) * _ROUND_US
            self._loop.call_at(next_us / 1e6, self._answer)
        answer: asyncio.Future[list[Any]] = self._loop.create_future()
        self._asked.append((commands, answer))
        return await answer

    def _answer(self) -> None:
        asked, self._asked = self._asked, []
        self._chance.shuffle(asked)
        replies = self._wire.call([command for commands, _ in asked for command in commands])
        start = 0
        for commands, answer in asked:
            if not answer.done():
                answer.set_result(replies[start : start + len(commands)])
            start += len(commands)


def _packed(command: Command) -> bytes:
    name, *args = command
    packed: bytes = hiredis.pack_command((*name.split(" "), *args))
    return packed


def _error(text: str) -> ResponseError:
    code, _, rest = text.partition(" ")
    return NoScriptError(rest) if code == "NOSCRIPT" else ResponseError(text)


class Mishaps(Protocol):
    """What comes before and after each command of one service."""

    async def before(self) -> None:
        """The command is about to be sent. Raises what the client would raise."""

    async def after(self) -> bool:
        """The command was carried out; whether it is sent again, as its reply was lost."""


class Client(redis_asyncio.Redis):
    """redis-py's own commands and scripts; this one is answered at once, outside of the world."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(decode_responses=True, protocol=2)
        self._wire = wire

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        (reply,) = await self.exchange([args])
        return self.read(reply, args[0], options)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        return _Batch(self)

    async def exchange(self, commands: Sequence[Command]) -> list[Any]:
        """Carry the commands out, with nothing in between."""
        return self._wire.call(commands)

    def read(self, reply: Any, command: Any, options: Mapping[str, Any]) -> Any:
        """A reply as redis-py gives it."""
        if isinstance(reply, Exception):
            raise reply
        callback = self.response_callbacks.get(command)
        # `keys` is for a cache, which there is none of.
        given = {name: value for name, value in options.items() if name != "keys"}
        return callback(reply, **given) if callback else reply


class ServiceClient(Client):
    """A service's client: it waits for the next round, and much may happen to it."""

    def __init__(self, wire: Wire, rounds: Rounds, mishaps: Mishaps) -> None:
        super().__init__(wire)
        self._rounds = rounds
        self._mishaps = mishaps

    async def exchange(self, commands: Sequence[Command]) -> list[Any]:
        await self._mishaps.before()
        replies = await self._rounds.ask(commands)
        while await self._mishaps.after():
            replies = await self._rounds.ask(commands)
        return replies


class _Batch(Pipeline):
    """Commands that are sent together."""

    def __init__(self, client: Client) -> None:
        super().__init__(client.connection_pool, client.response_callbacks, False, None)
        self._client = client

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        commands, self.command_stack = self.command_stack, []
        replies = await self._client.exchange([args for args, _ in commands])
        return [
            self._client.read(reply, args[0], options)
            for (args, options), reply in zip(commands, replies, strict=True)
        ]
