"""The offer: may this caller ask this called party to pay, and at what price?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from types import MappingProxyType

from agi.domain.dispositions import Disposition
from agi.domain.operators import CollectRule
from agi.domain.subscribers import Subscriber
from agi.domain.tariff import Price


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks whom. `number` is the national number that was dialled, None where it is none."""

    caller: Subscriber
    rule: CollectRule | None
    """The collect rule of the caller's operator."""
    access_code: str
    number: str | None
    called: Subscriber | None


CHECKS: Mapping[Disposition, str] = MappingProxyType(
    {
        Disposition.BAD_NUMBER: "a number",
        Disposition.OWN_NUMBER: "not the own",
        Disposition.UNKNOWN_NUMBER: "known",
        Disposition.OTHER_OPERATOR: "same operator",
        Disposition.NOT_ENTITLED: "entitled",
        Disposition.OPTED_OUT: "not opted out",
        Disposition.NO_FUNDS: "money for a unit",
    }
)
"""What is checked, in this order, and the refusal that each check can end in."""


def passed(reason: Disposition | None) -> tuple[str, ...]:
    """The checks before the one that failed; all of them where none did."""
    return tuple(CHECKS[check] for check in takewhile(lambda check: check != reason, CHECKS))


def refusal(request: Request) -> Disposition | None:
    """The first reason against the call that the two subscribers give, None if there is none.

    What is wrong with the number comes before what is wrong with the contracts, so that a caller
    who is not entitled is named to the right person in a notice.
    """
    caller, called = request.caller, request.called
    if request.number is None:
        return Disposition.BAD_NUMBER
    if request.number == caller.number:
        return Disposition.OWN_NUMBER
    if called is None:
        return Disposition.UNKNOWN_NUMBER
    if called.operator != caller.operator:
        return Disposition.OTHER_OPERATOR
    if request.rule is None or not request.rule.entitles(caller, request.access_code):
        return Disposition.NOT_ENTITLED
    if called.opted_out:
        return Disposition.OPTED_OUT
    return None


def funds_refusal(called: Subscriber, price: Price, available_minor: int) -> Disposition | None:
    """Whether the called party can pay for one unit; a blocked account can't pay [ours]."""
    if called.blocked or price.units_affordable(available_minor) < 1:
        return Disposition.NO_FUNDS
    return None
