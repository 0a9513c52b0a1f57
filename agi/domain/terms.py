"""On what terms a call is made: who pays, and whether anybody is asked."""

from __future__ import annotations

from enum import StrEnum


class Terms(StrEnum):
    ASKED = "asked"
    """Collect: the called party pays, and is asked first."""
    WHITE_LISTED = "white_listed"
    """Collect: the called party pays, and agreed beforehand to whatever this caller asks for."""
    ORDINARY = "ordinary"
    """The caller pays; nobody is asked."""
