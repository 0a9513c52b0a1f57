"""What a phone's logs tell: the answers to its calls, their ends, and the messages that came."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lab.recorder import WHOLE_MESSAGES
from lab.sipp import Line, Run

_NO_NEWS = (100, 401)
"""Trying, and the challenge that every call gets."""


@dataclass(frozen=True)
class Text:
    """A SIP MESSAGE that arrived; `at_s` is Unix time."""

    at_s: float
    sender: str
    body: str


def answers(run: Run) -> dict[str, tuple[int, ...]]:
    """By Call-ID; one that is sent again is the same."""
    found: dict[str, tuple[int, ...]] = {}
    for line in run.lines():
        if line.sent or "INVITE" not in line.cseq or line.status is None:
            continue
        before = found.get(line.call_id, ())
        if line.status not in (*_NO_NEWS, *before[-1:]):
            found[line.call_id] = (*before, line.status)
    return found


def dialled(run: Run) -> dict[str, str]:
    """What was dialled, by Call-ID."""
    sent = (line for line in run.lines() if line.sent and line.text.startswith("INVITE sip:"))
    return {line.call_id: line.text[len("INVITE sip:") :].rpartition("@")[0] for line in sent}


def ends(run: Run) -> list[Line]:
    """What ended each call: a BYE after an answer, else the final answer itself."""
    ends: dict[str, Line] = {}
    for line in run.lines():
        refused = "INVITE" in line.cseq and (line.status or 0) >= 300 and line.status != 401
        if not line.sent and (refused or line.text.startswith("BYE")):
            ends.setdefault(line.call_id, line)
    return list(ends.values())


def is_over(run: Run, calls: int) -> bool:
    return run.process.returncode is not None or len(ends(run)) >= calls


def texts(run: Run) -> Iterator[Text]:
    """The whole messages come from one log, their times from the other."""
    arrived = {
        line.call_id: line.at_s
        for line in run.lines()
        if not line.sent and line.text.startswith("MESSAGE")
    }
    for part in whole_messages(run):
        head, _, body = part.partition("\nMESSAGE ")[2].partition("\n\n")
        call_id, sender = re.search(r"Call-ID: (\S+)", head), re.search(r"From:.*?sip:(\d+)@", head)
        if call_id and sender and call_id[1] in arrived:
            at_s = arrived.pop(call_id[1])  # one that is sent again is the same
            yield Text(at_s, sender[1], body.rstrip("\n"))


def caller_shown(run: Run) -> str:
    """From, in the first INVITE that came."""
    invites = (part for part in whole_messages(run) if "\nINVITE sip:" in part)
    found = re.search(r"From: ([^;\n]*)", next(invites))
    return found[1] if found else ""


def whole_messages(run: Run) -> list[str]:
    log = run.messages.with_name(WHOLE_MESSAGES[-1])
    said = log.read_bytes().decode(errors="replace") if log.exists() else ""
    return re.split(r"(?m)^-{20,}.*$", said.replace("\r\n", "\n"))
