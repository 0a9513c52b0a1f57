"""What Asterisk answers to one AGI command, read from its line."""

from __future__ import annotations

import re
from dataclasses import dataclass

CODE_OK = 200
CODE_DEAD_CHANNEL = 511

_REPLY = re.compile(r"(\d{3}) (?:result=([^\s(]*))?(.*)")
_DATA = re.compile(r"\s*\((.*)\)(?:\s+endpos=(\d+))?\s*")
_ENDPOS = re.compile(r"\s*endpos=(\d+)\s*")


@dataclass(frozen=True)
class Reply:
    """The answer to one command.

    `result` is the text after "result=" ("" where there is none), `data` what stood in
    parentheses, `endpos` the position in samples where playing ended, `text` the whole answer.
    """

    code: int
    result: str
    data: str | None
    endpos: int | None
    text: str


def parse_reply(line: str) -> Reply | None:
    """The reply that a whole line is; None when it is none."""
    match = _REPLY.fullmatch(line)
    if match is None:
        return None
    code, result, rest = int(match[1]), match[2], match[3]
    if result is None:
        # 510, 511: a sentence. A 200 without a result is nothing that Asterisk says.
        return None if code == CODE_OK else Reply(code, "", None, None, line)
    with_data = _DATA.fullmatch(rest)
    if with_data:
        return Reply(code, result, with_data[1], _number(with_data[2]), line)
    if "(" in rest:  # a value with a line end in it: its other half would be the next reply
        return None
    ended = _ENDPOS.fullmatch(rest)
    return Reply(code, result, None, _number(ended[1]) if ended else None, line)


def _number(digits: str | None) -> int | None:
    return None if digits is None else int(digits)
