"""``collectcall refund``: to whoever paid."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from agi.charging.calls import CallBook
from agi.domain.call import Call, CallRules, refuse
from agi.domain.commands import Settle
from agi.domain.dispositions import Disposition
from agi.domain.tariff import Price
from agi.domain.terms import Terms
from agi.store.redis import Store
from tests.cli.conftest import Cli

ANNA, BORIS = "9110000001", "9110000002"
InStore = Callable[[Callable[[Store], Awaitable[None]]], None]


@pytest.mark.parametrize(
    ("terms", "payer"),
    [(Terms.ASKED, BORIS), (Terms.WHITE_LISTED, BORIS), (Terms.ORDINARY, ANNA)],
)
def test_a_refund_goes_to_the_payer_once(
    cli: Cli, in_store: InStore, terms: Terms, payer: str
) -> None:
    for number in (ANNA, BORIS):
        cli("subscriber", "add", number, "--operator", "mts-ru", "--balance", "10")

    async def work(store: Store) -> None:
        call = Call(
            call_id="cc-1",
            owner=payer,
            calling=ANNA,
            called=BORIS,
            operator="mts-ru",
            access_code="0880",
            calling_channel="PJSIP/x",
            started_at_ms=0,
            price=Price(300, "RUB", 60_000, "1", "any"),
            terms=terms,
        )
        step = refuse(call, Disposition.UNAVAILABLE, CallRules(15_000, 10_000), 0)
        assert isinstance(step.charge, Settle)
        cdr = replace(step.charge.cdr, charged_minor=600, minutes=2)
        await CallBook(store).commit(
            None, replace(step, charge=replace(step.charge, cdr=cdr)), 0, 0
        )

    in_store(work)
    for applied in (True, False):
        row = cli("refund", "cc-1", "--reason", "bad line")
        assert row == {
            "number": payer,
            "id": "cc-1",
            "amount_minor": 600,
            "applied": applied,
            "currency": "RUB",
            "balance_minor": 1600,
        }
    balances = {number: cli("account", number)["balance_minor"] for number in (ANNA, BORIS)}
    assert balances == {ANNA: 1000, BORIS: 1000} | {payer: 1600}


def test_what_was_no_call_is_not_refunded(cli: Cli) -> None:
    assert "no call 'cc-9'" in cli.error("refund", "cc-9", "--reason", "bad line")
