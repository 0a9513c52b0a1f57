"""The order of prompts, and the grammar of money in words."""

from __future__ import annotations

import pytest

from agi.domain import speech
from agi.domain.dispositions import Disposition
from agi.domain.operators import ConsentKeys


@pytest.mark.parametrize(
    ("amount_minor", "currency", "said"),
    [
        (0, "RUB", "n-0 rub-5"),
        (100, "RUB", "n-1 rub-1"),
        (200, "RUB", "n-2 rub-2"),
        (300, "RUB", "n-3 rub-2"),
        (500, "RUB", "n-5 rub-5"),
        (890, "RUB", "n-8 rub-5 n-90 kop-5"),
        (950, "RUB", "n-9 rub-5 n-50 kop-5"),
        (1100, "RUB", "n-11 rub-5"),
        (1400, "RUB", "n-14 rub-5"),
        (2000, "RUB", "n-20 rub-5"),
        (2100, "RUB", "n-20 n-1 rub-1"),
        (8000, "RUB", "n-80 rub-5"),
        (10000, "RUB", "n-100 rub-5"),
        (11200, "RUB", "n-100 n-12 rub-5"),
        (34200, "RUB", "n-300 n-40 n-2 rub-2"),
        (100000, "RUB", "n-1-f thousand-1 rub-5"),
        (200100, "RUB", "n-2-f thousand-2 n-1 rub-1"),
        (99999900, "RUB", "n-900 n-90 n-9 thousand-5 n-900 n-90 n-9 rub-5"),
        (1, "RUB", "n-1-f kop-1"),
        (22, "RUB", "n-20 n-2-f kop-2"),
        (12, "RUB", "n-12 kop-5"),
        (272, "RUB", "n-2 rub-2 n-70 n-2-f kop-2"),
        (1300, "KZT", "n-13 kzt"),
        (2100, "KZT", "n-20 n-1 kzt"),
        (1301, "KZT", "n-13 kzt n-1 tiyn-1"),
        (2, "KZT", "n-2 tiyn-2"),
        (50, "KZT", "n-50 tiyn-5"),
    ],
)
def test_money(amount_minor: int, currency: str, said: str) -> None:
    assert " ".join(speech.money(amount_minor, currency)) == said


@pytest.mark.parametrize(
    ("amount_minor", "currency", "why"),
    [
        (-1, "RUB", "-1 of RUB"),
        (100_000_000, "RUB", "0 to 999999"),
        (100, "USD", "no recordings for USD"),
    ],
)
def test_money_that_cannot_be_said(amount_minor: int, currency: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        speech.money(amount_minor, currency)


def test_a_phone_number_is_said_digit_by_digit() -> None:
    assert " ".join(speech.phone_number("9123456780")) == "d-9 d-1 d-2 d-3 d-4 d-5 d-6 d-7 d-8 d-0"


@pytest.mark.parametrize(
    ("keys", "menu"),
    [
        (
            ConsentKeys(accept="1", decline="0", price="2"),
            "to-accept-press d-1 to-decline-press d-0 to-hear-price-press d-2",
        ),
        (ConsentKeys(accept="1"), "to-accept-press d-1 to-decline-hang-up"),
        (
            ConsentKeys(accept="*", decline="#"),
            "to-accept-press d-star to-decline-press d-hash",
        ),
    ],
)
def test_the_prompts_offer_the_keys_of_the_operator(keys: ConsentKeys, menu: str) -> None:
    price = "price n-3 rub-2 per-minute"
    who = "incoming-call d-9 d-1 d-6 d-1 d-2 d-3 d-4 d-5 d-6 d-7 at-your-expense"
    assert (
        " ".join(speech.consent_prompt("9161234567", 300, "RUB", keys)) == f"{who} {price} {menu}"
    )
    assert " ".join(speech.price_prompt(300, "RUB", keys)) == f"{price} {menu}"


def test_the_caller_is_told_by_disposition() -> None:
    assert speech.told(Disposition.NO_INPUT) == "told-no-input"
