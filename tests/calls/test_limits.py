"""How often may be asked: exact with everybody at once, and nothing counts that rang nowhere."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from agi.calls.weighing import Asked
from agi.domain import events
from agi.domain.call import Call
from agi.domain.dispositions import Disposition
from agi.domain.notices import FAILED_CALL
from agi.domain.subscribers import Subscriber
from agi.messages.outbox import Outbox
from agi.store import keys
from tests.calls.world import B_LEG, CALL, CALLER, PAYER, World

MOST = 10
"""Requests a day, and notices after failed calls, by agi/data/operators/mts-ru.toml."""
HOUR_MS = 3_600_000


def ids(how_many: int) -> list[str]:
    return [f"cc-1700000000.{number}" for number in range(how_many)]


async def test_thirty_requests_at_once(world: World) -> None:
    answers = await asyncio.gather(*(world.ask(call_id=call_id) for call_id in ids(30)))
    assert sum(isinstance(answer, Call) for answer in answers) == MOST
    assert answers.count(Disposition.LIMIT) == 30 - MOST
    assert await world.uses() == {"requests-a-day": MOST}
    refused = ids(30)[answers.index(Disposition.LIMIT)]
    assert "refused: limit (requests-a-day)" in await world.story(refused)
    world.clock.passed_ms += 24 * HOUR_MS
    assert isinstance(await world.ask(call_id="cc-1700000000.99"), Call)


async def test_a_caller_whose_limits_are_lifted(world: World) -> None:
    many = Subscriber("9110000009", "mts-ru", "moscow", unlimited=True)
    await world.person(many)
    for call_id in ids(MOST + 1):
        await world.offer(call_id, many.number)
        await world.end_unanswered(Disposition.BUSY, call_id)
    assert await world.uses(caller=many.number) == {}
    assert len(await Outbox(world.store, world.clock).find(PAYER)) == MOST + 1


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        (Disposition.UNREACHABLE, 1),
        (Disposition.UNAVAILABLE, 1),
        (Disposition.BUSY, 2),
        (Disposition.NO_ANSWER, 2),
        (Disposition.DECLINED, 2),
        (None, 2),
    ],
)
async def test_what_rang_nowhere_is_given_back_once(
    world: World, told: Disposition | None, counted: int
) -> None:
    first, second = ids(2)
    await world.offer(first)
    await world.offer(second)
    ended = events.CallEnded(1, 1, told, events.ReleaseCause.CALLING_PARTY)
    for _ in range(2):
        await asyncio.gather(*(world.runner.apply(first, ended) for _ in range(5)))
    assert await world.uses() == {"requests-a-day": counted}


async def test_a_service_that_fails_in_the_prompt_gives_nothing_back(world: World) -> None:
    await world.offer()
    await world.runner.apply(CALL, events.ConsentAsked(B_LEG))
    await world.end_unanswered(Disposition.UNAVAILABLE)
    assert await world.uses() == {"requests-a-day": 1}


@pytest.mark.parametrize(
    ("dialled", "code"),
    [("12", "0880"), (CALLER, "0880"), ("9110000077", "0880"), (PAYER, "05050")],
)
async def test_what_is_refused_does_not_count(world: World, dialled: str, code: str) -> None:
    assert isinstance(await world.ask(dialled, code=code), Disposition)
    assert await world.uses() == {}


async def test_want_of_money_does_not_count(world: World) -> None:
    await world.person(Subscriber("9110000003", "mts-ru", "moscow"), 299)
    assert await world.ask("9110000003") is Disposition.NO_FUNDS
    assert await world.uses() == {}


async def test_an_offer_that_is_asked_for_again_counts_once(world: World) -> None:
    await world.offer()
    await world.accounts.correct(PAYER, -900, "spent", "elsewhere", world.clock.wall_ms())
    assert isinstance(await world.ask(), Call)
    assert await world.uses() == {"requests-a-day": 1}


async def test_a_request_that_was_counted_and_never_offered(world: World) -> None:
    """The service was killed between the two."""
    call = await world.offer()
    await world.store.client.delete(keys.call_owner(CALL), keys.call(PAYER, CALL))
    assert await world.uses() == {"requests-a-day": 1}
    asked = Asked(CALL, call.calling, "0880", PAYER)
    await world.offers.settle_unoffered(asked, Disposition.UNAVAILABLE)
    assert await world.uses() == {}


async def test_notices_beyond_the_limit_are_left_out(world: World) -> None:
    """Ten within 24 hours, though a new day has allowed new requests."""
    for number, call_id in enumerate(ids(MOST + 2)):
        if number == MOST // 2:
            world.clock.passed_ms += 23 * HOUR_MS
        await world.offer(call_id)
        await world.end_unanswered(Disposition.BUSY, call_id)
        left_out = "no notice: the limit after-failed-calls" in await world.story(call_id)
        assert left_out == (number >= MOST)
    assert len(await Outbox(world.store, world.clock).find(PAYER)) == MOST
    world.clock.passed_ms += HOUR_MS
    later = "cc-1700000001.1"
    await world.offer(later)
    await world.end_unanswered(Disposition.BUSY, later)
    assert f"notice {later}-call-me stored" in await world.story(later)


async def test_a_settlement_that_is_tried_again_counts_one_notice(world: World) -> None:
    await world.offer()
    at_ms = world.clock.wall_ms()
    ended = events.CallEnded(1, at_ms, Disposition.BUSY, events.ReleaseCause.CALLED_PARTY)
    await asyncio.gather(*(world.runner.apply(CALL, ended) for _ in range(10)))
    assert set((await world.uses(FAILED_CALL)).values()) == {1}
    assert len(await Outbox(world.store, world.clock).find(PAYER)) == 1


async def test_a_refused_offer_tells_of_its_notice(world: World) -> None:
    await world.person(replace(Subscriber("9110000003", "mts-ru", "moscow")), 0)
    await world.ask("9110000003")
    assert f"notice {CALL}-call-me stored" in await world.story()
