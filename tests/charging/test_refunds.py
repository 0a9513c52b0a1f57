"""Refunds and corrections against a real Redis: entries of the ledger like any other."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from agi.charging.accounts import NotCovered, OperationConflict, Posted
from agi.domain.cdr import Cdr
from agi.domain.dispositions import Disposition
from agi.domain.errors import BadAmount
from agi.domain.terms import Terms
from tests.charging.till import NOW_MS, PAYER, Till

CDR = Cdr(
    call_id="cc-1",
    calling="9110000001",
    called=PAYER,
    operator="mts-ru",
    access_code="0880",
    disposition=Disposition.ANSWERED,
    consent=True,
    consent_at_ms=NOW_MS,
    consent_digits="1",
    started_at_ms=NOW_MS,
    answered_at_ms=NOW_MS,
    ended_at_ms=NOW_MS,
    talk_ms=61_000,
    minutes=2,
    price_minor_per_minute=300,
    charged_minor=600,
    currency="RUB",
    tariff_version="1",
    release_cause="calling_party",
)


async def test_a_call_is_refunded_once_however_many_try(till: Till) -> None:
    await till.open_account(100)
    tries = (till.accounts.refund(CDR, "bad line", NOW_MS) for _ in range(100))
    done = await asyncio.gather(*tries)
    assert sum(one.applied for one in done) == 1
    entry = (await till.accounts.ledger(PAYER))[-1]
    assert (entry.reason, entry.call_id, entry.amount_minor) == ("refund", "cc-1", 600)
    assert entry.note == "bad line"
    await till.audit(700, 0)


async def test_an_ordinary_call_is_refunded_to_its_caller(till: Till) -> None:
    await till.open_account(100)
    await till.open_account(50, CDR.calling)
    await till.accounts.refund(replace(CDR, terms=Terms.ORDINARY), "bad line", NOW_MS)
    await till.audit(650, 0, CDR.calling)
    await till.audit(100, 0)


async def test_what_cost_nothing_is_not_refunded(till: Till) -> None:
    await till.open_account(0)
    with pytest.raises(BadAmount, match="cc-1"):
        await till.accounts.refund(replace(CDR, charged_minor=0), "why", NOW_MS)


async def test_a_refund_says_why(till: Till) -> None:
    await till.open_account(0)
    with pytest.raises(BadAmount, match="give a reason"):
        await till.accounts.refund(CDR, "", NOW_MS)
    await till.audit(0, 0)


async def test_a_correction_has_its_sign_and_its_reason(till: Till) -> None:
    await till.open_account(100)
    assert await till.accounts.correct(PAYER, -40, "k", "typo", NOW_MS) == Posted(True, 60)
    assert await till.accounts.correct(PAYER, -40, "k", "typo", NOW_MS) == Posted(False, 60)
    entry = (await till.accounts.ledger(PAYER))[-1]
    assert (entry.reason, entry.amount_minor, entry.note) == ("correction", -40, "typo")
    with pytest.raises(OperationConflict):
        await till.accounts.correct(PAYER, 40, "k", "typo", NOW_MS)
    with pytest.raises(BadAmount):
        await till.accounts.correct(PAYER, 0, "z", "typo", NOW_MS)
    await till.audit(60, 0)


async def test_corrections_never_take_more_than_there_is(till: Till) -> None:
    await till.open_account(100)
    tries = (till.accounts.correct(PAYER, -30, f"k{n}", "drain", NOW_MS) for n in range(10))
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, Posted) for one in done) == 3
    assert all(isinstance(one, Posted | NotCovered) for one in done)
    await till.audit(10, 0)
