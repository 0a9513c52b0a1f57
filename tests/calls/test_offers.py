"""Offers: who is refused for what, at which price, and one CDR whatever happens meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from agi.charging import cdrs
from agi.domain.call import Call, Phase
from agi.domain.dispositions import Disposition
from agi.domain.subscribers import Subscriber
from agi.store import keys
from agi.subscribers.profiles import UnknownCallerError
from tests.calls.asterisk import WALL_MS
from tests.calls.world import CALL, CALLER, World, shipped

OTHER = Subscriber(number="9110000003", operator="mts-ru", region="moscow")


@pytest.mark.parametrize("dialled", ["9110000003", "89110000003", "+79110000003"])
async def test_an_offer_leaves_a_live_call(world: World, dialled: str) -> None:
    await world.person(OTHER, 300)
    assert isinstance(await world.ask(dialled), Call)
    assert [call.called for call in await world.book.live()] == [OTHER.number]
    assert await cdrs.find(world.store) == []


@pytest.mark.parametrize(
    ("called", "balance_minor", "dialled", "refused"),
    [
        (OTHER, 299, OTHER.number, Disposition.NO_FUNDS),
        (replace(OTHER, blocked=True), 300, OTHER.number, Disposition.NO_FUNDS),
        (replace(OTHER, opted_out=True), 300, OTHER.number, Disposition.OPTED_OUT),
        (replace(OTHER, operator="beeline-ru"), 300, OTHER.number, Disposition.OTHER_OPERATOR),
        (OTHER, 300, "9110000009", Disposition.UNKNOWN_NUMBER),
        (OTHER, 300, CALLER, Disposition.OWN_NUMBER),
        (OTHER, 300, f"7{CALLER}", Disposition.OWN_NUMBER),
        (OTHER, 300, f"8{CALLER}", Disposition.OWN_NUMBER),
        (OTHER, 300, f"+7{CALLER}", Disposition.OWN_NUMBER),
        (OTHER, 300, "", Disposition.BAD_NUMBER),
        (OTHER, 300, "12", Disposition.BAD_NUMBER),
    ],
)
async def test_a_refusal_leaves_a_cdr(
    world: World, called: Subscriber, balance_minor: int, dialled: str, refused: Disposition
) -> None:
    await world.person(called, balance_minor)
    assert await world.ask(dialled) is refused
    assert (await world.cdr()).disposition is refused
    assert await world.book.live() == []
    left = await world.store.client.llen(keys.messages(OTHER.number))
    assert left == (refused is Disposition.NO_FUNDS)


async def test_a_caller_whose_contract_has_no_collect_calls(world: World) -> None:
    await world.person(replace(OTHER, plan="klassny"))
    assert await world.ask(calling=OTHER.number) is Disposition.NOT_ENTITLED


async def test_a_code_of_another_operator(world: World) -> None:
    assert await world.ask(code="05050") is Disposition.OTHER_CODE


@pytest.mark.parametrize(("region", "price"), [("moscow", 300), ("vladivostok", 500)])
async def test_the_price_goes_with_the_call(world: World, region: str, price: int) -> None:
    await world.person(replace(OTHER, region=region), 1_000)
    call = await world.ask(OTHER.number)
    assert isinstance(call, Call)
    entry = await world.book.load(CALL)
    assert entry is not None
    assert entry.call == call
    assert call.price is not None
    assert call.price.unit_price_minor == price
    assert (call.owner, call.phase) == (OTHER.number, Phase.OFFERED)


async def test_a_call_keeps_its_price_beyond_the_midnight_that_makes_it_dearer(
    world: World,
) -> None:
    (tariff,) = (one for one in shipped().tariffs if (one.operator, one.plan) == ("mts-ru", ""))
    dearer = tuple(rule.model_copy(update={"price_minor": 400}) for rule in tariff.rules)
    midnight = datetime(2023, 11, 16, tzinfo=ZoneInfo("Europe/Moscow"))
    later = {"version": "later", "valid_from": midnight.date(), "rules": dearer}
    data = replace(shipped(), tariffs=(*shipped().tariffs, tariff.model_copy(update=later)))
    world.start(data=data)
    passed_ms = round(midnight.timestamp() * 1000) - WALL_MS
    world.clock.passed_ms = passed_ms - 1
    await world.talk()
    await world.pass_time(passed_ms + 30_000)
    world.start(data=data)
    await world.pass_time(passed_ms + 90_000)
    assert await world.money() == (400, 0)
    await world.end(passed_ms + 90_000)
    cdr = await world.cdr()
    assert (cdr.tariff_version, cdr.charged_minor) == (tariff.version, 600)
    next_call = await world.offer(call_id="cc-1700000000.2")
    assert next_call.price is not None
    assert (next_call.price.tariff_version, next_call.price.unit_price_minor) == ("later", 400)


async def test_what_was_refused_is_not_offered_when_asked_again(world: World) -> None:
    """The first answer was lost with its worker; the dialplan asks once more."""
    await world.person(OTHER, 0)
    assert await world.ask(OTHER.number) is Disposition.NO_FUNDS
    await world.accounts.credit(OTHER.number, 1_000, "meanwhile", world.clock.wall_ms())
    assert await world.ask(OTHER.number) is Disposition.UNAVAILABLE
    assert (await world.cdr()).disposition is Disposition.NO_FUNDS


async def test_what_was_offered_is_offered_again(world: World) -> None:
    first = await world.offer()
    world.clock.passed_ms += 1_000
    assert await world.ask() == first
    assert len(await world.book.live()) == 1


async def test_twenty_workers_with_one_offer(world: World) -> None:
    answers = await asyncio.gather(*(world.ask() for _ in range(20)))
    assert all(isinstance(answer, Call) for answer in answers)
    assert len(await world.book.live()) == 1
    refusals = await asyncio.gather(*(world.ask("12", call_id="cc-1.2") for _ in range(20)))
    assert set(refusals) == {Disposition.BAD_NUMBER}
    assert (await world.cdr("cc-1.2")).called is None


async def test_a_phone_that_is_no_subscriber(world: World) -> None:
    with pytest.raises(UnknownCallerError, match="9119999999"):
        await world.ask(calling="9119999999")
    assert await cdrs.find(world.store) == []
