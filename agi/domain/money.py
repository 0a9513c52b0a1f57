"""Money is an integer of minor units (kopecks, tiyn); text is only for people."""

from __future__ import annotations

import re

from agi.domain.errors import BadAmount

MINOR_PER_MAJOR = 100
MOST_MINOR = 10**13
"""Above this Redis' Lua numbers would still be exact, but nobody's telephone account is."""


def parse_amount(text: str) -> int:
    """``"100"``, ``"9.50"`` or ``"-3,5"`` in minor units.

    Raises:
        BadAmount: not a number, more than two decimals, or too large.
    """
    match = re.fullmatch(r"([+-]?)([0-9]+)(?:[.,]([0-9]{1,2}))?", text.strip())
    if match is None:
        raise BadAmount(f"{text!r} is not an amount: write it like 100 or 9.50.")
    sign, major, minor = match.groups()
    # By its length first: Python refuses to convert thousands of digits.
    whole = int(major) if len(major) <= len(str(MOST_MINOR)) else MOST_MINOR
    amount = whole * MINOR_PER_MAJOR + int((minor or "0").ljust(2, "0"))
    if amount > MOST_MINOR:
        raise BadAmount(f"{text!r} is too large: at most {format_amount(MOST_MINOR)}.")
    return -amount if sign == "-" else amount


def format_amount(amount_minor: int) -> str:
    """``-350`` as ``"-3.50"``."""
    major, minor = divmod(abs(amount_minor), MINOR_PER_MAJOR)
    return f"{'-' if amount_minor < 0 else ''}{major}.{minor:02d}"
