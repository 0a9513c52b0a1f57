"""The offer: may this caller call this called party on these terms, and at what price?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from types import MappingProxyType

from agi.domain.dispositions import Disposition
from agi.domain.operators import CollectRule
from agi.domain.subscribers import Subscriber
from agi.domain.tariff import Price
from agi.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks whom. `number` is the national number that was dialled, None where it is none."""

    caller: Subscriber
    rule: CollectRule | None
    """The collect rule of the caller's operator."""
    access_code: str | None
    """None for an ordinary call, and where what was dialled fits no pattern."""
    number: str | None
    called: Subscriber | None
    terms: Terms = Terms.ASKED
    barred: bool = False
    """The caller is on the called party's black list."""
    caller_abroad: bool = False


_NUMBER_CHECKS: Mapping[Disposition, str] = MappingProxyType(
    {
        Disposition.OTHER_CODE: "own operator's code",
        Disposition.BAD_NUMBER: "a number",
        Disposition.OWN_NUMBER: "not the own",
        Disposition.UNKNOWN_NUMBER: "known",
        Disposition.OTHER_OPERATOR: "same operator",
    }
)
_COLLECT_CHECKS: Mapping[Disposition, str] = MappingProxyType(
    {
        **_NUMBER_CHECKS,
        Disposition.OPTED_OUT: "not opted out",
        Disposition.BARRED: "not barred",
        Disposition.NOT_ENTITLED: "entitled",
        Disposition.LIMIT: "within the limits",
        Disposition.NO_FUNDS: "money for a unit",
    }
)
_ORDINARY_CHECKS: Mapping[Disposition, str] = MappingProxyType(
    {
        **_NUMBER_CHECKS,
        Disposition.NOT_ENTITLED: "entitled",
        Disposition.CALLER_NO_FUNDS: "money for a unit",
    }
)


def passed(reason: Disposition | None, terms: Terms = Terms.ASKED) -> tuple[str, ...]:
    """The checks before the one that failed, in their order; all of them where none did."""
    checks = _ORDINARY_CHECKS if terms is Terms.ORDINARY else _COLLECT_CHECKS
    return tuple(checks[check] for check in takewhile(lambda check: check != reason, checks))


def refusal(request: Request) -> Disposition | None:
    """The first reason against the call that the two subscribers give, None if there is none.

    What is wrong with the number comes first, then what the called party wants, then the caller's
    contract: a notice that a caller was not entitled names the right person, and goes to nobody who
    opted out or bars that caller [ours]. The white list does not lift an opt-out [ours].
    """
    if request.access_code and not (request.rule and request.rule.has_code(request.access_code)):
        return Disposition.OTHER_CODE
    return _number_refusal(request) or (
        _ordinary_refusal(request.caller)
        if request.terms is Terms.ORDINARY
        else _collect_refusal(request)
    )


def _number_refusal(request: Request) -> Disposition | None:
    caller, called = request.caller, request.called
    if request.number is None:
        return Disposition.BAD_NUMBER
    if request.number == caller.number:
        return Disposition.OWN_NUMBER
    if called is None:
        return Disposition.UNKNOWN_NUMBER
    return Disposition.OTHER_OPERATOR if called.operator != caller.operator else None


def _ordinary_refusal(caller: Subscriber) -> Disposition | None:
    # A blocked number may be called and may call collect, but not spend [ours].
    return Disposition.NOT_ENTITLED if caller.blocked else None


def _collect_refusal(request: Request) -> Disposition | None:
    called = request.called
    if called and (called.opted_out_abroad if request.caller_abroad else called.opted_out):
        return Disposition.OPTED_OUT
    if request.barred:
        return Disposition.BARRED
    entitled = request.rule is not None and request.rule.entitles(request.caller)
    return None if entitled else Disposition.NOT_ENTITLED


def no_funds(terms: Terms) -> Disposition:
    """The refusal for want of money: it names whose."""
    return Disposition.CALLER_NO_FUNDS if terms is Terms.ORDINARY else Disposition.NO_FUNDS


def funds_refusal(payer: Subscriber, price: Price, available_minor: int) -> bool:
    """Whether the payer can't pay for one unit; a blocked account can't pay [ours]."""
    return payer.blocked or price.units_affordable(available_minor) < 1
