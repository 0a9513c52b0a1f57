"""The FastAGI server: sockets, time limits and tasks around the sans-IO core.

A connection always ends: when its route returns or fails, when Asterisk closes it, when the phone
hangs up, or when a time limit passes. What a connection does, or fails to do, never reaches
another one.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from agi.telephony.agi_protocol import AgiProtocol, Closed, Event, HangupSeen, Request
from agi.telephony.agi_reply import Reply
from agi.telephony.channel import (
    AgiRequest,
    Channel,
    ChannelError,
    ChannelGoneError,
    ChannelTimeoutError,
)

log = logging.getLogger(__name__)

Route = Callable[[Channel], Awaitable[None]]

_HEADER_TIMEOUT_S = 5.0
_FINISH_TIMEOUT_S = 30.0
"""How long a route may go on after its phone is gone: time to give back what it reserved."""


class FastAgiServer:
    """Serves agi://host/NAME from `routes[NAME]`; the first AGI argument must be `token`."""

    def __init__(
        self, routes: Mapping[str, Route], token: str, *, max_connections: int = 2000
    ) -> None:
        self._routes = routes
        self._token = token.encode()
        self._max_connections = max_connections
        self._connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> None:
        """Listen. Several workers may listen on one port: the kernel spreads the calls."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self), host, port, reuse_port=True, backlog=512
        )

    @property
    def port(self) -> int:
        """The port listened on: the one asked for, or the one given for 0."""
        if self._server is None:
            raise RuntimeError("the FastAGI server was not started")
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    async def close(self, grace_s: float = 5.0) -> None:
        """Accept nothing more, let running routes end for `grace_s`, then cancel them."""
        if self._server is not None:
            self._server.close()
        tasks = [connection.task for connection in self._connections if connection.task]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for connection in list(self._connections):
            connection.close()

    def admit(self, connection: _Connection) -> bool:
        """Count a new connection in, unless there are too many."""
        if len(self._connections) >= self._max_connections:
            return False
        self._connections.add(connection)
        return True

    def forget(self, connection: _Connection) -> None:
        """Count a connection out that has ended."""
        self._connections.discard(connection)

    def find_route(self, request: Request) -> tuple[AgiRequest, Route] | str:
        """The route that a request asks for, or why it gets none."""
        given = request.args[0].encode() if request.args else b""
        if not hmac.compare_digest(given, self._token):
            return "the first AGI argument is not this deployment's token"
        name = request.env.get("agi_network_script", "").rsplit("/", 1)[-1]
        route = self._routes.get(name)
        if route is None:
            return f"no route {name!r}; there are {', '.join(sorted(self._routes))}"
        return AgiRequest(name, request.args[1:], request.env), route


class _Connection(asyncio.Protocol):
    """One session; also the link that its channel speaks through."""

    def __init__(self, server: FastAgiServer) -> None:
        self.task: asyncio.Task[None] | None = None
        self._server = server
        self._core = AgiProtocol()
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._reply: asyncio.Future[Reply] | None = None
        self._gone: str | None = None
        self._peer = "?"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A stream server's always is one, though uvloop's is of a class of its own.
        self._transport = cast("asyncio.Transport", transport)
        self._peer = str(transport.get_extra_info("peername"))
        if not self._server.admit(self):
            self._refuse("too many connections")
            return
        self._timer = self._loop.call_later(_HEADER_TIMEOUT_S, self._refuse, "no header in time")

    def data_received(self, data: bytes) -> None:
        for event in self._core.receive(data):
            self._on_event(event)

    def eof_received(self) -> None:
        for event in self._core.eof():
            self._on_event(event)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._end("the connection was lost" if exc else "the connection was closed")
        self._server.forget(self)

    def close(self) -> None:
        """Close the socket; `connection_lost` does the rest."""
        if self._transport is not None:
            self._transport.close()

    async def ask(self, *words: str, timeout_s: float) -> Reply:
        """See `AgiLink.ask`."""
        if self._gone is not None or self._transport is None:
            raise ChannelGoneError(self._gone)
        self._transport.write(self._core.command(*words))
        self._reply = self._loop.create_future()
        try:
            async with asyncio.timeout(timeout_s):
                return await self._reply
        except TimeoutError:
            self._end("a command was not answered")
            raise ChannelTimeoutError(
                f"Asterisk did not answer {words[0]} within {timeout_s:g} s"
            ) from None
        finally:
            self._reply = None

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Reply):
            if self._reply is not None and not self._reply.done():
                self._reply.set_result(event)
        elif isinstance(event, Request):
            self._begin(event)
        elif isinstance(event, HangupSeen):
            self._end("the phone hung up")
        else:
            self._on_closed(event)

    def _on_closed(self, event: Closed) -> None:
        if event.error:
            log.warning("AGI session of %s ended: %s", self._peer, event.error)
        self._end(event.error or "Asterisk closed the session")

    def _begin(self, request: Request) -> None:
        self._stop_timer()
        found = self._server.find_route(request)
        if isinstance(found, str):
            self._refuse(found)
            return
        self.task = self._loop.create_task(self._run(*found), name=f"agi {found[0].route}")

    async def _run(self, request: AgiRequest, route: Route) -> None:
        try:
            await route(Channel(request, self))
        except ChannelGoneError as gone:
            log.info("%s %s: %s", request.route, request.uniqueid, gone)
        except ChannelError as error:
            log.error("%s %s: %s", request.route, request.uniqueid, error)
        except Exception:
            log.exception("%s %s: the route failed", request.route, request.uniqueid)
        finally:
            self._stop_timer()
            self.close()

    def _refuse(self, reason: str) -> None:
        log.warning("AGI connection of %s refused: %s", self._peer, reason)
        self._end(reason)

    def _end(self, reason: str) -> None:
        """The phone is out of reach: tell whoever waits for it, and close."""
        self._stop_timer()
        if self._gone is None:
            self._gone = reason
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(ChannelGoneError(reason))
        if self.task is not None and not self.task.done():
            self._timer = self._loop.call_later(_FINISH_TIMEOUT_S, self.task.cancel)
        self.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
