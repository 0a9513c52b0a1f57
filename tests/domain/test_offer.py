"""The first reason against a call, from tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agi import catalogue
from agi.domain.dispositions import Disposition
from agi.domain.offer import Request, funds_refusal, no_funds, passed, refusal
from agi.domain.subscribers import Subscriber
from agi.domain.tariff import Price
from agi.domain.terms import Terms

SHIPPED = catalogue.load()
CALLER = Subscriber("9110000001", "mts-ru", "moscow")
CALLED = Subscriber("9110000002", "mts-ru", "moscow")
GOOD = Request(
    caller=CALLER,
    rule=SHIPPED.operator("mts-ru").collect,
    access_code="0880",
    number=CALLED.number,
    called=CALLED,
)
PRICE = Price(300, "RUB", 60_000, "1", "any")

ABROAD = replace(GOOD, caller=replace(CALLER, roaming="world-20"), caller_abroad=True)
ORDINARY = replace(GOOD, access_code=None, terms=Terms.ORDINARY)
UNENTITLED = replace(CALLER, plan="klassny")
STRANGER = replace(CALLED, operator="beeline-ru")


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (GOOD, None),
        (replace(GOOD, caller=replace(CALLER, blocked=True, roaming="world-80")), None),
        (replace(GOOD, called=replace(CALLED, postpaid=True)), None),
        (replace(GOOD, number=None, called=None), Disposition.BAD_NUMBER),
        (replace(GOOD, number=CALLER.number, called=CALLER), Disposition.OWN_NUMBER),
        (replace(GOOD, called=None), Disposition.UNKNOWN_NUMBER),
        (replace(GOOD, called=STRANGER), Disposition.OTHER_OPERATOR),
        (replace(GOOD, rule=None), Disposition.OTHER_CODE),
        (replace(GOOD, caller=UNENTITLED), Disposition.NOT_ENTITLED),
        (replace(GOOD, access_code="05050"), Disposition.OTHER_CODE),
        (replace(GOOD, called=replace(CALLED, opted_out=True)), Disposition.OPTED_OUT),
        (replace(GOOD, called=replace(CALLED, opted_out_abroad=True)), None),
        (replace(GOOD, barred=True), Disposition.BARRED),
        (replace(GOOD, terms=Terms.WHITE_LISTED), None),
        # Callers abroad are refused, or taken, apart from those inside the country.
        (replace(ABROAD, called=replace(CALLED, opted_out=True)), None),
        (replace(ABROAD, called=replace(CALLED, opted_out_abroad=True)), Disposition.OPTED_OUT),
        # An ordinary call is the caller's own affair.
        (ORDINARY, None),
        (replace(ORDINARY, rule=None), None),
        (replace(ORDINARY, caller=UNENTITLED), None),
        (replace(ORDINARY, called=replace(CALLED, opted_out=True, blocked=True)), None),
        (replace(ORDINARY, caller=replace(CALLER, blocked=True)), Disposition.NOT_ENTITLED),
        (replace(ORDINARY, called=None), Disposition.UNKNOWN_NUMBER),
        (replace(ORDINARY, called=STRANGER), Disposition.OTHER_OPERATOR),
        (replace(ORDINARY, number=CALLER.number, called=CALLER), Disposition.OWN_NUMBER),
        # Of several reasons the one about the number comes first.
        (replace(GOOD, caller=UNENTITLED, number=None), Disposition.BAD_NUMBER),
        (replace(GOOD, caller=UNENTITLED, called=None), Disposition.UNKNOWN_NUMBER),
        (replace(GOOD, caller=UNENTITLED, called=STRANGER), Disposition.OTHER_OPERATOR),
        # What the called party wants comes before the caller's contract.
        (
            replace(GOOD, caller=UNENTITLED, called=replace(CALLED, opted_out=True)),
            Disposition.OPTED_OUT,
        ),
        (replace(GOOD, caller=UNENTITLED, barred=True), Disposition.BARRED),
        (replace(GOOD, caller=UNENTITLED, terms=Terms.WHITE_LISTED), Disposition.NOT_ENTITLED),
        (
            replace(GOOD, called=replace(CALLED, opted_out=True), terms=Terms.WHITE_LISTED),
            Disposition.OPTED_OUT,
        ),
        (replace(GOOD, access_code="05050", number=None), Disposition.OTHER_CODE),
        (
            replace(GOOD, called=replace(CALLED, opted_out=True), barred=True),
            Disposition.OPTED_OUT,
        ),
    ],
)
def test_reasons(request_: Request, reason: Disposition | None) -> None:
    assert refusal(request_) is reason


@pytest.mark.parametrize(
    ("payer", "available_minor", "refused"),
    [
        (CALLED, 300, False),
        (CALLED, 100_000, False),
        (CALLED, 299, True),
        (CALLED, 0, True),
        (CALLED, -1, True),
        (replace(CALLED, blocked=True), 100_000, True),
    ],
)
def test_one_unit_must_be_paid_for(payer: Subscriber, available_minor: int, refused: bool) -> None:
    assert funds_refusal(payer, PRICE, available_minor) is refused


def test_a_refusal_for_want_of_money_names_whose() -> None:
    assert no_funds(Terms.ASKED) is no_funds(Terms.WHITE_LISTED) is Disposition.NO_FUNDS
    assert no_funds(Terms.ORDINARY) is Disposition.CALLER_NO_FUNDS


def test_every_check_of_the_kind_of_call_was_passed_by_an_offer() -> None:
    assert "not barred" in passed(None)
    assert "not barred" not in passed(None, Terms.ORDINARY)
    assert passed(Disposition.OTHER_CODE) == ()
    assert passed(Disposition.CALLER_NO_FUNDS, Terms.ORDINARY)[-1] == "entitled"
