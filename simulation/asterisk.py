"""A simulated Asterisk: legs and their limits, its clock, its record on disk, and its events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING, Protocol

from agi.telephony.ami_message import AmiMessage
from agi.telephony.cel import DarkCall, EndOfCall
from agi.telephony.end_report import EndReport
from simulation.virtual_time import VirtualClock, VirtualLoop

if TYPE_CHECKING:
    from simulation.session import Session

TOKEN = "a token of this deployment"  # noqa: S105  nobody else is there to forge it
_SLOW_LINES = 0.2


class Source(StrEnum):
    """Who or what ended a leg."""

    PHONE = "phone"
    LIMIT = "limit"
    SERVICE = "service"
    DIALPLAN = "dialplan"
    CRASH = "crash"


class Leg:
    """A channel of a call."""

    def __init__(self, name: str, call_id: str, uniqueid: str, loop: VirtualLoop) -> None:
        self.name = name
        self.call_id = call_id
        self.uniqueid = uniqueid
        self.bridged = False
        self.gone: asyncio.Future[Source] = loop.create_future()
        self.on_gone: Callable[[Source], None] | None = None
        self.session: Session | None = None
        self.limit_at_ms: int | None = None
        """On Asterisk's wall clock, as `TIMEOUT(absolute)` is."""
        self.timer: asyncio.TimerHandle | None = None


class Listening(Protocol):
    """Whoever has an AMI connection."""

    def deliver(self, message: AmiMessage) -> None:
        """An event leaves Asterisk."""


class Asterisk:
    """Everything that the calls have in common."""

    def __init__(self, loop: VirtualLoop, chance: Random) -> None:
        self.loop = loop
        self.clock = VirtualClock(loop)
        self.chance = chance
        self.legs: dict[str, Leg] = {}
        self.links: list[Listening] = []
        self.record: dict[str, DarkCall] = {}
        self.ends: list[EndOfCall] = []
        self.up = True
        self._written_us = -1

    # Legs.

    def add_leg(self, name: str, call_id: str, uniqueid: str) -> Leg:
        """A new channel."""
        leg = self.legs[name] = Leg(name, call_id, uniqueid, self.loop)
        return leg

    def hang_up(self, leg: Leg, source: Source) -> None:
        """End a leg, at once."""
        if leg.gone.done():
            return
        self.limit(leg, None)
        del self.legs[leg.name]
        leg.gone.set_result(source)
        if leg.session is not None:
            leg.session.close()
        if leg.on_gone is not None:
            leg.on_gone(source)

    def limit(self, leg: Leg, left_ms: int | None) -> None:
        """Let a leg live for `left_ms` more; None: for as long as it likes."""
        leg.limit_at_ms = None if left_ms is None else self.clock.wall_ms() + left_ms
        self._arm(leg)

    def step_clock(self, by_ms: int) -> None:
        """Somebody sets Asterisk's wall clock: limits come earlier, or later."""
        self.clock.stepped_ms += by_ms
        for leg in list(self.legs.values()):
            self._arm(leg)

    def _arm(self, leg: Leg) -> None:
        if leg.timer is not None:
            leg.timer.cancel()
            leg.timer = None
        if leg.limit_at_ms is not None:
            left_s = max(0, leg.limit_at_ms - self.clock.wall_ms()) / 1000
            leg.timer = self.loop.call_later(left_s, self.hang_up, leg, Source.LIMIT)

    # What it tells.

    def publish(self, name: str, **headers: str) -> None:
        """An event, to everybody who listens."""
        seconds, micros = divmod(self.clock.wall_us(), 1_000_000)
        stamp = f"{seconds}.{micros:06}"
        message = AmiMessage([("Event", name), ("Timestamp", stamp), *headers.items()])
        for link in self.links:
            link.deliver(message)

    def write(self, call_id: str, change: Callable[[DarkCall, int], DarkCall]) -> None:
        """A line in the record, as of now."""
        at_ms = self.clock.wall_ms()
        self._to_disk(lambda: self._write(call_id, change, at_ms))

    def write_end(self, call_id: str, report: EndReport) -> None:
        """The last two lines of a call."""
        end = EndOfCall(call_id, self.clock.wall_ms(), report)
        self._to_disk(lambda: self.ends.append(end))
        self.write(call_id, lambda dark, ms: replace(dark, report=report, ended_at_ms=ms))

    def _write(self, call_id: str, change: Callable[[DarkCall, int], DarkCall], at_ms: int) -> None:
        dark = self.record.get(call_id, DarkCall(None, None, None, None))
        self.record[call_id] = change(dark, at_ms)

    def _to_disk(self, line: Callable[[], None]) -> None:
        """A line reaches the disk at once or a moment later, and never before an earlier one."""
        now_us = self.loop.now_us
        lag_us = self.chance.randrange(30_000) if self.chance.random() < _SLOW_LINES else 0
        self._written_us = max(now_us + lag_us, self._written_us + 1)
        if self._written_us <= now_us:
            line()
        else:
            self.loop.call_at(self._written_us / 1e6, line)


@dataclass(slots=True)
class Truth:
    """What really happened in one call; times are microseconds of the virtual clock."""

    call_id: str
    payer: str
    unit_ms: int
    bridged_us: int | None = None
    parted_us: int | None = None
    bridged_at_ms: int = 0
    parted_at_ms: int = 0
    """The same two moments on Asterisk's own clock, which may be stepped between them."""
    parted_by: Source | None = None
    crashed: bool = False
    reserved_units: int = 0
    """What was reserved for it when the bridge ended."""

    @property
    def talk_us(self) -> int:
        """How long the two could hear each other."""
        if self.bridged_us is None or self.parted_us is None:
            return 0
        return self.parted_us - self.bridged_us
