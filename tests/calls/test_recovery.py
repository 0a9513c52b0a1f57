"""What Asterisk wrote down while the service was away."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from agi.calls.recovery import Recovery
from agi.calls.reports import Reporter
from agi.charging import audit, cdrs
from agi.domain.dispositions import Disposition
from agi.domain.errors import CollectError
from agi.store import keys
from agi.telephony.cel import EndOfCall
from agi.telephony.end_report import EndReport
from tests.calls.world import A_LEG, BY_CALLED, CALL, CALLER, FUNDS_OUT, PAYER, World
from tests.store.lossy import LossyStore

REFUSED = "cc-1700000000.2"
"""A call that nobody answered."""


async def test_a_whole_conversation_in_the_dark(world: World) -> None:
    """The service died after the consent, and came back minutes later."""
    await world.consent()
    world.clock.passed_ms += 150
    world.bridge()
    world.clock.passed_ms += 42_000
    world.part()
    world.close(BY_CALLED)
    world.clock.passed_ms += 600_000
    world.start()
    for _ in range(2):
        await world.recovery.catch_up()
    cdr = await world.cdr()
    assert (cdr.talk_ms, cdr.minutes, cdr.release_cause) == (42_000, 1, "called_party")
    assert await world.money() == (700, 0)


async def test_a_conversation_that_went_on_in_the_dark(world: World) -> None:
    await world.talk()
    await world.pass_time(46_000)
    world.clock.passed_ms = 120_000
    world.part(keep_caller=True)
    world.clock.passed_ms = 124_000
    world.close(FUNDS_OUT)
    world.clock.passed_ms = 900_000
    world.start()
    await world.recovery.catch_up()
    cdr = await world.cdr()
    assert (cdr.talk_ms, cdr.minutes, cdr.charged_minor) == (120_000, 2, 600)
    assert await world.money() == (400, 0)


async def test_attempts_that_found_no_service(world: World) -> None:
    end = EndReport("unavailable", "", CALLER, "0880", PAYER, "", "0")
    for n in range(3):
        world.close(end, f"cc-1700000000.{n}")
    world.close(EndReport("", "", "9119999999", "0880", PAYER, "", "0"), "cc-1700000000.9")
    ended_ms = world.clock.wall_ms()
    world.clock.passed_ms += 3_600_000
    for _ in range(2):
        await world.recovery.catch_up()
    found = await cdrs.find(world.store)
    assert {(cdr.started_at_ms, cdr.ended_at_ms) for cdr in found} == {(ended_ms, ended_ms)}
    assert [cdr.call_id for cdr in found] == [f"cc-1700000000.{n}" for n in range(3)]
    assert {cdr.disposition for cdr in found} == {Disposition.UNAVAILABLE}


async def test_the_record_is_read_on_from_where_it_was_read_to(world: World) -> None:
    await world.recovery.catch_up()
    end = EndReport("unavailable", "", CALLER, "0880", PAYER, "", "0")
    for n in range(2):
        world.close(end, f"cc-1700000000.{n}")
    await world.recovery.catch_up()
    read_to = await world.store.client.get(keys.record_position("cc"))
    assert int(read_to or 0) == world.record.stat().st_size
    world.record.rename(world.record.with_suffix(".old"))
    world.close(end, "cc-1700000000.2")
    await world.recovery.catch_up()
    assert len(await cdrs.find(world.store)) == 3


async def test_one_end_that_can_not_be_settled_holds_nobody_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = world.offers.settle_unoffered

    async def fail_once(asked: object, reason: Disposition) -> None:
        monkeypatch.setattr(world.offers, "settle_unoffered", settle)
        raise CollectError("no such operator")

    monkeypatch.setattr(world.offers, "settle_unoffered", fail_once)
    end = EndReport("unavailable", "", CALLER, "0880", PAYER, "", "0")
    for n in range(2):
        world.close(end, f"cc-1700000000.{n}")
    world.write("USER_DEFINED", A_LEG, "COLLECT_END", "{}", "cc-1700000000.7")
    await world.recovery.catch_up()
    assert [cdr.call_id for cdr in await cdrs.find(world.store)] == ["cc-1700000000.1"]


async def test_a_live_end_and_the_record_together(world: World) -> None:
    await world.talk()
    world.clock.passed_ms = 30_000
    world.part()
    world.close(BY_CALLED)
    at_ms = world.clock.wall_ms()
    await world.recovery.catch_up()
    await world.reporter.called_leg_ended(CALL, at_ms)
    await world.reporter.call_ended(CALL, at_ms, BY_CALLED)
    await world.recovery.catch_up()
    assert (await world.cdr()).talk_ms == 30_000
    assert await world.money() == (700, 0)


async def test_an_end_that_is_read_when_its_call_is_forgotten_is_an_old_one(world: World) -> None:
    """The lab was stopped just after the calls, and came up again days later."""
    await world.talk()
    await world.end(30_000)
    await world.end_unanswered(Disposition.BUSY, REFUSED)
    world.close(EndReport("busy", "", CALLER, "0880", PAYER, "BUSY", "17"), REFUSED)
    await world.store.client.delete(keys.call(PAYER, CALL), keys.call(PAYER, REFUSED))
    world.start()
    await world.recovery.catch_up()
    assert (await world.cdr()).disposition is Disposition.ANSWERED
    assert (await world.cdr(REFUSED)).disposition is Disposition.BUSY
    assert await audit.run(world.store) == []


async def test_redis_that_goes_away_meanwhile_is_waited_for(world: World) -> None:
    store = LossyStore(world.store.client)
    world.start(store)
    end = EndReport("unavailable", "", CALLER, "0880", PAYER, "", "0")
    for n in range(2):
        world.close(end, f"cc-1700000000.{n}")
    store.loses, store.gives_up = "call_settle", True
    with pytest.raises(RedisConnectionError):
        await world.recovery.catch_up()
    await world.recovery.catch_up()
    found = await cdrs.find(world.store)
    assert [cdr.call_id for cdr in found] == ["cc-1700000000.0", "cc-1700000000.1"]


class ManyEnds:
    """A reporter of which hundreds of calls ended unheard, and each takes its time."""

    def __init__(self, fails: str = "") -> None:
        self.fails = fails
        self.settled: list[str] = []
        self.at_once = 0
        self.most_at_once = 0

    async def ends_since(self, position: int) -> tuple[list[EndOfCall], int]:
        return [EndOfCall(f"cc-1.{n}", 0, BY_CALLED) for n in range(position, 45)], 45

    async def ended_unheard(self, call_id: str, at_ms: int, report: EndReport) -> None:
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if call_id == self.fails:
            raise RedisConnectionError("away")
        self.settled.append(call_id)


async def test_after_an_outage_many_ends_are_settled_side_by_side(world: World) -> None:
    ends = ManyEnds()
    await Recovery(cast("Reporter", ends), world.store, "x").catch_up()
    assert sorted(ends.settled) == sorted(f"cc-1.{n}" for n in range(45))
    assert 1 < ends.most_at_once <= 20
    assert await world.store.client.get(keys.record_position("x")) == "45"


async def test_with_redis_away_again_they_are_read_again(world: World) -> None:
    ends = ManyEnds(fails="cc-1.21")
    with pytest.raises(RedisConnectionError):
        await Recovery(cast("Reporter", ends), world.store, "x").catch_up()
    assert await world.store.client.get(keys.record_position("x")) is None
    ends.fails = ""
    await Recovery(cast("Reporter", ends), world.store, "x").catch_up()
    assert set(ends.settled) == {f"cc-1.{n}" for n in range(45)}
