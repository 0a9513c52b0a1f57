"""The service's connection to Asterisk: kept up, watched, and never silent about its state."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from agi.telephony.ami_link import AmiError, AmiLink, AmiResponse, AmiUncertainError
from agi.telephony.ami_message import AmiMessage

log = logging.getLogger(__name__)

EventCallback = Callable[[AmiMessage], None]
ConnectCallback = Callable[[], Awaitable[None]]

_ANSWER_TIMEOUT_S = 3.0
_BOOT_TIMEOUT_S = 60.0
_PING_INTERVAL_S = 5.0
_RETRY_S = 1.0
_RETRY_REFUSED_S = 30.0
"""Between two attempts with a password that was refused: it will not become right by itself."""


class _RefusedError(Exception):
    """Asterisk does not accept the user or the password."""


class AmiConnection:
    """Stays connected from `start` to `close`; in between `connected` may come and go."""

    def __init__(self, host: str, port: int, user: str, secret: str) -> None:
        self._address = (host, port)
        self._login = {"Username": user, "Secret": secret, "Events": "on"}
        self._on_event: list[EventCallback] = []
        self._on_connect: list[ConnectCallback] = []
        self._link: AmiLink | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._sweeps: set[asyncio.Task[None]] = set()
        self.state = "not started"
        """For the health page: "connected", or what is in the way."""

    @property
    def connected(self) -> bool:
        """Logged in to an Asterisk that is fully booted."""
        return self._link is not None

    def on_event(self, callback: EventCallback) -> None:
        """Have `callback` called for each event; an exception in it is logged."""
        self._on_event.append(callback)

    def on_connect(self, callback: ConnectCallback) -> None:
        """Have `callback` run after each connect: events of the time before it are lost."""
        self._on_connect.append(callback)

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        self._keeper = asyncio.create_task(self._keep(), name="ami")

    async def close(self) -> None:
        """End the connection and what `on_connect` started."""
        tasks = [*self._sweeps, *([self._keeper] if self._keeper else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.state = "closed"

    async def action(self, name: str, **headers: str | list[str]) -> AmiResponse:
        """Send an action and wait for its answer, 3 s at most.

        Raises:
            AmiError: there is no connection, or Asterisk answered with an error.
            AmiUncertainError: it was sent and not answered; it is never sent again.
            UnsafeValueError: a value can't be sent; nothing was sent.
        """
        if self._link is None:
            raise AmiError(f"{name}: AMI is not connected ({self.state})")
        return await self._link.ask(name, headers, timeout_s=_ANSWER_TIMEOUT_S)

    async def _keep(self) -> None:
        while True:
            link = AmiLink(*self._address, on_event=self._dispatch)
            pause_s = _RETRY_S
            try:
                await self._connect(link)
                await self._watch(link)
            except _RefusedError as error:
                pause_s = _RETRY_REFUSED_S
                self._say(str(error))
            except (OSError, AmiError) as error:
                host, port = self._address
                self._say(f"no connection to {host}:{port}: {str(error) or 'no answer'}")
            except Exception as error:
                self._say(f"a mistake of ours: {error!r}")
                log.exception("the AMI link failed")
            finally:
                self._link = None
                link.shut()
            await asyncio.sleep(pause_s)

    async def _connect(self, link: AmiLink) -> None:
        await link.open(_ANSWER_TIMEOUT_S)
        try:
            await link.ask("Login", self._login, timeout_s=_ANSWER_TIMEOUT_S)
        except AmiUncertainError:
            raise
        except AmiError as error:
            raise _RefusedError(
                f"Asterisk refuses the AMI user {self._login['Username']} ({error}): "
                "see that ami_user and ami_secret are those of its manager.conf"
            ) from None
        if not link.booted.done():
            self.state = "Asterisk is starting"
        await asyncio.wait(
            {link.booted, link.lost}, timeout=_BOOT_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED
        )
        if not link.booted.done():
            raise AmiError("Asterisk did not say that it is fully booted")

    async def _watch(self, link: AmiLink) -> None:
        """Be connected until the link is lost or a ping stays without answer."""
        self._link = link
        self._say("connected")
        for callback in self._on_connect:
            sweep = asyncio.create_task(_guarded(callback), name="after AMI connect")
            self._sweeps.add(sweep)
            sweep.add_done_callback(self._sweeps.discard)
        while True:
            await asyncio.wait({link.lost}, timeout=_PING_INTERVAL_S)
            if link.lost.done():
                raise AmiError("the connection was lost")
            await link.ask("Ping", {}, timeout_s=_ANSWER_TIMEOUT_S)

    def _dispatch(self, message: AmiMessage) -> None:
        for callback in self._on_event:
            try:
                callback(message)
            except Exception:
                log.exception("a callback failed on %r", message)

    def _say(self, state: str) -> None:
        """Log a change of state once, not each attempt."""
        if state != self.state:
            log.log(logging.INFO if state == "connected" else logging.ERROR, "AMI: %s", state)
        self.state = state


async def _guarded(callback: ConnectCallback) -> None:
    try:
        await callback()
    except Exception:
        log.exception("a callback after an AMI connect failed")
