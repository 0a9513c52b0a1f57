"""Codes that are dialled: written like ``070N`` or ``*7*N#``, where N is a telephone number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

from agi.domain.numbers import NumberingPlan

_CODE = re.compile(r"(?P<head>[0-9*]+)(?P<number>N)?(?P<tail>[0-9*]*#?)")
_WILDCARDS = {"X": frozenset("0123456789"), "Z": frozenset("123456789")}
"""As Asterisk's patterns name them. Not str.isdigit, which takes Arabic digits."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One exact way of dialling a code: its signs, with Z (1 to 9) and X for the digits of the
    national number."""

    text: str
    number_at: int
    """Where the number begins, with its prefix."""
    number_length: int
    """With its prefix; 0 where the code takes none."""

    def matches(self, dialled: str) -> bool:
        """Whether `dialled` is this, to the last sign."""
        return len(dialled) == len(self.text) and all(
            other in _signs(sign) for sign, other in zip(self.text, dialled, strict=True)
        )

    def number_in(self, dialled: str) -> str:
        """The number in what this matches, as it was dialled; empty where the code takes none."""
        return dialled[self.number_at :][: self.number_length]

    def collides(self, other: Pattern) -> bool:
        """Whether something can be dialled that is both."""
        return len(self.text) == len(other.text) and all(
            _signs(a) & _signs(b) for a, b in zip(self.text, other.text, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Code:
    """A code: what stands before the number, whether there is one, and what stands after it."""

    head: str
    """Empty for a plain number."""
    takes_number: bool = False
    tail: str = ""

    @classmethod
    def parse(cls, text: str) -> Code:
        """``"*7*N#"`` as a code.

        Raises:
            ValueError: not of digits and ``*``, then perhaps N, and at the end perhaps ``#``.
        """
        found = _CODE.fullmatch(text)
        if found is None:
            raise ValueError(
                f"{text!r} is no code: write digits and *, N for a number, # only at the end"
            )
        return cls(found["head"], found["number"] is not None, found["tail"])

    def __str__(self) -> str:
        return f"{self.head}{'N' if self.takes_number else ''}{self.tail}"

    def dialled(self, number: str = "") -> str:
        """What is dialled to reach `number` by it."""
        return f"{self.head}{number}{self.tail}"

    def patterns(self, plan: NumberingPlan) -> Iterator[Pattern]:
        """Every exact way of dialling it: the number with each prefix that the plan knows."""
        if not self.takes_number:
            yield Pattern(str(self), len(self.head), 0)
            return
        for prefix in plan.prefixes:
            number = f"{prefix}Z{'X' * (plan.national_digits - 1)}"
            yield Pattern(f"{self.head}{number}{self.tail}", len(self.head), len(number))


PLAIN_NUMBER = Code("", takes_number=True)
"""A number with no code before it: an ordinary call."""


def _signs(sign: str) -> frozenset[str]:
    return _WILDCARDS.get(sign, frozenset(sign))


def _parse(value: Any) -> Any:
    return Code.parse(value) if isinstance(value, str) else value


CodeText = Annotated[Code, BeforeValidator(_parse), PlainSerializer(str)]
"""A code in a data file."""
