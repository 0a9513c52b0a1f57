"""What a subscriber is told after a service code: a sentence's name, and what is filled into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from agi.domain.dispositions import HANGUP_CAUSES, Disposition


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A national number."""

    national: str


@dataclass(frozen=True, slots=True)
class Amount:
    """Money, in minor units."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many of a counted word there are."""

    number: int
    word: str


Slot = PhoneNumber | Amount | Count


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `name` is a sentence of `answers` in each language's file."""

    name: str
    done: bool
    """Whether it was done; else the answer is the reason why not."""
    slots: Mapping[str, Slot] = field(default_factory=dict)


OTHER_CODE: Final = Answer("other-code", done=False)
"""To a code that the caller's operator does not have."""
NO_CHOICE: Final = Answer("no-choice", done=False)
NO_SLOTS: Final[frozenset[str]] = frozenset()
SLOTS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "notice-sent": NO_SLOTS,
        "opted-out": NO_SLOTS,
        "opted-in": NO_SLOTS,
        "opted-out-inside": NO_SLOTS,
        "opted-in-inside": NO_SLOTS,
        "opted-out-abroad": NO_SLOTS,
        "opted-in-abroad": NO_SLOTS,
        "white-added": frozenset({"number"}),
        "white-removed": frozenset({"number"}),
        "white-there": frozenset({"number"}),
        "white-absent": frozenset({"number"}),
        "white-full": NO_SLOTS,
        "black-added": frozenset({"number"}),
        "black-removed": frozenset({"number"}),
        "black-there": frozenset({"number"}),
        "black-absent": frozenset({"number"}),
        "black-full": NO_SLOTS,
        "in-white": frozenset({"number"}),
        "in-black": frozenset({"number"}),
        "lists-are": frozenset({"white", "black"}),
        "balance": frozenset({"amount"}),
        "bad-number": NO_SLOTS,
        "own-number": NO_SLOTS,
        "unknown-number": NO_SLOTS,
        "other-network": NO_SLOTS,
        "notice-limit": NO_SLOTS,
        "other-code": NO_SLOTS,
        "unavailable": NO_SLOTS,
        "no-choice": NO_SLOTS,
    }
)
"""Every answer that the service itself can give, with what it is filled with; the data files may
name more, without slots."""

_DONE_CAUSE: Final = 31
"""Normal, unspecified: a phone hears 480, of all its codes the nearest to "nothing more to say"."""
_REFUSED_CAUSE: Final = 21
_CAUSES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "bad-number": HANGUP_CAUSES[Disposition.BAD_NUMBER],
        "unknown-number": HANGUP_CAUSES[Disposition.UNKNOWN_NUMBER],
    }
)


def hangup_cause(answer: Answer) -> int:
    """The Q.850 cause that the leg is released with after `answer`."""
    return _DONE_CAUSE if answer.done else _CAUSES.get(answer.name, _REFUSED_CAUSE)
