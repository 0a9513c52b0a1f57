"""What the operators' files allow, and who may call collect by them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agi import catalogue
from agi.domain.operators import ConsentKeys, OperatorRule
from agi.domain.subscribers import Subscriber

SHIPPED = catalogue.load()


@pytest.mark.parametrize(
    ("operator", "keys", "codes"),
    [
        ("mts-ru", ("1", "0", "2", "9"), ["0880N", "0800N", "*880*N#"]),
        ("beeline-ru", ("1", None, None, "9"), ["05050N"]),
        ("tele2-kz", ("1", None, None, None), ["*133*N#"]),
    ],
)
def test_shipped_codes_and_keys(
    operator: str, keys: tuple[str | None, ...], codes: list[str]
) -> None:
    collect = SHIPPED.operator(operator).collect
    assert collect is not None
    given = collect.keys
    assert (given.accept, given.decline, given.price, given.bar) == keys
    assert [str(access) for access in collect.access_codes] == codes


def test_an_operator_may_have_subscribers_and_no_collect_calls() -> None:
    assert SHIPPED.operator("beeline-kz").collect is None


@pytest.mark.parametrize(
    ("operator", "caller", "entitled"),
    [
        ("mts-ru", {}, True),
        ("mts-ru", {"postpaid": True, "blocked": True}, True),
        ("mts-ru", {"plan": "smart"}, True),
        ("mts-ru", {"plan": "klassny"}, False),
        ("mts-ru", {"plan": "klassny-2009"}, False),
        ("beeline-ru", {}, True),
        ("beeline-ru", {"postpaid": True}, False),
        ("beeline-ru", {"blocked": True}, False),
        ("tele2-kz", {"postpaid": True, "blocked": True}, True),
    ],
)
def test_who_may_call_collect(operator: str, caller: dict[str, Any], entitled: bool) -> None:
    collect = SHIPPED.operator(operator).collect
    assert collect is not None
    assert collect.entitles(Subscriber("9110000001", operator, "x", **caller)) is entitled


@pytest.mark.parametrize(
    ("operator", "code", "own"),
    [
        ("mts-ru", "0880", True),
        ("mts-ru", "0800", True),
        ("mts-ru", "*880*", True),
        ("mts-ru", "05050", False),
        ("mts-ru", "", False),
        ("beeline-ru", "05050", True),
        ("beeline-ru", "0880", False),
        ("tele2-kz", "*133*", True),
    ],
)
def test_whose_code_it_is(operator: str, code: str, own: bool) -> None:
    collect = SHIPPED.operator(operator).collect
    assert collect is not None
    assert collect.has_code(code) is own


@pytest.mark.parametrize(
    "keys",
    [
        {"accept": "1", "decline": "1"},
        {"accept": "1", "decline": "0", "price": "0"},
        {"accept": "1", "decline": "0", "price": "2", "bar": "0"},
        {"accept": "12"},
        {"accept": ""},
        {"decline": "0"},
    ],
)
def test_keys_that_can_not_be_told_apart_are_refused(keys: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ConsentKeys.model_validate(keys)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", "MTS"),
        ("currency", "roubles"),
        ("default_region", "New York"),
        ("postpaid_credit_limit_minor", -1),
        ("numbering", {"country_code": "+7"}),
        ("colour", "red"),
        ("collect", {"access_codes": [], "keys": {"accept": "1"}}),
        ("collect", {"access_codes": ["08xN"], "keys": {"accept": "1"}}),
        ("collect", {"access_codes": ["*1*N##"], "keys": {"accept": "1"}}),
        ("collect", {"access_codes": ["0880"], "keys": {"accept": "1"}}),
        ("lists", {"most": 0}),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", ""),
        ("time_zone", "Europe"),
        ("time_zone", "/etc/passwd"),
    ],
)
def test_a_wrong_value_is_named_by_its_key(key: str, value: object) -> None:
    good = {
        "id": "x",
        "name": "X",
        "currency": "RUB",
        "time_zone": "Europe/Moscow",
        "default_region": "moscow",
    }
    assert OperatorRule.model_validate(good).zones == ("home",)
    with pytest.raises(ValidationError) as refused:
        OperatorRule.model_validate(good | {key: value})
    assert refused.value.errors()[0]["loc"][0] == key


@pytest.mark.parametrize(
    ("operator", "use", "names"),
    [
        ("mts-ru", "collect", {"requests-a-day"}),
        ("mts-ru", "call_me", {"after-failed-calls", "messages-a-day"}),
        ("mts-ru", "top_up", {"top-up-a-day", "messages-a-day"}),
        ("mts-ru", "white_list", {"messages-a-day"}),
        ("beeline-ru", "collect", {"requests-a-day"}),
        ("beeline-ru", "call_back", set()),
        ("tele2-kz", "collect", set()),
    ],
)
def test_the_limits_of_a_use_without_those_that_are_off(
    operator: str, use: str, names: set[str]
) -> None:
    assert {limit.name for limit in SHIPPED.operator(operator).limits_on(use)} == names
