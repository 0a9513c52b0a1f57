"""What can happen to a call. Every event carries its own time; the domain has no clock.

`mono_ms` is the machine's monotonic clock, which charging is measured on; `at_ms` is the wall
clock, for people.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agi.domain.dispositions import Disposition


class ReleaseCause(StrEnum):
    """Who or what ended a conversation."""

    CALLING_PARTY = "calling_party"
    CALLED_PARTY = "called_party"
    FUNDS_RAN_OUT = "funds_ran_out"
    LOST = "lost"
    """Nobody saw the end: Asterisk itself went down."""


@dataclass(frozen=True, slots=True)
class ConsentAsked:
    """The called party answered; the consent prompt starts on its leg."""

    called_channel: str


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """The payer agrees: by the key that accepts, by a white list, or by making an ordinary call."""

    at_ms: int
    digits: str
    """The key, or what stands for it."""
    mono_ms: int


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The called party pressed a key that neither accepts nor ends the prompt."""

    key: str


@dataclass(frozen=True, slots=True)
class CallerBarred:
    """The called party wants no more calls of this caller; a list that is full can't hold it."""

    list_full: bool


@dataclass(frozen=True, slots=True)
class PromptEnded:
    """The prompt is over without consent, as `disposition` says."""

    disposition: Disposition
    digits: str


@dataclass(frozen=True, slots=True)
class CallerHungUp:
    """The caller has hung up, though Asterisk keeps its leg while the prompt is read."""


@dataclass(frozen=True, slots=True)
class FundsRefused:
    """The payer's account did not cover the unit that was to be reserved."""

    mono_ms: int


@dataclass(frozen=True, slots=True)
class TalkStarted:
    """Asterisk confirmed that both legs are in one bridge since `mono_ms`."""

    mono_ms: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class StillTalking:
    """Asterisk confirmed that both legs are in the bridge now."""

    mono_ms: int


@dataclass(frozen=True, slots=True)
class LimitMoved:
    """Asterisk took the new limit of the called party's leg: it lasts for `units` units."""

    units: int


@dataclass(frozen=True, slots=True)
class TalkEnded:
    """The called party's leg is gone."""

    mono_ms: int


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The caller's leg is gone, and with it the call."""

    mono_ms: int
    at_ms: int
    told: Disposition | None
    """What the dialplan told the caller; None where the caller hung up before it was told."""
    release_cause: ReleaseCause


Event = (
    ConsentAsked
    | ConsentGiven
    | KeyPressed
    | CallerBarred
    | PromptEnded
    | CallerHungUp
    | FundsRefused
    | TalkStarted
    | StillTalking
    | LimitMoved
    | TalkEnded
    | CallEnded
)
