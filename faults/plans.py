"""What the two persons of a call do, and at which moment of it a fault is to strike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

SETUP_S = 0.12
"""About how long Asterisk and the service take for an offer, and again for a consent."""
UNIT_S = 2.0
"""A charging unit of the lab's plan `fast`."""
MOST_UNITS = 4


@dataclass(frozen=True)
class Plan:
    """One call; every time is in seconds, and None where that does not happen."""

    answer_s: float = 0.3
    """From the ringing of the called phone until it is picked up."""
    key_s: float | None = 0.8
    """From there until the key."""
    key: str = "1"
    talk_s: float = 5.0
    """From the bridge until the caller hangs up."""
    start_s: float = 0.0
    """From the beginning of the round until the caller dials."""
    cancel_s: float | None = None
    """From dialling until the caller gives up."""
    called_leaves_s: float | None = None
    """From picking up until the called party hangs up."""
    loses_bye: bool = False
    """The caller's phone is dead after `talk_s`, instead of hanging up."""

    @property
    def bridged_s(self) -> float:
        """About when the legs are bridged, from dialling."""
        return self.asked_s + (self.key_s or 0.0) + SETUP_S

    @property
    def asked_s(self) -> float:
        """About when the prompt begins, from dialling."""
        return SETUP_S + self.answer_s


Phase = Callable[[Plan, Random], float]
"""The moment of a call, in seconds from dialling, at which the fault strikes it."""


def ordinary(chance: Random) -> Plan:
    """A call of one to four units."""
    return Plan(
        answer_s=chance.uniform(0.1, 0.6),
        key_s=chance.uniform(0.3, 2.0),
        talk_s=chance.uniform(0.5, MOST_UNITS * UNIT_S),
    )


def before_dial(_: Plan, chance: Random) -> float:
    """While the offer is weighed."""
    return chance.uniform(0.0, SETUP_S)


def in_the_prompt(plan: Plan, chance: Random) -> float:
    return plan.asked_s + chance.uniform(0.0, plan.key_s or 0.0)


def at_the_key(plan: Plan, chance: Random) -> float:
    """Between the key and the bridge."""
    return plan.bridged_s - SETUP_S + chance.uniform(0.0, SETUP_S)


def in_the_talk(plan: Plan, chance: Random) -> float:
    """Between two ticks of the meter."""
    return plan.bridged_s + chance.uniform(0.1, plan.talk_s)


def at_a_debit(plan: Plan, chance: Random) -> float:
    """When a unit begins, and so is debited: just before, during or just after it."""
    units = chance.randrange(0, max(1, int(plan.talk_s / UNIT_S)))
    return plan.bridged_s + units * UNIT_S + chance.uniform(-0.05, 0.1)


def before_a_debit(plan: Plan, chance: Random) -> float:
    """A moment before a unit begins."""
    units = chance.randrange(0, max(1, int(plan.talk_s / UNIT_S)))
    return plan.bridged_s + units * UNIT_S - chance.uniform(0.1, 0.8)


def anywhere(plan: Plan, chance: Random) -> float:
    return chance.uniform(0.0, plan.bridged_s + plan.talk_s)


def aimed(plans: list[Plan], phase: Phase, chance: Random) -> tuple[list[Plan], float]:
    """`plans` with their starts set so that one fault strikes each in `phase`; and when it does."""
    moments = [phase(plan, chance) for plan in plans]
    strike_s = max(moments)
    starts = (strike_s - moment for moment in moments)
    return [replace(plan, start_s=s) for plan, s in zip(plans, starts, strict=True)], strike_s
