"""On what terms a call is made: whose money it is about, and who is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agi.calls.weighing import Asked
from agi.charging import audit, cdrs
from agi.domain.call import Call
from agi.domain.dispositions import Disposition
from agi.domain.services import ListName
from agi.domain.subscribers import Subscriber
from agi.domain.terms import Terms
from agi.store import keys
from tests.calls.world import A_LEG, B_LEG, CALL, CALLER, PAYER, World

OTHER = Subscriber("9110000003", "mts-ru", "moscow")


async def pay_in(world: World, amount_minor: int, number: str = CALLER) -> None:
    await world.accounts.credit(number, amount_minor, "opening", world.clock.wall_ms())


async def test_an_ordinary_call_is_paid_by_the_caller_and_lies_in_the_callers_books(
    world: World,
) -> None:
    await pay_in(world, 1_000)
    await world.talk(code="")
    await world.pass_time(70_000)
    await world.end(70_000)
    cdr = await world.cdr()
    assert (cdr.terms, cdr.payer, cdr.access_code) == (Terms.ORDINARY, CALLER, None)
    assert (cdr.minutes, cdr.charged_minor, cdr.consent) == (2, 400, True)
    assert await world.money(CALLER) == (600, 0)
    assert await world.money(PAYER) == (1_000, 0)
    assert await cdrs.find(world.store, called=PAYER) == [cdr]
    assert await cdrs.find(world.store, payer=CALLER) == [cdr]
    assert await cdrs.find(world.store, payer=PAYER) == []
    assert await world.store.client.llen(keys.cdrs(CALLER)) == 1
    assert await audit.run(world.store) == []
    await world.accounts.refund(cdr, "a bad line", world.clock.wall_ms())
    assert await world.money(CALLER) == (1_000, 0)


async def test_the_caller_of_an_ordinary_call_is_warned_and_the_called_leg_is_cut_off(
    world: World,
) -> None:
    await pay_in(world, 400)
    await world.talk(code="")
    await world.pass_time(120_300)
    assert world.switch.limits_ms == [120_000]
    assert (world.switch.warned_ms, world.switch.warned) == ([110_000], {A_LEG})
    assert world.switch.released == [B_LEG]
    await world.end(120_300)
    assert await world.money(CALLER) == (0, 0)


@pytest.mark.parametrize("balance_minor", [0, 199])
async def test_a_caller_without_money(world: World, balance_minor: int) -> None:
    if balance_minor:
        await pay_in(world, balance_minor)
    assert await world.ask(code="") is Disposition.CALLER_NO_FUNDS
    cdr = await world.cdr()
    assert (cdr.disposition, cdr.price_minor_per_minute) == (Disposition.CALLER_NO_FUNDS, 200)
    assert await world.store.client.llen(keys.messages(PAYER)) == 0


@pytest.mark.parametrize(
    "caller",
    [
        replace(OTHER, blocked=True),
        replace(OTHER, operator="altel-kz"),  # which has no prices at all
    ],
)
async def test_a_caller_who_has_no_ordinary_calls(world: World, caller: Subscriber) -> None:
    await world.person(caller, 1_000)
    await world.person(replace(caller, number="9110000004", blocked=False))
    refused = await world.ask("9110000004", calling=caller.number, code="")
    assert refused is Disposition.NOT_ENTITLED


async def test_an_ordinary_call_needs_nobody_s_leave(world: World) -> None:
    await world.person(replace(OTHER, opted_out=True, opted_out_abroad=True))
    await world.lists.bar(OTHER.number, CALLER, 10)
    await pay_in(world, 1_000)
    for number in range(12):  # more than collect calls are allowed a day
        assert isinstance(await world.ask(OTHER.number, code="", call_id=f"cc-1.{number}"), Call)
    assert await world.uses() == {}


async def test_a_failed_ordinary_call_leaves_no_notice(world: World) -> None:
    await pay_in(world, 1_000)
    await world.offer(code="")
    await world.end_unanswered(Disposition.BUSY)
    assert (await world.cdr()).disposition is Disposition.BUSY
    assert await world.store.client.llen(keys.messages(PAYER)) == 0


async def test_an_ordinary_call_that_the_service_never_heard_of(world: World) -> None:
    asked = Asked(CALL, CALLER, "", PAYER)
    await world.offers.settle_unoffered(asked, Disposition.UNAVAILABLE)
    cdr = await world.cdr()
    assert (cdr.terms, cdr.payer) == (Terms.ORDINARY, CALLER)


@pytest.mark.parametrize(
    ("name", "decided"), [("white", Terms.WHITE_LISTED), ("black", Disposition.BARRED)]
)
async def test_the_called_party_s_lists(
    world: World, name: ListName, decided: Terms | Disposition
) -> None:
    await world.lists.add(PAYER, name, CALLER, 10, "r-1")
    answer = await world.ask()
    assert (answer.terms if isinstance(answer, Call) else answer) is decided
    assert await world.store.client.llen(keys.messages(PAYER)) == 0


async def test_who_takes_no_collect_calls_takes_none_from_the_white_list(world: World) -> None:
    await world.person(replace(OTHER, opted_out=True), 1_000)
    await world.lists.add(OTHER.number, "white", CALLER, 10, "r-1")
    assert await world.ask(OTHER.number) is Disposition.OPTED_OUT


@pytest.mark.parametrize(
    ("roaming", "refused"), [("home", False), ("ru", False), ("world-20", True)]
)
async def test_callers_abroad_are_refused_apart(world: World, roaming: str, refused: bool) -> None:
    await world.person(replace(OTHER, opted_out_abroad=True), 10_000)
    await world.person(replace(OTHER, number="9110000004", roaming=roaming))
    answer = await world.ask(OTHER.number, calling="9110000004")
    assert (answer is Disposition.OPTED_OUT) == refused
