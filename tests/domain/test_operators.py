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
        ("mts-ru", ("1", "0", "2"), [("0880", ""), ("0800", ""), ("*880*", "#")]),
        ("beeline-ru", ("1", None, None), [("05050", "")]),
        ("tele2-kz", ("1", None, None), [("*133*", "#")]),
    ],
)
def test_shipped_codes_and_keys(
    operator: str, keys: tuple[str | None, ...], codes: list[tuple[str, str]]
) -> None:
    collect = SHIPPED.operator(operator).collect
    assert collect is not None
    assert (collect.keys.accept, collect.keys.decline, collect.keys.price) == keys
    assert [(access.code, access.suffix) for access in collect.access_codes] == codes


def test_an_operator_may_have_subscribers_and_no_collect_calls() -> None:
    assert SHIPPED.operator("beeline-kz").collect is None


@pytest.mark.parametrize(
    ("operator", "code", "caller", "entitled"),
    [
        ("mts-ru", "0880", {}, True),
        ("mts-ru", "0800", {"postpaid": True, "blocked": True}, True),
        ("mts-ru", "*880*", {"plan": "smart"}, True),
        ("mts-ru", "0880", {"plan": "klassny"}, False),
        ("mts-ru", "0880", {"plan": "klassny-2009"}, False),
        ("mts-ru", "05050", {}, False),
        ("beeline-ru", "05050", {}, True),
        ("beeline-ru", "05050", {"postpaid": True}, False),
        ("beeline-ru", "05050", {"blocked": True}, False),
        ("beeline-ru", "0880", {}, False),
        ("tele2-kz", "*133*", {"postpaid": True, "blocked": True}, True),
    ],
)
def test_who_may_call_collect(
    operator: str, code: str, caller: dict[str, Any], entitled: bool
) -> None:
    collect = SHIPPED.operator(operator).collect
    assert collect is not None
    assert collect.entitles(Subscriber("9110000001", operator, "x", **caller), code) is entitled


@pytest.mark.parametrize(
    "keys",
    [
        {"accept": "1", "decline": "1"},
        {"accept": "1", "decline": "0", "price": "0"},
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
        ("collect", {"access_codes": [{"code": "08x"}], "keys": {"accept": "1"}}),
        ("collect", {"access_codes": [{"code": "*1*", "suffix": "##"}], "keys": {"accept": "1"}}),
    ],
)
def test_a_wrong_value_is_named_by_its_key(key: str, value: object) -> None:
    good = {"id": "x", "name": "X", "currency": "RUB", "default_region": "moscow"}
    assert OperatorRule.model_validate(good).zones == ("home",)
    with pytest.raises(ValidationError) as refused:
        OperatorRule.model_validate(good | {key: value})
    assert refused.value.errors()[0]["loc"][0] == key
