"""Amounts as people write them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi.domain.errors import BadAmount
from agi.domain.money import MOST_MINOR, format_amount, parse_amount


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("100", 10_000),
        ("100.00", 10_000),
        ("9.50", 950),
        ("9,5", 950),
        ("0.05", 5),
        ("0", 0),
        ("-3.5", -350),
        ("+1", 100),
        (" 7 ", 700),
        ("007", 700),
        ("100000000000", MOST_MINOR),
    ],
)
def test_amounts(text: str, minor: int) -> None:
    assert parse_amount(text) == minor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "1.",
        ".5",
        "1.005",
        "1.2.3",
        "1e3",
        "0x10",
        "1_000",
        "1 000",
        "nan",
        "inf",
        "١",
        "5 RUB",
    ],
)
def test_no_amounts(text: str) -> None:
    with pytest.raises(BadAmount, match=r"write it like 100 or 9\.50"):
        parse_amount(text)


@pytest.mark.parametrize("text", ["100000000000.01", "-100000000001", "9" * 10_000])
def test_too_large_amounts(text: str) -> None:
    with pytest.raises(BadAmount, match=r"too large: at most 100000000000\.00"):
        parse_amount(text)


@given(st.integers(-MOST_MINOR, MOST_MINOR))
def test_what_is_shown_can_be_read_back(minor: int) -> None:
    assert parse_amount(format_amount(minor)) == minor


@given(st.text(max_size=20))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    with suppress(BadAmount):
        assert abs(parse_amount(text)) <= MOST_MINOR
