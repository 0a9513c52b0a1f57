"""One AMI message, whoever parsed it: headers by name, and no guess where one is doubtful."""

from __future__ import annotations

from collections.abc import Iterable


class AmiMessage:
    """The headers of an event or a response; names are compared without regard to case."""

    def __init__(self, headers: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in headers:
            self._values.setdefault(name.lower(), []).append(value)

    def get(self, name: str) -> str | None:
        """The header's value; None when it is absent, or there twice.

        A phone can put a line end into what Asterisk repeats, and so a second header of any name.
        """
        values = self._values.get(name.lower(), [])
        return values[0] if len(values) == 1 else None

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a header that may be there several times."""
        return tuple(self._values.get(name.lower(), ()))

    def at_us(self) -> int | None:
        """Its Timestamp, seconds with microseconds of Asterisk's clock, in microseconds: whole
        numbers all the way. None when there is none, or it is no time."""
        seconds, _, micros = (self.get("Timestamp") or "").partition(".")
        if not (is_number(seconds) and is_number(micros)):
            return None
        return int(seconds) * 1_000_000 + int(micros[:6].ljust(6, "0"))

    def __repr__(self) -> str:
        return f"AmiMessage({self._values!r})"


def is_number(text: str) -> bool:
    """Whether `text` is a whole number in ASCII digits."""
    return text.isascii() and text.isdecimal()
