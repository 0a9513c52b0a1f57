"""One call of a round, as its two phones saw it."""

from __future__ import annotations

from dataclasses import dataclass

from faults.plans import Plan
from lab.people import Person


@dataclass
class PhoneCall:
    """One call as its two phones saw it; times are seconds of the event loop's clock."""

    plan: Plan
    caller: Person
    called: Person
    dialled_at: float | None = None
    told_at: float | None = None
    """When the caller heard early media: an announcement."""
    status: int | None = None
    """The final answer to the caller."""
    talk_from: float | None = None
    """When the caller's phone was connected; it never is unless both are."""
    caller_left_at: float | None = None
    called_left_at: float | None = None
    """When each phone knew, or decided, that the call was over."""
    offered: bool = False
    """The called phone rang."""

    @property
    def talk_s(self) -> float:
        """How long both were connected, as far as it is over."""
        # Of a BYE that is lost the other side, and the bill, know nothing.
        caller_left_at = None if self.plan.loses_bye else self.caller_left_at
        ends = [at for at in (caller_left_at, self.called_left_at) if at is not None]
        return min(ends) - self.talk_from if self.talk_from is not None and ends else 0.0

    @property
    def ended_at(self) -> float | None:
        """When the later of the two phones was out of it; None while one is in it."""
        if self.caller_left_at is None or (self.offered and self.called_left_at is None):
            return None
        return max(self.caller_left_at, self.called_left_at or 0.0)

    def alive_between(self, begin: float, end: float) -> bool:
        """Whether the call was in progress at any moment of these."""
        begun = self.dialled_at is not None and self.dialled_at <= end
        return begun and (self.ended_at is None or self.ended_at >= begin)
