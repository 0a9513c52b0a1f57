"""Checks of one tariff: its currency, its zones, and a price for everybody everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from agi.domain.errors import TariffGap
from agi.domain.money import format_amount
from agi.domain.operators import OperatorRule
from agi.domain.speech import MOST_SAID_MINOR
from agi.domain.subscribers import Subscriber
from agi.domain.tariff import Tariff

_ELSEWHERE = ("here", "there")
"""Two regions that no rule names."""


def faults(tariff: Tariff, rule: OperatorRule) -> Iterator[str]:
    """What is wrong with a tariff of the operator `rule`."""
    if tariff.currency != rule.currency:
        yield f"currency: {tariff.currency}, but the operator's accounts are in {rule.currency}."
    unknown = _zones_named(tariff) - set(rule.zones)
    if unknown:
        yield (
            f"rules, called_zone_supplements_minor: no zone {', '.join(sorted(unknown))}: "
            f"{tariff.operator} has {', '.join(rule.zones)}."
        )
    dearest_minor = _dearest_minor(tariff)
    if dearest_minor > MOST_SAID_MINOR:
        yield (
            "rules, called_zone_supplements_minor: a unit may cost "
            f"{format_amount(dearest_minor)}, and no more than "
            f"{format_amount(MOST_SAID_MINOR)} can be said."
        )
    yield from _gaps(tariff, rule)


def _dearest_minor(tariff: Tariff) -> int:
    prices = (row.price_minor for row in (*tariff.rules, *tariff.ordinary_rules))
    return max(prices) + max(tariff.called_zone_supplements_minor.values(), default=0)


def _zones_named(tariff: Tariff) -> set[str]:
    rows = (*tariff.rules, *tariff.ordinary_rules)
    sets = (zones for row in rows for zones in (row.calling_zones, row.called_zones) if zones)
    return set().union(*sets, tariff.called_zone_supplements_minor)


def _gaps(tariff: Tariff, rule: OperatorRule) -> Iterator[str]:
    """Everywhere that two parties may be, with every region that a rule names."""
    rows = (*tariff.rules, *tariff.ordinary_rules)
    sets = (names for row in rows for names in (row.calling_regions, row.called_regions) if names)
    regions = sorted(set(_ELSEWHERE).union(*sets))
    home = Subscriber(number="", operator=rule.id, region="")
    for from_zone, to_zone, from_region, to_region in product(
        rule.zones, rule.zones, regions, regions
    ):
        calling = replace(home, roaming=from_zone, region=from_region)
        called = replace(home, roaming=to_zone, region=to_region)
        try:
            tariff.rate(calling, called)
            if tariff.ordinary_rules:
                tariff.rate_ordinary(calling, called)
        except TariffGap as gap:
            yield f"rules, called_zone_supplements_minor: {gap}"
