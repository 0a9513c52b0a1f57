"""The service's line to Asterisk: kept up, watched, and spoken to in verbs.

Events are hints: they can be lost with the connection, and a phone can forge their text. Whoever
acts on one that matters asks again with `Ami.status`.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from agi.telephony.ami_link import AmiError, AmiLink, AmiResponse, AmiUncertainError, Headers
from agi.telephony.ami_message import AmiMessage

__all__ = ["Ami", "AmiError", "AmiResponse", "AmiUncertainError", "LiveChannel"]

log = logging.getLogger(__name__)

EventCallback = Callable[[AmiMessage], None]
ConnectCallback = Callable[[], Awaitable[None]]

_ANSWER_TIMEOUT_S = 3.0
_BOOT_TIMEOUT_S = 60.0
_PING_INTERVAL_S = 5.0
_RETRY_S = 1.0
_RETRY_REFUSED_S = 30.0
"""Between two attempts with a password that was refused: it will not become right by itself."""
_UNSET = "(null)"
"""What Status says of a variable that a channel does not have."""


class _RefusedError(Exception):
    """Asterisk does not accept the user or the password."""


@dataclass(frozen=True)
class LiveChannel:
    """A channel as Asterisk has it now; `bridge_id` is None outside a bridge."""

    channel: str
    uniqueid: str
    linkedid: str
    bridge_id: str | None
    hangup_at_s: int | None
    """The absolute limit as Unix time, in whole seconds; None where there is none."""
    variables: Mapping[str, str]
    """Those asked for that are set."""


class Ami:
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
        """Any action. Raises AmiError, AmiUncertainError, UnsafeValueError as `AmiLink.ask`."""
        return await self._ask(name, headers)

    async def status(self, *variables: str) -> list[LiveChannel]:
        """Every live channel, with those of `variables` that it has."""
        headers = {"Variables": ",".join(variables)} if variables else {}
        response = await self._ask("Status", headers)
        return [_live_channel(event) for event in response.events]

    async def find_channel(self, channel: str) -> LiveChannel | None:
        """One live channel by its name; None when there is no such channel."""
        try:
            response = await self._ask("Status", {"Channel": _exact(channel)})
        except AmiUncertainError:
            raise
        except AmiError as error:
            if "No such channel" in str(error):
                return None
            raise
        return next((_live_channel(event) for event in response.events), None)

    async def hangup(self, channel: str, cause: int) -> None:
        """Hang up one channel with a Q.850 `cause`. Raises AmiError when it is gone already."""
        await self._ask("Hangup", {"Channel": _exact(channel), "Cause": str(cause)})

    async def set_limit(self, channel: str, seconds: float) -> None:
        """Have Asterisk itself hang `channel` up `seconds` from now, whatever happens to us.

        Raises:
            ValueError: not a positive number. Asterisk would take 0 for "no limit at all".
        """
        if not math.isfinite(seconds) or seconds < 0.05:  # noqa: PLR2004  it rounds to 1 ms
            raise ValueError(f"a limit of {seconds} s on {channel}: it must be 0.05 s or more")
        value = f"{seconds:.3f}"
        await self._ask(
            "Setvar",
            {"Channel": _exact(channel), "Variable": "TIMEOUT(absolute)", "Value": value},
        )

    async def originate(self, channel: str, **headers: str | list[str]) -> None:
        """Start a call; returns as soon as Asterisk has accepted the order."""
        await self._ask("Originate", {**headers, "Channel": channel, "Async": "true"}, queued=True)

    async def send_message(
        self, to_endpoint: str, from_number: str, text: str, message_id: str
    ) -> None:
        """Send `text` as a SIP MESSAGE; `message_id` goes along as the header X-SMS-Id.

        Success means that Asterisk sent it, not that the phone has it. Raises AmiError when the
        endpoint is not registered.
        """
        headers = {
            "To": f"pjsip:{to_endpoint}",
            "From": f"sip:{from_number}@collectcall",
            "Base64Body": base64.b64encode(text.encode()).decode(),
            "Variable": f"X-SMS-Id={message_id}",
        }
        await self._ask("MessageSend", headers)

    async def _ask(self, name: str, headers: Headers, *, queued: bool = False) -> AmiResponse:
        if self._link is None:
            raise AmiError(f"{name}: AMI is not connected ({self.state})")
        return await self._link.ask(name, headers, timeout_s=_ANSWER_TIMEOUT_S, queued=queued)

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


def _exact(channel: str) -> str:
    """A channel's name; Asterisk would take one in slashes for a pattern of many."""
    if not channel or channel.startswith("/"):
        raise ValueError(f"{channel!r} is no channel name")
    return channel


def _live_channel(event: AmiMessage) -> LiveChannel:
    pairs = [text.partition("=") for text in event.all("Variable")]
    at_s = event.get("TimeToHangup") or "0"  # a moment in time, whatever its name says
    return LiveChannel(
        channel=event.get("Channel") or "",
        uniqueid=event.get("Uniqueid") or "",
        linkedid=event.get("Linkedid") or "",
        bridge_id=event.get("BridgeID") or None,
        hangup_at_s=int(at_s) if at_s.isdecimal() and at_s != "0" else None,
        variables=MappingProxyType({name: value for name, _, value in pairs if value != _UNSET}),
    )
