"""The first reason against a call, from tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agi import catalogue
from agi.domain.dispositions import Disposition
from agi.domain.offer import Request, funds_refusal, refusal
from agi.domain.subscribers import Subscriber
from agi.domain.tariff import Price

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
        (replace(GOOD, rule=None), Disposition.NOT_ENTITLED),
        (replace(GOOD, caller=UNENTITLED), Disposition.NOT_ENTITLED),
        (replace(GOOD, access_code="05050"), Disposition.NOT_ENTITLED),
        (replace(GOOD, called=replace(CALLED, opted_out=True)), Disposition.OPTED_OUT),
        # Of several reasons the one about the number comes first.
        (replace(GOOD, caller=UNENTITLED, number=None), Disposition.BAD_NUMBER),
        (replace(GOOD, caller=UNENTITLED, called=None), Disposition.UNKNOWN_NUMBER),
        (replace(GOOD, caller=UNENTITLED, called=STRANGER), Disposition.OTHER_OPERATOR),
        (
            replace(GOOD, caller=UNENTITLED, called=replace(CALLED, opted_out=True)),
            Disposition.NOT_ENTITLED,
        ),
    ],
)
def test_reasons(request_: Request, reason: Disposition | None) -> None:
    assert refusal(request_) is reason


@pytest.mark.parametrize(
    ("called", "available_minor", "reason"),
    [
        (CALLED, 300, None),
        (CALLED, 100_000, None),
        (CALLED, 299, Disposition.NO_FUNDS),
        (CALLED, 0, Disposition.NO_FUNDS),
        (CALLED, -1, Disposition.NO_FUNDS),
        (replace(CALLED, blocked=True), 100_000, Disposition.NO_FUNDS),
    ],
)
def test_one_unit_must_be_paid_for(
    called: Subscriber, available_minor: int, reason: Disposition | None
) -> None:
    assert funds_refusal(called, PRICE, available_minor) is reason
