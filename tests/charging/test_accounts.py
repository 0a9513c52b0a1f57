"""Credits against a real Redis: each has effect once, and all of them are in the ledger."""

from __future__ import annotations

import asyncio

import pytest

from agi.charging.accounts import NoAccount, OperationConflict, Posted
from agi.domain.errors import BadAmount
from tests.charging.till import NOW_MS, PAYER, Till


async def test_a_credit_is_repeated_without_effect(till: Till) -> None:
    await till.open_account(1_000)
    assert await till.accounts.credit(PAYER, 250, "shop-1", NOW_MS) == Posted(True, 1_250)
    assert await till.accounts.credit(PAYER, 250, "shop-1", NOW_MS) == Posted(False, 1_250)
    await till.audit(1_250, 0)


async def test_an_id_with_another_amount_is_an_error_that_changes_nothing(till: Till) -> None:
    await till.open_account(0)
    await till.accounts.credit(PAYER, 250, "shop-1", NOW_MS)
    with pytest.raises(OperationConflict, match=r"shop-1' of 9110000002.*2\.50, not 0\.25:"):
        await till.accounts.credit(PAYER, 25, "shop-1", NOW_MS)
    await till.audit(250, 0)


async def test_an_id_belongs_to_its_account(till: Till) -> None:
    await till.open_account(0)
    await till.open_account(0, "9110000003")
    for number, amount in ((PAYER, 10), ("9110000003", 20)):
        assert (await till.accounts.credit(number, amount, "shop-1", NOW_MS)).applied
    await till.audit(10, 0)
    await till.audit(20, 0, "9110000003")


@pytest.mark.parametrize("operation", ["debit:cc-1:1", "credit:x", "x:1", "%d", "рубль"])
async def test_no_id_is_taken_for_another_operation(till: Till, operation: str) -> None:
    await till.open_account(0)
    await till.accounts.credit(PAYER, 10, "x", NOW_MS)
    assert (await till.accounts.credit(PAYER, 10, operation, NOW_MS)).applied
    await till.audit(20, 0)


async def test_who_has_no_account_gets_no_money(till: Till) -> None:
    with pytest.raises(NoAccount, match="9110000002"):
        await till.accounts.credit(PAYER, 10, "x", NOW_MS)
    assert await till.accounts.get(PAYER) is None
    assert await till.accounts.ledger(PAYER) == []


@pytest.mark.parametrize("amount", [0, -1])
async def test_a_credit_adds_something(till: Till, amount: int) -> None:
    await till.open_account(5)
    with pytest.raises(BadAmount):
        await till.accounts.credit(PAYER, amount, "x", NOW_MS)
    await till.audit(5, 0)


async def test_a_hundred_at_once_with_one_id(till: Till) -> None:
    await till.open_account(0)
    jobs = [till.accounts.credit(PAYER, 7, "one", NOW_MS) for _ in range(100)]
    results = await asyncio.gather(*jobs)
    assert sum(result.applied for result in results) == 1
    assert {result.balance_minor for result in results} == {7}
    await till.audit(7, 0)


async def test_a_hundred_at_once_with_one_id_and_two_amounts(till: Till) -> None:
    await till.open_account(0)
    jobs = [till.accounts.credit(PAYER, 7 + n % 2, "one", NOW_MS) for n in range(100)]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert sum(isinstance(result, OperationConflict) for result in results) == 50
    account = await till.accounts.get(PAYER)
    assert account is not None
    await till.audit(account.balance_minor, 0)
    assert account.balance_minor in (7, 8)


async def test_a_hundred_at_once_with_ids_of_their_own(till: Till) -> None:
    await till.open_account(50)
    jobs = [till.accounts.credit(PAYER, 1 + n, f"id-{n}", NOW_MS) for n in range(100)]
    assert all(result.applied for result in await asyncio.gather(*jobs))
    await till.audit(50 + 5_050, 0)


async def test_large_amounts_stay_exact(till: Till) -> None:
    await till.open_account(10**13 + 1)
    result = await till.accounts.credit(PAYER, 10**13 + 2, "large", NOW_MS)
    assert result.balance_minor == 2 * 10**13 + 3
    await till.audit(2 * 10**13 + 3, 0)
    opening, credit = await till.accounts.ledger(PAYER)
    assert (opening.reason, opening.amount_minor) == ("opening", 10**13 + 1)
    assert (credit.reason, credit.amount_minor, credit.at_ms) == ("credit", 10**13 + 2, NOW_MS)


async def test_an_account_below_zero_can_be_topped_up(till: Till) -> None:
    await till.open_account(-400, floor=-1_000)
    account = await till.accounts.get(PAYER)
    assert account is not None
    assert account.available_minor == 600
    assert (await till.accounts.credit(PAYER, 150, "x", NOW_MS)).balance_minor == -250
    await till.audit(-250, 0)


async def test_a_credit_without_a_key_is_none(till: Till) -> None:
    await till.open_account(5)
    with pytest.raises(BadAmount, match="key"):
        await till.accounts.credit(PAYER, 10, "", NOW_MS)
    await till.audit(5, 0)


async def test_a_balance_that_would_not_be_exact_is_none(till: Till) -> None:
    """Beyond 2^53 the scripts' numbers skip kopecks."""
    await till.open_account(1)
    most = 9 * 10**15
    with pytest.raises(BadAmount, match="9110000002 would have more than an account can hold"):
        await till.accounts.credit(PAYER, most, "x", NOW_MS)
    assert (await till.accounts.credit(PAYER, most - 1, "x", NOW_MS)).balance_minor == most
    await till.audit(most, 0)


async def test_a_correction_has_a_key_and_says_why(till: Till) -> None:
    await till.open_account(100)
    with pytest.raises(BadAmount, match="give a reason"):
        await till.accounts.correct(PAYER, 5, "x", " ", NOW_MS)
    with pytest.raises(BadAmount, match="key"):
        await till.accounts.correct(PAYER, 5, "", "typo", NOW_MS)
    await till.audit(100, 0)
