"""What the state machine wants done: one charge, stored with the new state, then the effects."""

from __future__ import annotations

from dataclasses import dataclass

from agi.domain.cdr import Cdr
from agi.domain.messages import Message


@dataclass(frozen=True, slots=True)
class Reserve:
    """Set the price of `units` units aside, the first of them number `unit` (1, 2, ...).

    Refused when the money is short.
    """

    unit: int
    units: int = 1


@dataclass(frozen=True, slots=True)
class Debit:
    """Take the price of unit number `unit` out of what is reserved for it."""

    unit: int


@dataclass(frozen=True, slots=True)
class Settle:
    """The end: debit `final_units` more, release the rest, write the CDR, leave the notice."""

    final_units: int
    released_units: int
    cdr: Cdr
    notice: Message | None
    rang: bool = True
    """Whether the called phone may have rung: if not, the request does not count [ours]."""
    withheld_by: str | None = None
    """The limit for which the notice is left out."""


Charge = Reserve | Debit | Settle


@dataclass(frozen=True, slots=True)
class MoveLimit:
    """Let the called party's leg live until `mono_ms`, when `units` units will have passed."""

    units: int
    mono_ms: int


@dataclass(frozen=True, slots=True)
class WarnPayer:
    """Whisper to the payer alone that the money is running out."""


@dataclass(frozen=True, slots=True)
class ReleaseCalledLeg:
    """Hang the called party's leg up."""


Effect = MoveLimit | WarnPayer | ReleaseCalledLeg
