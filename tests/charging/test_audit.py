"""The audit finds nothing in good books, and each kind of damage in damaged ones."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest

from agi.charging import audit
from agi.domain.dispositions import Disposition
from agi.domain.events import (
    CallEnded,
    ConsentAsked,
    ConsentGiven,
    ReleaseCause,
    TalkEnded,
    TalkStarted,
)
from agi.store import keys
from tests.charging.till import NOW_MS, PAYER, Till

TALK = (ConsentAsked("PJSIP/b"), ConsentGiven(NOW_MS, "1", 900), TalkStarted(1_000, NOW_MS))
END = (
    TalkEnded(31_000),
    CallEnded(31_000, NOW_MS, Disposition.ANSWERED, ReleaseCause.CALLING_PARTY),
)


@pytest.fixture
async def books(till: Till) -> Till:
    """One call that was settled, one that is talking, one that was only offered."""
    await till.open_account(2_000)
    await till.accounts.credit(PAYER, 100, "shop", NOW_MS)
    for call_id in ("settled", "talking", "offered"):
        await till.offer(call_id)
    await till.apply("settled", *TALK, *END)
    await till.apply("talking", *TALK)
    return till


async def test_good_books_agree(books: Till) -> None:
    assert await audit.run(books.store) == []


async def _change_a_row(till: Till, key: str, position: int, **changes: object) -> None:
    row = json.loads(await till.store.client.lindex(key, position))
    await till.store.client.lset(key, position, json.dumps(row | changes))


async def _drop_the_last_entry(till: Till) -> None:
    await till.store.client.rpop(keys.ledger(PAYER))


async def _take_money(till: Till) -> None:
    await till.store.client.hincrby(keys.account(PAYER), "balance_minor", -1)


async def _reserve(till: Till) -> None:
    await till.store.client.hincrby(keys.account(PAYER), "reserved_minor", 300)


async def _raise_the_floor(till: Till) -> None:
    await till.store.client.hset(keys.account(PAYER), "floor_minor", "1900")


async def _change_an_amount(till: Till) -> None:
    await _change_a_row(till, keys.ledger(PAYER), -1, amount_minor="-299")


async def _repeat_a_debit(till: Till) -> None:
    row = await till.store.client.lindex(keys.ledger(PAYER), -1)
    await till.store.client.rpush(keys.ledger(PAYER), row)


async def _lose_the_cdr(till: Till) -> None:
    await till.store.client.rpop(keys.cdrs(PAYER))


async def _repeat_the_cdr(till: Till) -> None:
    row = await till.store.client.lindex(keys.cdrs(PAYER), -1)
    await till.store.client.rpush(keys.cdrs(PAYER), row)


async def _lose_the_consent(till: Till) -> None:
    await _change_a_row(till, keys.cdrs(PAYER), -1, consent=False)


async def _charge_without_a_bridge(till: Till) -> None:
    await _change_a_row(till, keys.cdrs(PAYER), -1, disposition="declined")


async def _charge_more(till: Till) -> None:
    await _change_a_row(till, keys.cdrs(PAYER), -1, minutes=2, charged_minor=600)


async def _talk_longer_than_paid(till: Till) -> None:
    await _change_a_row(till, keys.cdrs(PAYER), -1, talk_ms=61_001)


async def _lose_a_live_call(till: Till) -> None:
    await till.store.client.zrem(keys.CALL_AGENDA, f"{PAYER}/talking")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (_drop_the_last_entry, "the ledger's sum"),
        (_take_money, "the ledger's sum"),
        (_reserve, "is reserved"),
        (_raise_the_floor, "under the floor"),
        (_change_an_amount, "says balance"),
        (_repeat_a_debit, "was debited 2 times"),
        (_lose_the_cdr, "no CDR"),
        (_repeat_the_cdr, "2 CDRs"),
        (_lose_the_consent, "without a consent"),
        (_charge_without_a_bridge, "charged, and declined"),
        (_charge_more, "the CDR says 2 for 600"),
        (_talk_longer_than_paid, "talked for 61001 ms, paid for 60000"),
        (_lose_a_live_call, "no such live call"),
    ],
)
async def test_damage_is_found(
    books: Till, damage: Callable[[Till], Awaitable[None]], told: str
) -> None:
    await damage(books)
    assert any(told in one.what for one in await audit.run(books.store))
