"""Asterisk's own record of a call (channel event logging), read when nobody listened to its end.

Asterisk appends a line an event to one CSV file (asterisk-conf/cel.conf, cel_custom.conf), some
2 kB a call, and opens it anew each time: rotating it is renaming it. What recovery needs is never
older than the longest outage, so the file is read backwards from its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from agi.telephony.end_report import EndReport

_CHUNK_BYTES = 256 * 1024
_SLACK_S = 60
"""How far the clock may have been set back during a call, and its lines still be found."""
_TIME = re.compile(rb'"\w+","(\d+)\.')
_WORD = r'"([^"]*)"'
_ROW = re.compile(
    rf'"(\w+)","(\d+)\.(\d{{3}})\d*",{_WORD},{_WORD},{_WORD},{_WORD},"((?:[^"]|"")*)"'
)
"""Asterisk quotes every field and doubles a quote within; only the last can hold one."""
_STARTED = re.compile(r"(\d+)\.\d+$")
_EXTRA = re.compile(r'"extra":"([^"\\]*)"')


@dataclass(frozen=True, slots=True)
class DarkCall:
    """What Asterisk wrote down of one call; times are Unix milliseconds of its clock, None for
    what did not happen or not yet."""

    bridged_at_ms: int | None
    """Both legs were in the bridge."""
    bridge_left_at_ms: int | None
    """The first of them left it."""
    ended_at_ms: int | None
    """The A-leg was gone."""
    report: EndReport | None

    @property
    def talk_ms(self) -> int | None:
        """How long the conversation was, None where there was none or its end is not known."""
        if self.bridged_at_ms is None or self.bridge_left_at_ms is None:
            return None
        return self.bridge_left_at_ms - self.bridged_at_ms


class EndOfCall(NamedTuple):
    """The line that the dialplan has written at the end of a call."""

    call_id: str
    at_ms: int
    report: EndReport | None


class _Row(NamedTuple):
    event: str
    at_ms: int
    user_event: str
    uniqueid: str
    call_id: str
    channel: str
    extra: str


def find_call(path: Path, call_id: str) -> DarkCall | None:
    """What the record at `path` holds about a call; None when it holds nothing.

    Reads from the end back to when the call began, which its id tells. Blocks while it reads.
    """
    rows = [row for row in _rows(path, call_id) if _is_leg(row)]
    return _told_by(call_id, rows) if rows else None


def conversations(path: Path) -> dict[str, int]:
    """How long every conversation in the record at `path` was, in milliseconds by call id.

    Those whose end Asterisk did not live to write down are not among them. Blocks while it reads.
    """
    by_call: dict[str, list[_Row]] = {}
    for row in filter(_is_leg, _parse(_lines_since(path, 0))):
        by_call.setdefault(row.call_id, []).append(row)
    told = {call_id: _told_by(call_id, rows).talk_ms for call_id, rows in by_call.items()}
    return {call_id: talk_ms for call_id, talk_ms in told.items() if talk_ms is not None}


def ends_since(path: Path, position: int) -> tuple[list[EndOfCall], int]:
    """The ends of calls written after byte `position`, oldest first, and the position after them.

    A file that is shorter than `position` was rotated: it is read from its beginning.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return [], 0
    with file:
        file.seek(position if position <= file.seek(0, 2) else 0)
        start = file.tell()
        whole, line_end, _ = file.read().rpartition(b"\n")
    rows = _parse(line for line in whole.split(b"\n") if b"COLLECT_END" in line)
    ends = [EndOfCall(row.call_id, row.at_ms, _report(row)) for row in rows]
    return ends, start + len(whole) + len(line_end)


def _told_by(call_id: str, rows: list[_Row]) -> DarkCall:
    """What the rows of a call's legs, oldest first, say of it."""
    bridged_at_ms = _bridged_at_ms(rows)
    exits = (row.at_ms for row in rows if row.event == "BRIDGE_EXIT")
    ends = (row.at_ms for row in rows if row.event == "CHAN_END" and row.uniqueid == call_id)
    reports = (_report(row) for row in rows if row.user_event == "COLLECT_END")
    return DarkCall(
        bridged_at_ms,
        next(exits, None) if bridged_at_ms is not None else None,
        next(ends, None),
        next(reports, None),
    )


def _is_leg(row: _Row) -> bool:
    """Whether it is of a phone, and not of a whispered warning."""
    return not row.channel.startswith("Local/")


def _bridged_at_ms(rows: list[_Row]) -> int | None:
    """When the second of two legs entered; one alone hears nobody."""
    inside: set[str] = set()
    for row in rows:
        if row.event == "BRIDGE_ENTER":
            inside.add(row.uniqueid)
        elif row.event == "BRIDGE_EXIT":
            inside.discard(row.uniqueid)
        if len(inside) > 1:
            return row.at_ms
    return None


def _report(row: _Row) -> EndReport | None:
    # The dialplan puts digits and words there and nothing that JSON would escape.
    match = _EXTRA.search(row.extra)
    return EndReport.from_text(match[1]) if match else None


def _rows(path: Path, call_id: str) -> list[_Row]:
    """The call's rows, oldest first."""
    started = _STARTED.search(call_id)
    wanted = f'"{call_id}"'.encode()
    since_s = int(started[1]) - _SLACK_S if started else 0
    lines = (line for line in _lines_since(path, since_s) if wanted in line)
    return [row for row in _parse(lines) if row.call_id == call_id]


def _parse(lines: Iterable[bytes]) -> Iterator[_Row]:
    """The rows in `lines`; what a crash left of a row is passed over."""
    for line in lines:
        row = _ROW.fullmatch(line.decode("utf-8", "replace"))
        if row:
            event, seconds, millis, user_event, uniqueid, call_id, channel, extra = row.groups()
            at_ms = int(seconds + millis)
            extra = extra.replace('""', '"')
            yield _Row(event, at_ms, user_event, uniqueid, call_id, channel, extra)


def _lines_since(path: Path, since_s: int) -> list[bytes]:
    """The file's whole lines, from one that is older than `since_s` or from its first."""
    try:
        file = path.open("rb")
    except FileNotFoundError:  # nothing was written since it was rotated
        return []
    with file:
        size = file.seek(0, 2)
        window = _CHUNK_BYTES
        while True:
            start = max(0, size - window)
            file.seek(start)
            # What stands after the last line end is being written; before the first, cut off.
            lines = file.read(size - start).split(b"\n")[1 if start else 0 : -1]
            oldest_s = next(filter(None, map(_time_s, lines)), None)
            if start == 0 or (oldest_s is not None and oldest_s < since_s):
                return lines
            window *= 4


def _time_s(line: bytes) -> int | None:
    """The second that a line was written in, None when it is no line of ours."""
    found = _TIME.match(line)
    return int(found[1]) if found else None
