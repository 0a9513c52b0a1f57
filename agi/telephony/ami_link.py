"""One connection to AMI, by panoramisk, mended: the only file that imports it.

panoramisk 1.4 parses messages and pairs answers with actions well. What is overridden here:

- it connects again by itself and then sends every unanswered action a second time (a second
  Originate, Hangup or MessageSend): a link is used for one connection, and stays lost once lost;
- an exception in an event's callback ends the connection: callbacks are guarded;
- a letter of UTF-8 that is split over two reads is dropped: bytes are decoded incrementally;
- a line end in a value is a second action: values pass `one_line`;
- nobody looks whether a Ping was answered: `Ami` asks through `ask`, which has a time limit;
- the answer to an action that Asterisk queues is waited for as a list, and never comes when
  events are filtered: `ask` takes the first response.
"""

from __future__ import annotations

import asyncio
import codecs
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager
from panoramisk.message import Message

from agi.telephony.ami_message import AmiMessage
from agi.telephony.cleaning import one_line

log = logging.getLogger(__name__)

Headers = Mapping[str, str | Sequence[str]]


class AmiError(Exception):
    """An action was refused by Asterisk, or could not be sent."""


class AmiUncertainError(AmiError):
    """An action was sent and not answered: it may or may not have been carried out."""


@dataclass(frozen=True)
class AmiResponse:
    """The answer to an action, and the events that it lists, its final one left out."""

    headers: AmiMessage
    events: tuple[AmiMessage, ...]


class AmiLink(Manager):  # type: ignore[misc]  # panoramisk has no types
    """One connection; `lost` is done as soon as it has ended, for whatever reason."""

    def __init__(self, host: str, port: int, on_event: Callable[[AmiMessage], None]) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(host=host, port=port, loop=loop, protocol_factory=_Utf8Protocol)
        self.lost: asyncio.Future[None] = loop.create_future()
        self.booted: asyncio.Future[None] = loop.create_future()
        self._on_event = on_event
        self.register_event("*", self._guarded)

    async def open(self, timeout_s: float) -> None:
        """Connect, once. Raises OSError; TimeoutError is one."""
        async with asyncio.timeout(timeout_s):
            await self.connect()

    def shut(self) -> None:
        """End the connection without waiting for the other side; pending actions fail."""
        self.close()
        if self.protocol is not None:
            self.protocol.transport.abort()
        self.connection_lost(None)

    async def ask(self, action: str, headers: Headers, *, timeout_s: float) -> AmiResponse:
        """Send an action and wait for its answer; of one with `Async`, for the first response.

        Raises:
            AmiError: Asterisk answered with an error.
            AmiUncertainError: no answer in time, or the connection was lost before it came.
            UnsafeValueError: a value can't be sent; nothing was sent.
        """
        fields = {name: _clean(name, value) for name, value in headers.items()}
        fields |= {"Action": action, "ActionID": secrets.token_hex(8)}
        if self.lost.done():
            raise AmiError(f"{action}: the connection was lost")
        as_list = False if "Async" in headers else None
        answer: asyncio.Future[Any] = self.send_action(fields, as_list=as_list)
        await asyncio.wait(
            {answer, self.lost}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        if not answer.done():
            why = "the connection was lost" if self.lost.done() else f"no answer in {timeout_s:g} s"
            raise AmiUncertainError(f"{action}: {why}")
        return _response(action, answer.result())

    def connection_made(self, f: asyncio.Task[Any]) -> None:
        """panoramisk's hook; a failure to connect is raised by `open` instead of tried again."""
        if not f.cancelled() and f.exception() is None:
            super().connection_made(f)

    def connection_lost(self, exc: object) -> None:
        """panoramisk's hook; it would connect again here."""
        if not self.lost.done():
            self.lost.set_result(None)

    def ping(self) -> None:
        """panoramisk's hook; `Ami` pings, and looks at the answer."""

    def _guarded(self, _manager: Manager, event: Message) -> None:
        try:
            message = _message(event)
            if message.get("Event") == "FullyBooted" and not self.booted.done():
                self.booted.set_result(None)
            self._on_event(message)
        except Exception:
            log.exception("an AMI event could not be handled")


class _Utf8Protocol(AMIProtocol):  # type: ignore[misc]
    """Hands on whole letters only."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        super().data_received(self._decoder.decode(data).encode())


def _clean(name: str, value: str | Sequence[str]) -> str | list[str]:
    if isinstance(value, str):
        return one_line(value, f"AMI header {name}")
    return [one_line(item, f"AMI header {name}") for item in value]


def _message(parsed: Message) -> AmiMessage:
    return AmiMessage(_headers(parsed))


def _headers(parsed: Message) -> Iterator[tuple[str, str]]:
    for name, value in parsed.items():
        if name == "content":  # panoramisk's own: the text of an answer, not a header
            continue
        for item in value if isinstance(value, list) else [value]:
            yield name, item


def _response(action: str, answer: Message | list[Message]) -> AmiResponse:
    messages = [_message(part) for part in (answer if isinstance(answer, list) else [answer])]
    first, events = messages[0], messages[1:-1]
    if first.get("Response") == "Error":
        raise AmiError(f"{action}: {first.get('Message') or 'Asterisk gives no reason'}")
    return AmiResponse(first, tuple(events))
