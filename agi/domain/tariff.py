"""Rating: which rule applies to two parties, and what a started unit costs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from agi.domain.data import DataModel, Word
from agi.domain.errors import TariffGap
from agi.domain.subscribers import HOME_ZONE, Subscriber


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a rule, and what it is compared with."""

    name: str
    wanted: Collection[str | bool]
    found: str | bool

    @property
    def holds(self) -> bool:
        return self.found in self.wanted


class PriceRule(DataModel):
    """One row of a tariff. A condition that is not given holds for everybody."""

    name: str = Field(min_length=1)
    calling_zones: frozenset[Word] | None = None
    called_zones: frozenset[Word] | None = None
    calling_regions: frozenset[Word] | None = None
    called_regions: frozenset[Word] | None = None
    same_region: bool | None = None
    price_minor: int = Field(gt=0, strict=True, description="of one started unit")

    def conditions(self, calling: Subscriber, called: Subscriber) -> tuple[Condition, ...]:
        """The conditions that are given, each beside what the two parties bring."""
        brought: Mapping[str, str | bool] = {
            "calling_zones": calling.roaming,
            "called_zones": called.roaming,
            "calling_regions": calling.region,
            "called_regions": called.region,
            "same_region": calling.region == called.region,
        }
        given = ((name, getattr(self, name)) for name in brought)
        return tuple(
            Condition(name, wanted if isinstance(wanted, frozenset) else {wanted}, brought[name])
            for name, wanted in given
            if wanted is not None
        )

    def covers(self, calling: Subscriber, called: Subscriber) -> bool:
        """Whether every condition that is given holds for the two."""
        return all(condition.holds for condition in self.conditions(calling, called))


class Tariff(DataModel):
    """The prices that the subscribers of one operator and plan pay: for the collect calls they
    agree to, and for their own ordinary calls."""

    operator: Word
    plan: str = ""
    """The payer's plan; the empty one holds for every plan without a tariff of its own."""
    version: str = Field(min_length=1)
    valid_from: date
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    unit_ms: int = Field(
        default=60_000, ge=200, le=86_400_000, description="length of a charging unit"
    )
    rules: tuple[PriceRule, ...] = Field(min_length=1, description="the first that covers applies")
    ordinary_rules: tuple[PriceRule, ...] = ()
    """Of ordinary calls, which the caller pays; without any there are none."""
    called_zone_supplements_minor: dict[Word, Annotated[int, Field(ge=0, strict=True)]] = Field(
        default_factory=dict
    )
    """What a unit costs more for a called party who is roaming, by zone."""

    def rate(self, calling: Subscriber, called: Subscriber) -> Price:
        """The price of one started unit of a collect call from `calling` to `called`.

        Raises:
            TariffGap: no rule covers the two, or the called party's zone has no supplement.
        """
        rule = next((rule for rule in self.rules if rule.covers(calling, called)), None)
        supplement_minor = self.supplement_minor(called)
        if rule is None or supplement_minor is None:
            raise self._gap("a collect call", calling, called)
        return self._price(rule, supplement_minor)

    def rate_ordinary(self, calling: Subscriber, called: Subscriber) -> Price:
        """The price of one started unit of an ordinary call, which `calling` pays.

        Raises:
            TariffGap: no ordinary rule covers the two.
        """
        rule = next((rule for rule in self.ordinary_rules if rule.covers(calling, called)), None)
        if rule is None:
            raise self._gap("an ordinary call", calling, called)
        return self._price(rule, 0)

    def supplement_minor(self, called: Subscriber) -> int | None:
        """What a collect call costs more where `called` is; None: the tariff does not say."""
        return ({HOME_ZONE: 0} | self.called_zone_supplements_minor).get(called.roaming)

    def _gap(self, call: str, calling: Subscriber, called: Subscriber) -> TariffGap:
        return TariffGap(
            f"tariff {self.operator} {self.version} has no price of {call} for a caller in "
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
