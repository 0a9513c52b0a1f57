"""Money and calls in a real Redis, with a hundred workers at them."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from agi.charging import cdrs
from agi.charging.calls import Outcome
from agi.domain import events
from agi.domain.call import Phase, Step, advance, refuse
from agi.domain.commands import Debit
from agi.domain.dispositions import Disposition
from agi.store import keys
from tests.charging.till import NOW_MS, PAYER, Till
from tests.domain.calls import ASKED, GIVEN, RULES, START_MS, STARTED, ended, offered, tick

TWO_UNITS = (ASKED, GIVEN, STARTED, tick(START_MS + 45_000), events.LimitMoved(2))


async def test_a_whole_call_is_paid_for_unit_by_unit(till: Till) -> None:
    await till.open_account(1_000)
    await till.offer("cc-1.1")
    await till.audit(1_000, 0)
    await till.apply("cc-1.1", ASKED, GIVEN)
    await till.audit(1_000, 300)
    await till.apply("cc-1.1", STARTED)
    await till.audit(700, 0)
    await till.apply("cc-1.1", tick(START_MS + 45_000), events.LimitMoved(2))
    await till.audit(700, 300)
    await till.apply("cc-1.1", tick(START_MS + 60_000))
    await till.audit(400, 0)
    await till.apply("cc-1.1", tick(START_MS + 105_000), events.LimitMoved(3))
    await till.audit(400, 300)
    await till.apply("cc-1.1", events.TalkEnded(START_MS + 110_000), ended())
    await till.audit(400, 0)
    (cdr,) = await cdrs.find(till.store, call_id="cc-1.1")
    assert (cdr.minutes, cdr.charged_minor, cdr.talk_ms) == (2, 600, 110_000)
    assert await till.book.live() == []
    assert await till.book.agenda.members() == []


async def test_a_credit_in_mid_call_takes_back_that_the_money_runs_out(till: Till) -> None:
    await till.open_account(300)
    await till.offer("cc-1.1")
    await till.apply("cc-1.1", ASKED, GIVEN, STARTED)
    assert await till.apply("cc-1.1", tick(START_MS + 45_000)) is Outcome.REFUSED
    await till.apply("cc-1.1", events.FundsRefused(START_MS + 45_000))
    await till.accounts.credit(PAYER, 300, "shop", NOW_MS)
    assert await till.apply("cc-1.1", tick(START_MS + 50_000)) is Outcome.OK
    entry = await till.book.load("cc-1.1")
    assert entry is not None
    assert (entry.call.reserved_units, entry.call.funds_refused_mono_ms) == (2, None)
    await till.audit(300, 300)


async def test_the_settlement_debits_what_nobody_came_to_debit(till: Till) -> None:
    await till.open_account(1_000)
    await till.offer("cc-1.1")
    await till.apply("cc-1.1", *TWO_UNITS, events.TalkEnded(START_MS + 61_000), ended())
    await till.audit(400, 0)
    ledger = await till.accounts.ledger(PAYER)
    assert [(entry.call_id, entry.minute) for entry in ledger[1:]] == [("cc-1.1", 1), ("cc-1.1", 2)]


async def test_money_for_three_carries_three_of_a_hundred(till: Till) -> None:
    await till.open_account(950)
    for n in range(100):
        await till.offer(f"cc-1.{n}")
        await till.apply(f"cc-1.{n}", ASKED)
    outcomes = await asyncio.gather(*(till.apply(f"cc-1.{n}", GIVEN) for n in range(100)))
    assert Counter(outcomes) == {Outcome.OK: 3, Outcome.REFUSED: 97}
    await till.audit(950, 900)
    for n in range(100):
        await till.apply(f"cc-1.{n}", ended(told=None))
    await till.audit(950, 0)
    assert len(await cdrs.find(till.store)) == 100


async def test_a_hundred_workers_with_one_call_have_one_effect(till: Till) -> None:
    await till.open_account(1_000)
    await till.offer("cc-1.1")
    story = (*TWO_UNITS, tick(START_MS + 60_000), events.TalkEnded(START_MS + 61_000), ended())
    for event in story:
        await asyncio.gather(*(till.apply("cc-1.1", event) for _ in range(100)))
    await till.audit(400, 0)
    assert len(await cdrs.find(till.store)) == 1


async def test_of_a_hundred_commits_to_one_version_one_is_taken(till: Till) -> None:
    await till.open_account(1_000)
    await till.offer("cc-1.1")
    await till.apply("cc-1.1", ASKED)
    entry = await till.book.load("cc-1.1")
    assert entry is not None
    step = advance(entry.call, GIVEN, RULES)
    commits = (till.book.commit(entry, step, NOW_MS, NOW_MS) for _ in range(100))
    assert Counter(await asyncio.gather(*commits)) == {Outcome.OK: 1, Outcome.CONFLICT: 99}
    await till.audit(1_000, 300)


@pytest.mark.parametrize("seed", range(5))
async def test_debits_race_with_the_settlement(till: Till, seed: int) -> None:
    await till.open_account(20_000)
    calls = [f"cc-{seed}.{n}" for n in range(20)]
    for call_id in calls:
        await till.offer(call_id)
        await till.apply(call_id, *TWO_UNITS)
    debit = tick(START_MS + 60_000)
    jobs = [till.apply(c, debit) for c in calls]
    jobs += [till.apply(c, events.TalkEnded(START_MS + 60_500), ended()) for c in calls]
    await asyncio.gather(*jobs[seed:], *jobs[:seed])
    await till.audit(20_000 - 20 * 600, 0)


async def test_settled_twice_is_settled_once(till: Till) -> None:
    await till.open_account(1_000)
    await till.offer("cc-1.1")
    await till.apply("cc-1.1", *TWO_UNITS)
    entry = await till.book.load("cc-1.1")
    assert entry is not None
    step = advance(entry.call, ended(), RULES)
    assert await till.book.commit(entry, step, NOW_MS, NOW_MS) is Outcome.OK
    assert await till.book.commit(entry, step, NOW_MS, NOW_MS) is Outcome.CONFLICT
    await till.audit(700, 0)
    assert len(await cdrs.find(till.store)) == 1


async def test_a_unit_is_debited_once_though_the_call_forgot_it(till: Till) -> None:
    """The second guard: as if the call alone had been put back from an older copy."""
    await till.open_account(1_000)
    await till.offer("cc-1.1")
    await till.apply("cc-1.1", *TWO_UNITS)
    key = keys.call(PAYER, "cc-1.1")
    await till.store.client.hset(key, "debited_units", "0")
    entry = await till.book.load("cc-1.1")
    assert entry is not None
    step = Step(replace(entry.call, debited_units=1), Debit(1))
    assert await till.book.commit(entry, step, NOW_MS, NOW_MS) is Outcome.OK
    await till.audit(700, 300)
    await till.store.client.hset(key, "debited_units", "0")
    await till.apply("cc-1.1", events.TalkEnded(START_MS + 61_000), ended())
    await till.audit(400, 0)


async def test_a_new_call_is_opened_once(till: Till) -> None:
    steps = [refuse(offered(), Disposition.BUSY, RULES, NOW_MS) for _ in range(100)]
    outcomes = await asyncio.gather(
        *(till.book.commit(None, step, NOW_MS, NOW_MS) for step in steps)
    )
    assert Counter(outcomes) == {Outcome.OK: 1, Outcome.CONFLICT: 99}
    assert len(await cdrs.find(till.store)) == 1
    assert await till.store.client.llen(keys.messages(PAYER)) == 1


async def test_a_payer_without_an_account_is_refused(till: Till) -> None:
    await till.offer("cc-1.1")
    assert await till.apply("cc-1.1", ASKED, GIVEN) is Outcome.REFUSED
    assert await till.accounts.get(PAYER) is None


async def test_nobody_goes_below_the_floor(till: Till) -> None:
    await till.open_account(-100, floor=-1_000)
    for n in range(10):
        await till.offer(f"cc-1.{n}")
        await till.apply(f"cc-1.{n}", ASKED)
    outcomes = await asyncio.gather(*(till.apply(f"cc-1.{n}", GIVEN) for n in range(10)))
    assert outcomes.count(Outcome.OK) == 3
    for n in range(10):
        await till.apply(f"cc-1.{n}", STARTED, ended())
    await till.audit(-1_000, 0)


async def test_large_prices_stay_exact(till: Till) -> None:
    price = 10**12 + 7
    await till.open_account(10**13)
    await till.offer("cc-1.1", unit_price=price)
    await till.apply("cc-1.1", *TWO_UNITS)
    await till.audit(10**13 - price, price)
    await till.apply("cc-1.1", ended(START_MS + 61_000))
    await till.audit(10**13 - 2 * price, 0)


async def test_scripts_that_redis_has_lost_are_loaded_again(till: Till) -> None:
    await till.open_account(1_000)
    await till.offer("cc-1.1")
    for event in (*TWO_UNITS, ended()):
        await till.store.client.script_flush()
        await till.apply("cc-1.1", event)
    await till.audit(700, 0)


async def test_the_live_calls_are_those_that_are_not_settled(till: Till) -> None:
    await till.open_account(1_000)
    for call_id in ("cc-1.1", "cc-1.2"):
        await till.offer(call_id)
    await till.apply("cc-1.1", ended())
    # As a worker leaves it that dies right after the settlement.
    await till.book.agenda.put(f"{PAYER}/cc-1.1", NOW_MS)
    assert [call.call_id for call in await till.book.live()] == ["cc-1.2"]


async def test_a_call_that_was_dropped_before_it_was_stored_is_looked_at_again(till: Till) -> None:
    """A sweep between the agenda's entry and the call's finds no call, and drops the entry."""
    await till.offer("cc-1.1")
    await till.book.agenda.drop(f"{PAYER}/cc-1.1")
    await till.apply("cc-1.1", ASKED)
    assert await till.book.agenda.members() == [f"{PAYER}/cc-1.1"]


async def test_a_settled_call_is_kept_for_late_events_and_then_forgotten(till: Till) -> None:
    await till.open_account(1_000)
    await till.offer("cc-1.1")
    key = keys.call(PAYER, "cc-1.1")
    assert await till.store.client.ttl(key) == -1
    await till.apply("cc-1.1", ended())
    assert 0 < await till.store.client.ttl(key) <= 24 * 3600
    entry = await till.book.load("cc-1.1")
    assert entry is not None
    assert entry.call.phase is Phase.SETTLED
    assert await till.book.load("cc-1.2") is None


async def test_the_story_of_a_settled_call_is_kept_for_a_month(till: Till) -> None:
    key = keys.story(PAYER, "cc-1.1")
    step = refuse(replace(offered(), call_id="cc-1.1"), Disposition.BUSY, RULES, NOW_MS)
    await till.book.commit(None, step, NOW_MS, NOW_MS, {"what": "Offered"})
    assert 29 * 24 * 3600 < await till.store.client.ttl(key) <= 30 * 24 * 3600
    assert await till.book.story(PAYER, "cc-1.1") == [{"at_ms": NOW_MS, "what": "Offered"}]


async def test_cdrs_are_found_by_each_condition_oldest_first(till: Till) -> None:
    for n, called in enumerate(("9110000002", "9110000003", "9110000002")):
        call = replace(
            offered(),
            call_id=f"cc-1.{n}",
            owner=called,
            called=called,
            started_at_ms=100 - n,
            calling=f"911000001{n % 2}",
        )
        step = refuse(call, Disposition.NO_FUNDS, RULES, NOW_MS)
        await till.book.commit(None, step, NOW_MS, NOW_MS)

    async def found(**conditions: str) -> list[str]:
        return [cdr.call_id for cdr in await cdrs.find(till.store, **conditions)]

    assert await found() == ["cc-1.2", "cc-1.1", "cc-1.0"]
    assert await found(called="9110000002") == ["cc-1.2", "cc-1.0"]
    assert await found(calling="9110000011") == ["cc-1.1"]
    assert await found(call_id="cc-1.0", called="9110000003") == []
