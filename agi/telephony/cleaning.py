"""The one gate for text on its way into an AGI or AMI command.

Both protocols are lines of text: a line end inside a value is a second command, and a caller
chooses much of what is said about it (dialled digits, From, Contact). A value that can't be sent
as one line is refused, not repaired: what it would become was meant by nobody.
"""

from __future__ import annotations

import re

_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")


class UnsafeValueError(ValueError):
    """A value holds a character that would end or damage the command line it is put into."""


def one_line(value: str, what: str) -> str:
    """Give `value` back when it is safe on one line; `what` names it in the error.

    Raises:
        UnsafeValueError: it holds a control character (CR, LF, NUL, ...) or a lone surrogate.
    """
    bad = _FORBIDDEN.search(value)
    if bad:
        raise UnsafeValueError(
            f"{what} holds the control character U+{ord(bad[0]):04X} at position {bad.start()}: "
            "it would begin a second command. Check the value where it comes in."
        )
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise UnsafeValueError(
            f"{what} is not valid text at position {error.start}: {error.reason}."
        ) from None
    return value
