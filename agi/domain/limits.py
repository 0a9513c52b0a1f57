"""Limits: how often something may be asked for in a time."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import Field

from agi.domain.data import DataModel, Kind, Word

COLLECT: Final = "collect"
"""A collect call for which the called party's phone was rung."""
_DAY_MS: Final = 86_400_000


class Per(StrEnum):
    """Whose uses are counted together."""

    CALLER = "caller"
    CALLED = "called"
    PAIR = "pair"


class Window(StrEnum):
    """The time in which they are counted."""

    DAY = "day"
    """Since the last midnight in the operator's time zone."""
    DAY_LONG = "24h"
    """The last 24 hours."""


class Limit(DataModel):
    """At most `most` uses of the kinds in `counts`, all of them together; 0 switches it off."""

    name: Word
    counts: frozenset[Kind] = Field(min_length=1)
    """`COLLECT` or kinds of notices."""
    per: Per = Per.CALLER
    most: int = Field(ge=0)
    window: Window = Window.DAY

    def since_ms(self, at_ms: int, zone: ZoneInfo) -> int:
        """From when on uses count at `at_ms`; both are Unix milliseconds."""
        if self.window is Window.DAY_LONG:
            return at_ms - _DAY_MS + 1
        return _midnight_ms(at_ms, zone, days_later=0)

    def free_ms(self, used_ms: int, zone: ZoneInfo) -> int:
        """From when on a use at `used_ms` counts no more; both are Unix milliseconds."""
        if self.window is Window.DAY_LONG:
            return used_ms + _DAY_MS
        return _midnight_ms(used_ms, zone, days_later=1)


def _midnight_ms(at_ms: int, zone: ZoneInfo, days_later: int) -> int:
    """When the day of `at_ms`, or one later, begins in `zone`; a day may have 23 or 25 hours."""
    day = datetime.fromtimestamp(at_ms / 1000, zone).date() + timedelta(days=days_later)
    return round(datetime.combine(day, time(), zone).timestamp() * 1000)
