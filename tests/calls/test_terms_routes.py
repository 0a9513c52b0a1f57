"""What the two parties hear where nobody is asked: on the white list, and in ordinary calls."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from agi import catalogue
from agi.domain import speech
from agi.domain.dispositions import Disposition
from agi.domain.subscribers import Subscriber
from agi.routes import consent, no_funds
from agi.telephony.channel import Channel, ChannelGoneError
from tests.calls.phone import YES, Phone
from tests.calls.world import CALL, CALLER, PAYER, World


async def test_the_white_list_is_told_and_not_asked(world: World) -> None:
    await world.lists.add(PAYER, "white", CALLER, 10, "r-1")
    await world.offer()
    phone = Phone(world)
    assert await phone.answer() == YES
    assert phone.heard == [(speech.AT_YOUR_EXPENSE,)]
    assert await consent_digits(world) == consent.WHITE_LIST
    assert await world.money() == (1_000, 300)


async def test_who_hangs_up_on_hearing_it_has_agreed_to_nothing(world: World) -> None:
    await world.lists.add(PAYER, "white", CALLER, 10, "r-1")
    await world.offer()
    phone = Phone(world)
    phone.gone = True
    with pytest.raises(ChannelGoneError):
        await phone.answer()
    assert await world.money() == (1_000, 0)


async def test_nobody_is_asked_and_nothing_is_said_in_an_ordinary_call(world: World) -> None:
    await world.accounts.credit(CALLER, 400, "opening", world.clock.wall_ms())
    await world.offer(code="")
    phone = Phone(world)
    assert await phone.answer() == YES
    assert phone.heard == []
    assert await consent_digits(world) == consent.CALLER_PAYS
    assert (await world.money(CALLER), await world.money(PAYER)) == ((400, 200), (1_000, 0))


async def test_a_caller_s_money_that_is_gone_meanwhile(world: World) -> None:
    await world.accounts.credit(CALLER, 200, "opening", world.clock.wall_ms())
    await world.offer(code="")
    await world.accounts.correct(CALLER, -1, "spent", "elsewhere", world.clock.wall_ms())
    phone = Phone(world)
    assert await phone.answer() == [("CC_CONSENT", "caller_no_funds")]
    assert phone.heard == [(speech.SERVICE_ERROR,)]


@pytest.mark.parametrize(
    ("operator", "dialled"),
    [
        ("mts-ru", ("d-0", "d-8", "d-8", "d-0", "told-then-number")),
        ("tele2-kz", ("key-star", "d-1", "d-3", "d-3", "key-star", "told-then-number", "key-hash")),
    ],
)
async def test_who_has_no_money_hears_what_to_dial(
    world: World, operator: str, dialled: tuple[str, ...]
) -> None:
    world.clock.passed_ms = 100_000_000_000  # when every operator has its tariff
    poor = Subscriber("9000000001", operator, "moscow")
    await world.person(poor)
    await world.person(replace(poor, number="9000000002"))
    assert await world.ask("9000000002", poor.number, "") is Disposition.CALLER_NO_FUNDS
    phone = Phone(world)
    phone.request.args = (CALL,)
    route = no_funds.route(world.runner, phone.voices(), catalogue.load())
    await route(cast("Channel", phone))
    assert phone.heard == [("told-caller-no-funds", *dialled)]
    assert phone.told == [("CC_TOLD", "yes")]


async def consent_digits(world: World) -> str | None:
    entry = await world.book.load(CALL)
    assert entry is not None
    return entry.call.consent_digits
