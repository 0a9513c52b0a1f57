"""What goes wrong with money in other charging systems, each of it tried here.

The list is of complaints about open billing systems for telephony.
"""

from __future__ import annotations

import pytest

from agi.charging.accounts import NotCovered
from agi.domain.dispositions import Disposition
from tests.calls.world import BY_CALLED, CALL, CALLER, PAYER, UNIT_MS, World


async def test_charged_live_and_again_when_the_record_is_written(world: World) -> None:
    """The live events settle; then Asterisk's record tells of the same call, twice."""
    await world.talk()
    await world.pass_time(UNIT_MS + 4_000)
    await world.end(UNIT_MS + 5_000)
    for _ in range(2):
        await world.reporter.ended_unheard(CALL, world.clock.wall_ms(), BY_CALLED)
        world.start()
        await world.recovery.catch_up()
    assert (await world.cdr()).charged_minor == 600
    assert await world.money() == (400, 0)


async def test_billing_goes_on_after_the_switch_was_killed(world: World) -> None:
    await world.talk()
    await world.pass_time(10_000)
    world.switch.legs.clear()
    await world.pass_time(10 * UNIT_MS)
    assert (await world.cdr()).minutes == 1
    assert await world.money() == (700, 0)


async def test_a_stuck_call_drains_the_account(world: World) -> None:
    """No end is ever told, and Asterisk can't be asked: nothing is charged on suspicion."""
    await world.talk()
    await world.pass_time(10_000)
    world.switch.reachable = False
    await world.pass_time(10 * UNIT_MS, step_ms=5_000)
    assert await world.money() == (700, 0)


@pytest.mark.parametrize("left_minor", [0, 299])
async def test_money_that_is_moved_out_in_mid_call_gives_no_free_minute(
    world: World, left_minor: int
) -> None:
    await world.talk()
    moved_minor = 700 - left_minor
    now_ms = world.clock.wall_ms()
    await world.accounts.correct(PAYER, -moved_minor, "out", "moved", now_ms)
    await world.pass_time(UNIT_MS + 500)
    assert world.switch.limits_ms == []
    assert world.switch.released
    await world.end(UNIT_MS + 600)
    assert (await world.cdr()).minutes == 1
    assert await world.money() == (left_minor, 0)


async def test_nor_can_the_minute_that_is_reserved_be_moved_out(world: World) -> None:
    await world.consent()
    now_ms = world.clock.wall_ms()
    with pytest.raises(NotCovered):
        await world.accounts.correct(PAYER, -800, "out", "moved", now_ms)
    assert await world.money() == (1_000, 300)


@pytest.mark.parametrize("balance_minor", [0, 299])
async def test_a_call_at_a_balance_of_zero_or_less(world: World, balance_minor: int) -> None:
    now_ms = world.clock.wall_ms()
    await world.accounts.correct(PAYER, balance_minor - 1_000, "down", "test", now_ms)
    assert await world.ask() is Disposition.NO_FUNDS
    assert await world.money() == (balance_minor, 0)


async def test_a_record_without_a_debit_and_a_debit_without_a_record(world: World) -> None:
    await world.talk()
    await world.pass_time(2 * UNIT_MS)
    await world.end(2 * UNIT_MS + 1)
    cdr = await world.cdr()
    debits = [entry for entry in await world.accounts.ledger(PAYER) if entry.reason == "debit"]
    assert [entry.call_id for entry in debits] == [cdr.call_id] * cdr.minutes
    assert -sum(entry.amount_minor for entry in debits) == cdr.charged_minor == 900


async def test_seconds_that_cost_nothing_are_not_charged(world: World) -> None:
    """The time of ringing and of the prompt is nobody's conversation."""
    await world.offer()
    world.clock.passed_ms += 25_000
    await world.agree()
    world.clock.passed_ms += 3_000
    world.bridge()
    await world.reporter.bridged(CALL, world.clock.wall_ms())
    await world.end(28_000 + UNIT_MS - 100)
    assert (await world.cdr()).minutes == 1
    assert await world.money() == (700, 0)
    assert await world.accounts.ledger(CALLER) == []
