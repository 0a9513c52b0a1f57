"""Rating: which rule applies to two parties, and what a started unit costs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from pydantic import Field

from agi.domain.data import DataModel, Word
from agi.domain.errors import TariffGap
from agi.domain.subscribers import HOME_ZONE, Subscriber


class PriceRule(DataModel):
    """One row of a tariff. A condition that is not given holds for everybody."""

    name: str = Field(min_length=1)
    calling_zones: frozenset[Word] | None = None
    called_zones: frozenset[Word] | None = None
    calling_regions: frozenset[Word] | None = None
    called_regions: frozenset[Word] | None = None
    same_region: bool | None = None
    price_minor: int = Field(gt=0, description="of one started unit")

    def covers(self, calling: Subscriber, called: Subscriber) -> bool:
        """Whether every condition that is given holds for the two."""
        same = calling.region == called.region
        conditions: tuple[tuple[Collection[str | bool] | None, str | bool], ...] = (
            (self.calling_zones, calling.roaming),
            (self.called_zones, called.roaming),
            (self.calling_regions, calling.region),
            (self.called_regions, called.region),
            (None if self.same_region is None else (self.same_region,), same),
        )
        return all(wanted is None or value in wanted for wanted, value in conditions)


class Tariff(DataModel):
    """The prices that the subscribers of one operator and plan pay: for the collect calls they
    agree to, and for their own ordinary calls."""

    operator: Word
    plan: str = ""
    """The payer's plan; the empty one holds for every plan without a tariff of its own."""
    version: str = Field(min_length=1)
    valid_from: date
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    unit_ms: int = Field(default=60_000, ge=200, description="length of a charging unit")
    rules: tuple[PriceRule, ...] = Field(min_length=1, description="the first that covers applies")
    ordinary_rules: tuple[PriceRule, ...] = ()
    """Of ordinary calls, which the caller pays; without any there are none."""
    called_zone_supplements_minor: dict[Word, int] = Field(default_factory=dict)
    """What a unit costs more for a called party who is roaming, by zone."""

    def rate(self, calling: Subscriber, called: Subscriber) -> Price:
        """The price of one started unit of a collect call from `calling` to `called`.

        Raises:
            TariffGap: no rule covers the two, or the called party's zone has no supplement.
        """
        rule = next((rule for rule in self.rules if rule.covers(calling, called)), None)
        zones = {HOME_ZONE: 0} | self.called_zone_supplements_minor
        if rule is None or called.roaming not in zones:
            raise self._gap("collect call", calling, called)
        return self._price(rule, zones[called.roaming])

    def rate_ordinary(self, calling: Subscriber, called: Subscriber) -> Price:
        """The price of one started unit of an ordinary call, which `calling` pays.

        Raises:
            TariffGap: no ordinary rule covers the two.
        """
        rule = next((rule for rule in self.ordinary_rules if rule.covers(calling, called)), None)
        if rule is None:
            raise self._gap("ordinary call", calling, called)
        return self._price(rule, 0)

    def _gap(self, call: str, calling: Subscriber, called: Subscriber) -> TariffGap:
        return TariffGap(
            f"tariff {self.operator} {self.version} has no price of a {call} for a caller in "
            f"{calling.region}/{calling.roaming} and a called party in "
            f"{called.region}/{called.roaming}: add a rule or a supplement."
        )

    def _price(self, rule: PriceRule, supplement_minor: int) -> Price:
        return Price(
            unit_price_minor=rule.price_minor + supplement_minor,
            currency=self.currency,
            unit_ms=self.unit_ms,
            tariff_version=self.version,
            rule=rule.name,
        )


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one call: told, agreed to and charged, and never looked up again."""

    unit_price_minor: int
    currency: str
    unit_ms: int
    tariff_version: str
    rule: str

    def units_started(self, talk_ms: int) -> int:
        """How many units a conversation of `talk_ms` has started; a bridge starts one at once."""
        return max(1, -(-talk_ms // self.unit_ms))

    def units_affordable(self, available_minor: int) -> int:
        """How many whole units `available_minor` pays for."""
        return max(0, available_minor // self.unit_price_minor)
