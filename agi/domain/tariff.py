"""Rating: which rule applies to two parties, and what a started unit costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pydantic import Field

from agi.domain.errors import TariffGap
from agi.domain.operators import DataModel, Word
from agi.domain.subscribers import Subscriber


class PriceRule(DataModel):
    """One row of a tariff. A condition that is not given holds for everybody."""

    name: str = Field(min_length=1)
    calling_zones: frozenset[Word] | None = None
    same_region: bool | None = None
    price_minor: int = Field(gt=0, description="of one started unit")

    def covers(self, calling: Subscriber, called: Subscriber) -> bool:
        zone_fits = self.calling_zones is None or calling.roaming in self.calling_zones
        same = calling.region == called.region
        return zone_fits and (self.same_region is None or self.same_region == same)


class Tariff(DataModel):
    """The prices of collect calls for the called parties of one operator and plan."""

    operator: Word
    plan: str = ""
    """The called party's plan; the empty one holds for every plan without a tariff of its own."""
    version: str = Field(min_length=1)
    valid_from: date
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    unit_ms: int = Field(default=60_000, ge=200, description="length of a charging unit")
    rules: tuple[PriceRule, ...] = Field(min_length=1, description="the first that covers applies")
    called_zone_supplements_minor: dict[Word, int] = Field(default_factory=dict)
    """What a unit costs more for a called party who is roaming, by zone."""

    def rate(self, calling: Subscriber, called: Subscriber) -> Price:
        """The price of one started unit of a collect call from `calling` to `called`.

        Raises:
            TariffGap: no rule covers the two, or the called party's zone has no supplement.
        """
        rule = next((rule for rule in self.rules if rule.covers(calling, called)), None)
        zones = {"home": 0} | self.called_zone_supplements_minor
        if rule is None or called.roaming not in zones:
            raise TariffGap(
                f"tariff {self.operator} {self.version} has no price for a caller in "
                f"{calling.region}/{calling.roaming} and a called party in "
                f"{called.region}/{called.roaming}: add a rule or a supplement."
            )
        return Price(
            unit_price_minor=rule.price_minor + zones[called.roaming],
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
