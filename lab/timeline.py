"""Prints what happens as it happens: a line an event, with its time; spoken words grow a line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

_WIDTH = 96
_INDENT = 12
_SILENCE_MS = 4000
"""No prompt takes longer: what is said later than this begins a line of its own."""


@dataclass(frozen=True, order=True)
class Event:
    """Something at `at_ms` (epoch milliseconds)."""

    at_ms: float
    text: str
    speaker: str = ""
    """Who hears `text`, where it is a prompt."""


@dataclass
class Timeline:
    """Prints each event once; times count from the first."""

    _told: set[Event] = field(default_factory=set)
    _start_ms: float | None = None
    _listener: str = ""
    """Who hears the prompts of the line that is still open."""
    _said_ms: float = 0
    """When the last prompt began."""
    _column: int = 0

    def tell(self, events: Iterable[Event]) -> None:
        """Print those of `events` that are new, in their order."""
        for event in sorted(set(events) - self._told):
            self._told.add(event)
            self._start_ms = event.at_ms if self._start_ms is None else self._start_ms
            if event.speaker:
                self._say(event)
            else:
                self._line(event.at_ms, event.text)

    def close(self) -> None:
        """End the line that is open."""
        if self._listener:
            print("»", flush=True)
        self._listener = ""

    def _say(self, event: Event) -> None:
        went_on = event.at_ms - self._said_ms < _SILENCE_MS
        self._said_ms = event.at_ms
        if self._listener != event.speaker or not went_on:
            self._line(event.at_ms, f"{event.speaker} hears «{event.text}", end="")
            self._listener = event.speaker
            self._column = _INDENT + len(event.speaker) + len(event.text) + 8
            return
        if self._column + len(event.text) > _WIDTH:
            print("\n" + " " * (_INDENT - 1), end="")
            self._column = _INDENT
        print(f" {event.text}", end="", flush=True)
        self._column += len(event.text) + 1

    def _line(self, at_ms: float, text: str, end: str = "\n") -> None:
        self.close()
        seconds = (at_ms - (self._start_ms or 0)) / 1000
        print(f"{seconds:8.2f} s  {text}", end=end, flush=True)
