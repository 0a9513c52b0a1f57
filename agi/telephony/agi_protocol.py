"""Sans-IO core of FastAGI, the server's side: bytes in, events out; commands in, bytes out.

Every transition of a session is in this file, in `AgiProtocol`; nothing here reads a socket, a
clock or a log:

    HEADER  -- blank line ---------------------> READY      Request
    READY   -- command() ----------------------> WAITING
    WAITING -- "NNN ..." ----------------------> READY      Reply
    WAITING -- "520-..." ----------------------> USAGE
    USAGE   -- "520 ..." ----------------------> READY      Reply, with all its lines
    any     -- "HANGUP" -----------------------> the same   HangupSeen: never taken for a reply
    any     -- eof() --------------------------> CLOSED     Closed, with an error in mid-message
    any     -- anything else, or too much -----> CLOSED     Closed, with the error

Asterisk passes on what a phone sent, and a phone may send a line end, so the header is read
strictly: no name twice, and the arguments last, in order, without a gap. A forged line then is an
error and never an argument.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from agi.telephony.agi_reply import CODE_OK, Reply, parse_reply
from agi.telephony.cleaning import UnsafeValueError, one_line

MAX_MESSAGE_BYTES = 65_536
"""The longest header or reply, and the most that is read between two commands."""
MAX_COMMAND_BYTES = 8_191
"""What Asterisk reads as one line, its end included: the buffer of 8192 less the final NUL."""


@dataclass(frozen=True)
class Request:
    """The whole header: its `agi_...` lines by name, and the arguments in order."""

    env: Mapping[str, str]
    args: tuple[str, ...]


@dataclass(frozen=True)
class HangupSeen:
    """Asterisk says that the channel was hung up; replies still come."""


@dataclass(frozen=True)
class Closed:
    """The last event of a session; `error` says what was wrong, None for an orderly end."""

    error: str | None


Event = Request | Reply | HangupSeen | Closed


class _State(enum.Enum):
    HEADER = "the header"
    READY = "the time between commands"
    WAITING = "a reply"
    USAGE = "a reply of several lines"
    CLOSED = "the end"


class AgiProtocol:
    """One FastAGI session: feed it with `receive` and `eof`, ask it for bytes with `command`."""

    def __init__(self) -> None:
        self._state = _State.HEADER
        self._buffer = bytearray()
        self._searched = 0
        self._size = 0
        self._env: dict[str, str] = {}
        self._args: list[str] = []
        self._usage: list[str] = []

    def receive(self, data: bytes) -> list[Event]:
        """Take in what arrived, split anywhere; give back what it completed."""
        events: list[Event] = []
        if self._is_open():
            self._buffer += data
        while self._is_open() and (line := self._take_line()) is not None:
            event = self._line(line)
            if event is not None:
                events.append(event)
        if self._is_open() and self._size + len(self._buffer) > MAX_MESSAGE_BYTES:
            events.append(self._too_much())
        return events

    def eof(self) -> list[Event]:
        """The peer closed; nothing for a session that is closed already."""
        if not self._is_open():
            return []
        whole = self._state is _State.READY or (self._state is _State.HEADER and not self._env)
        if whole and not self._buffer:
            self._state = _State.CLOSED
            return [Closed(None)]
        return [self._fail(f"the connection ended inside {self._state.value}")]

    def command(self, *words: str) -> bytes:
        """The bytes of one command: its verb as it is, every other word quoted.

        Raises:
            UnsafeValueError: a word can't be sent, or the line is longer than Asterisk reads.
            RuntimeError: the session does not wait for a command.
        """
        if self._state is not _State.READY:
            raise RuntimeError(f"{words[0]} was to be sent during {self._state.value}")
        line = " ".join([words[0], *(_quoted(word, words[0]) for word in words[1:])]) + "\n"
        encoded = line.encode()
        if len(encoded) > MAX_COMMAND_BYTES:
            raise UnsafeValueError(
                f"{words[0]}: {len(encoded)} bytes are more than the {MAX_COMMAND_BYTES} that "
                "Asterisk reads as one line. Send less at a time."
            )
        self._state = _State.WAITING
        self._size = 0
        return encoded

    def _is_open(self) -> bool:
        return self._state is not _State.CLOSED

    def _take_line(self) -> bytes | None:
        end = self._buffer.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._buffer)
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._searched = 0
        self._size += len(line) + 1
        return line

    def _line(self, raw: bytes) -> Event | None:
        line = raw.decode("utf-8", "replace").removesuffix("\r")
        if self._size > MAX_MESSAGE_BYTES:
            return self._too_much()
        if line == "HANGUP":
            return HangupSeen()
        if self._state is _State.HEADER:
            return self._header_line(line)
        if self._state is _State.WAITING:
            return self._reply_line(line)
        if self._state is _State.USAGE:
            return self._usage_line(line)
        return self._fail(f"a line that answers no command: {line[:80]!r}")

    def _header_line(self, line: str) -> Event | None:
        if not line:
            if not self._env:
                return self._fail("an empty header")
            self._state = _State.READY
            return Request(MappingProxyType(self._env), tuple(self._args))
        name, colon, value = line.partition(":")
        argument = name.startswith("agi_arg_")
        if not colon or not name.startswith("agi_"):
            return self._fail(f"no AGI header line: {line[:80]!r}")
        expected = f"agi_arg_{len(self._args) + 1}"
        if name in self._env or (name != expected and (argument or self._args)):
            return self._fail(f"header line {name!r} is repeated or out of order")
        self._env[name] = value.removeprefix(" ")
        if argument:
            self._args.append(self._env[name])
        return None

    def _reply_line(self, line: str) -> Event | None:
        if line.startswith("520-"):
            self._state = _State.USAGE
            self._usage = [line]
            return None
        reply = parse_reply(line)
        if reply is None:
            return self._fail(f"no AGI reply: {line[:80]!r}")
        if reply.code < CODE_OK:  # "100 Trying": the reply itself follows
            return None
        self._state = _State.READY
        return reply

    def _usage_line(self, line: str) -> Event | None:
        self._usage.append(line)
        if not line.startswith("520 "):
            return None
        self._state = _State.READY
        return Reply(520, "", None, None, "\n".join(self._usage))

    def _too_much(self) -> Closed:
        return self._fail(f"more than {MAX_MESSAGE_BYTES} bytes of {self._state.value}")

    def _fail(self, error: str) -> Closed:
        self._state = _State.CLOSED
        self._buffer.clear()
        return Closed(error)


def _quoted(word: str, verb: str) -> str:
    escaped = one_line(word, f"an argument of {verb}").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
