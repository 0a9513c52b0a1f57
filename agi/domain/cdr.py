"""The call detail record: one for each attempt, written once, when the attempt is settled."""

from __future__ import annotations

from dataclasses import dataclass

from agi.domain.dispositions import Disposition
from agi.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class Cdr:
    """What is left of an attempt. Times are milliseconds of the Unix epoch."""

    call_id: str
    calling: str
    called: str | None
    """None where what was dialled is no number."""
    operator: str
    """The caller's operator."""
    access_code: str | None
    """None for an ordinary call, and where what was dialled fits no pattern."""
    disposition: Disposition
    consent: bool
    """Whether a consent was stored; it alone allows a bridge."""
    consent_at_ms: int | None
    consent_digits: str | None
    started_at_ms: int
    answered_at_ms: int | None
    """When the legs were bridged; the called party's picking up alone is not an answer."""
    ended_at_ms: int
    talk_ms: int
    minutes: int
    """Charging units debited: minutes, as the unit of every shipped tariff is one."""
    price_minor_per_minute: int
    """The price of a started unit; 0 where the attempt ended before it was rated."""
    charged_minor: int
    currency: str | None
    tariff_version: str | None
    release_cause: str
    """Who or what ended it: a `ReleaseCause`, or for a refusal the disposition."""
    terms: Terms = Terms.ASKED

    @property
    def payer(self) -> str | None:
        """Whose money it was about; None where nobody was called."""
        return self.calling if self.terms is Terms.ORDINARY else self.called
