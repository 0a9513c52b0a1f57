"""Checks of one tariff: its currency, its zones, and a price for everybody everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from agi.domain import speech
from agi.domain.errors import TariffGap
from agi.domain.operators import OperatorRule
from agi.domain.subscribers import Subscriber
from agi.domain.tariff import Tariff

_ELSEWHERE = ("here", "there")
"""Two regions that no rule names."""


def faults(tariff: Tariff, rule: OperatorRule) -> Iterator[str]:
    """What is wrong with a tariff of the operator `rule`."""
    if tariff.currency != rule.currency:
        yield f"currency: {tariff.currency}, but the operator's accounts are in {rule.currency}."
    if tariff.currency not in speech.CURRENCIES:
        sayable = ", ".join(speech.CURRENCIES)
        yield f"currency: no words for {tariff.currency}: there are {sayable}."
    unknown = _zones_named(tariff) - set(rule.zones)
    if unknown:
        yield (
            f"rules, called_zone_supplements_minor: no zone {', '.join(sorted(unknown))}: "
            f"{tariff.operator} has {', '.join(rule.zones)}."
        )
    yield from _gaps(tariff, rule)


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
