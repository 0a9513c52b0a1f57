"""Rating: the shipped prices row by row, and what holds for every price."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agi import catalogue
from agi.domain.errors import TariffGap
from agi.domain.subscribers import Subscriber
from agi.domain.tariff import Price, PriceRule, Tariff

SHIPPED = catalogue.load()
TODAY = date(2026, 1, 1)
PRICES = st.builds(
    Price,
    unit_price_minor=st.integers(1, 10_000),
    currency=st.just("RUB"),
    unit_ms=st.integers(200, 120_000),
    tariff_version=st.just("1"),
    rule=st.just("any"),
)


def subscriber(operator: str, where: str) -> Subscriber:
    """`where` is ``region`` or ``region/zone``."""
    region, _, zone = where.partition("/")
    return Subscriber("9110000001", operator, region, roaming=zone or "home")


@pytest.mark.parametrize(
    ("operator", "calling", "called", "price_minor", "rule"),
    [
        ("mts-ru", "moscow", "moscow", 300, "same-region"),
        ("mts-ru", "moscow", "vladivostok", 500, "other-region"),
        ("mts-ru", "moscow/ru", "moscow", 890, "caller-travelling"),
        ("mts-ru", "moscow/ru", "vladivostok", 890, "caller-travelling"),
        ("mts-ru", "moscow/world-20", "moscow", 2000, "caller-abroad-20"),
        ("mts-ru", "moscow/world-80", "vladivostok", 8000, "caller-abroad-80"),
        ("mts-ru", "moscow", "moscow/ru", 800, "same-region"),
        ("mts-ru", "moscow", "vladivostok/world-80", 1000, "other-region"),
        ("mts-ru", "moscow/ru", "moscow/world-20", 1390, "caller-travelling"),
        ("mts-ru", "moscow/world-80", "moscow/world-80", 8500, "caller-abroad-80"),
        ("beeline-ru", "moscow", "moscow", 300, "same-region"),
        ("beeline-ru", "moscow", "vladivostok", 500, "other-region"),
        ("beeline-ru", "moscow/ru", "moscow/world-20", 300, "same-region"),
        ("tele2-kz", "almaty", "almaty", 1300, "any"),
        ("tele2-kz", "almaty/world-20", "astana/ru", 1300, "any"),
    ],
)
def test_shipped_prices(
    operator: str, calling: str, called: str, price_minor: int, rule: str
) -> None:
    payer = subscriber(operator, called)
    valid = SHIPPED.tariff_for(payer, TODAY)
    price = valid.rate(subscriber(operator, calling), payer)
    assert (price.unit_price_minor, price.rule) == (price_minor, rule)
    assert (price.currency, price.unit_ms) == (SHIPPED.operator(operator).currency, 60_000)
    assert price.tariff_version == valid.version


@given(st.data())
def test_every_pair_of_subscribers_has_a_price(data: st.DataObject) -> None:
    rule = data.draw(st.sampled_from([r for r in SHIPPED.operators.values() if r.collect]))
    where = st.tuples(st.sampled_from(["moscow", "almaty", "x"]), st.sampled_from(rule.zones))
    calling, called = (subscriber(rule.id, "/".join(data.draw(where))) for _ in range(2))
    price = SHIPPED.tariff_for(called, TODAY).rate(calling, called)
    assert price.unit_price_minor > 0


@pytest.mark.parametrize(
    ("operator", "price_minor"), [("mts-ru", 200), ("beeline-ru", 200), ("tele2-kz", 1000)]
)
def test_shipped_prices_of_ordinary_calls(operator: str, price_minor: int) -> None:
    calling, called = subscriber(operator, "x/world-80"), subscriber(operator, "y/ru")
    price = SHIPPED.tariff_for(calling, TODAY).rate_ordinary(calling, called)
    # The called party's roaming is not the caller's to pay.
    assert (price.unit_price_minor, price.rule) == (price_minor, "any")


def tariff(*rules: dict[str, object], **more: object) -> Tariff:
    return Tariff.model_validate(
        {
            "operator": "mts-ru",
            "version": "1",
            "valid_from": TODAY,
            "currency": "RUB",
            "rules": rules or [{"name": "any", "price_minor": 1}],
        }
        | more
    )


def test_a_tariff_says_where_it_has_a_gap() -> None:
    gappy = tariff({"name": "home", "calling_zones": ["home"], "price_minor": 1})
    home, away = subscriber("mts-ru", "moscow"), subscriber("mts-ru", "moscow/ru")
    assert gappy.rate(home, home).unit_price_minor == 1
    for calling, called in ((away, home), (home, away)):
        with pytest.raises(TariffGap, match=r"moscow/ru.*add a rule or a supplement"):
            gappy.rate(calling, called)
    with pytest.raises(TariffGap, match="mts-ru 1 has no price of an ordinary call"):
        gappy.rate_ordinary(home, home)


CONDITIONS = [
    ({"calling_zones": ["ru", "world-20"]}, "moscow/ru", "moscow", "moscow", "moscow"),
    ({"called_zones": ["home"]}, "moscow/ru", "moscow", "moscow", "moscow/ru"),
    ({"calling_regions": ["omsk"]}, "omsk", "moscow", "moscow", "omsk"),
    ({"called_regions": ["omsk", "tomsk"]}, "moscow", "tomsk", "tomsk", "moscow"),
    ({"same_region": True}, "omsk", "omsk/ru", "omsk", "tomsk"),
    ({"same_region": False}, "omsk", "tomsk", "omsk", "omsk"),
    (
        {"calling_regions": ["omsk"], "called_regions": ["tomsk"]},
        "omsk",
        "tomsk",
        "tomsk",
        "omsk",
    ),
    (
        {"calling_zones": ["ru"], "called_zones": ["home"], "same_region": True},
        "omsk/ru",
        "omsk",
        "omsk/ru",
        "tomsk",
    ),
]


@pytest.mark.parametrize(("given_", "calling", "called", "not_calling", "not_called"), CONDITIONS)
def test_a_rule_covers_where_all_its_conditions_hold(
    given_: dict[str, object], calling: str, called: str, not_calling: str, not_called: str
) -> None:
    rule = PriceRule.model_validate({"name": "x", "price_minor": 1} | given_)
    assert rule.covers(subscriber("mts-ru", calling), subscriber("mts-ru", called))
    assert not rule.covers(subscriber("mts-ru", not_calling), subscriber("mts-ru", not_called))
    conditions = rule.conditions(subscriber("mts-ru", calling), subscriber("mts-ru", called))
    assert {condition.name for condition in conditions} == given_.keys()


def test_a_condition_is_shown_beside_what_it_is_compared_with() -> None:
    rule = PriceRule(name="x", calling_zones=frozenset({"ru"}), same_region=True, price_minor=1)
    zone, region = rule.conditions(subscriber("mts-ru", "omsk"), subscriber("mts-ru", "omsk"))
    assert (zone.name, set(zone.wanted), zone.found, zone.holds) == (
        "calling_zones",
        {"ru"},
        "home",
        False,
    )
    assert (set(region.wanted), region.found, region.holds) == ({True}, True, True)


def test_the_first_rule_that_covers_applies() -> None:
    two = tariff(
        {
            "name": "omsk-tomsk",
            "calling_regions": ["omsk"],
            "called_regions": ["tomsk"],
            "price_minor": 7,
        },
        {"name": "any", "price_minor": 9},
    )
    there = two.rate(subscriber("mts-ru", "omsk"), subscriber("mts-ru", "tomsk"))
    back = two.rate(subscriber("mts-ru", "tomsk"), subscriber("mts-ru", "omsk"))
    assert (there.rule, there.unit_price_minor) == ("omsk-tomsk", 7)
    assert (back.rule, back.unit_price_minor) == ("any", 9)


def test_an_ordinary_call_has_rules_of_its_own_and_no_supplement() -> None:
    both = tariff(
        ordinary_rules=[{"name": "own", "price_minor": 5}],
        called_zone_supplements_minor={"ru": 3},
    )
    home, away = subscriber("mts-ru", "omsk"), subscriber("mts-ru", "omsk/ru")
    assert (both.supplement_minor(home), both.supplement_minor(away)) == (0, 3)
    assert both.supplement_minor(subscriber("mts-ru", "omsk/world-80")) is None
    assert both.rate(home, away).unit_price_minor == 4
    assert both.rate_ordinary(home, away).unit_price_minor == 5


@pytest.mark.parametrize("price", [0, -1, 1.5, float("nan"), float("inf"), True, "300", None])
def test_a_price_that_is_none_is_refused(price: object) -> None:
    with pytest.raises(ValidationError, match="price_minor"):
        PriceRule.model_validate({"name": "x", "price_minor": price})


@pytest.mark.parametrize("supplement", [-1, 0.5, True, "1"])
def test_a_supplement_that_is_none_is_refused(supplement: object) -> None:
    with pytest.raises(ValidationError, match=r"supplements_minor\.ru"):
        tariff(called_zone_supplements_minor={"ru": supplement})


@pytest.mark.parametrize(
    ("talk_ms", "units"),
    [(0, 1), (1, 1), (59_999, 1), (60_000, 1), (60_001, 2), (120_000, 2), (120_001, 3)],
)
def test_a_started_unit_is_a_whole_one(talk_ms: int, units: int) -> None:
    assert Price(300, "RUB", 60_000, "1", "any").units_started(talk_ms) == units


@pytest.mark.parametrize(
    ("available_minor", "units"), [(-500, 0), (0, 0), (299, 0), (300, 1), (950, 3), (900, 3)]
)
def test_units_that_money_buys(available_minor: int, units: int) -> None:
    assert Price(300, "RUB", 60_000, "1", "any").units_affordable(available_minor) == units


@given(PRICES, st.integers(0, 10_000_000))
def test_started_units_cover_the_talk_and_no_more(price: Price, talk_ms: int) -> None:
    units = price.units_started(talk_ms)
    assert units >= 1
    assert units * price.unit_ms >= talk_ms
    assert units == 1 or (units - 1) * price.unit_ms < talk_ms


@given(PRICES, st.integers(0, 10_000_000), st.integers(0, 10_000_000))
def test_a_longer_talk_never_costs_less(price: Price, one_ms: int, other_ms: int) -> None:
    shorter, longer = sorted((one_ms, other_ms))
    assert price.units_started(shorter) <= price.units_started(longer)


@given(PRICES, st.integers(-1_000_000, 1_000_000))
def test_affordable_units_are_the_most_that_can_be_paid(price: Price, available_minor: int) -> None:
    units = price.units_affordable(available_minor)
    assert units >= 0
    assert units == 0 or units * price.unit_price_minor <= available_minor
    assert (units + 1) * price.unit_price_minor > available_minor
