"""The consent route with a real Redis: "yes" is said last, and only of what is stored."""

from __future__ import annotations

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from agi.domain import events, speech
from agi.domain.dispositions import Disposition
from agi.domain.speech import Sentence
from agi.subscribers.lists import ListChange
from agi.telephony.channel import ChannelError, ChannelGoneError
from tests.calls.phone import YES, Phone
from tests.calls.world import CALL, CALLER, PAYER, World
from tests.store.lossy import LossyStore


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (["1"], YES),
        (["2", "7", "1"], YES),
        (["0"], [("CC_CONSENT", "declined")]),
        ([None, None, None], [("CC_CONSENT", "no_input")]),
    ],
)
async def test_the_answer(
    world: World, keys: list[str | None], told: list[tuple[str, str]]
) -> None:
    await world.offer()
    phone = Phone(world, *keys)
    assert await phone.answer() == told
    reserved = 300 if told == YES else 0
    assert phone.reserved_when_told == [reserved] * len(told)


@pytest.mark.parametrize("lost", ["call_save", "call_reserve"])
async def test_a_consent_whose_storing_was_not_confirmed_at_first(world: World, lost: str) -> None:
    store = LossyStore(world.store.client)
    world.start(store)
    await world.offer()
    store.loses = lost
    assert await Phone(world, "1").answer() == YES
    assert await world.money() == (1_000, 300)


async def test_a_consent_that_redis_never_confirmed_is_none(world: World) -> None:
    store = LossyStore(world.store.client)
    world.start(store)
    await world.offer()
    store.loses, store.gives_up = "call_reserve", True
    phone = Phone(world, "1")
    with pytest.raises(RedisConnectionError):
        await phone.answer()
    assert phone.told == []


async def test_money_that_is_gone_meanwhile(world: World) -> None:
    await world.offer()
    await world.accounts.correct(PAYER, -800, "spent", "elsewhere", world.clock.wall_ms())
    assert await Phone(world, "1").answer() == [("CC_CONSENT", "no_funds")]


async def test_a_call_that_ended_in_the_prompt(world: World) -> None:
    await world.offer()
    phone = Phone(world, "1")
    ended = events.CallEnded(0, 0, None, events.ReleaseCause.CALLING_PARTY)

    async def hang_up_meanwhile(sentence: Sentence, keys: str = "") -> str:
        await world.runner.apply(CALL, ended)
        return "1"

    phone.say = hang_up_meanwhile  # type: ignore[method-assign]
    with pytest.raises(ChannelError, match="ended before its consent"):
        await phone.answer()
    assert phone.told == []
    assert await world.money() == (1_000, 0)


async def test_a_call_that_nobody_offered(world: World) -> None:
    phone = Phone(world, "1")
    with pytest.raises(ChannelError, match="not one that consent is asked for"):
        await phone.answer()
    assert phone.told == []


async def test_a_phone_that_hangs_up_with_the_key_pressed(world: World) -> None:
    await world.offer()
    phone = Phone(world, "1")
    phone.gone = True
    with pytest.raises(ChannelGoneError):
        await phone.answer()
    ended = events.CallEnded(0, 0, None, events.ReleaseCause.CALLING_PARTY)
    await world.runner.apply(CALL, ended)
    assert await world.money() == (1_000, 0)


async def test_the_key_that_bars_is_said_from_the_second_reading_on(world: World) -> None:
    await world.offer()
    phone = Phone(world, None, "7", "1")
    await phone.answer()
    assert ["to-bar-press" in said for said in phone.heard] == [False, True, True]


async def test_who_presses_the_key_that_bars_declines_and_is_not_called_again(
    world: World,
) -> None:
    await world.offer()
    # since; the person has just said otherwise
    await world.lists.add(PAYER, "white", CALLER, 10, "r-1")
    phone = Phone(world, "9")
    assert await phone.answer() == [("CC_CONSENT", "declined")]
    assert phone.heard[-1] == (speech.CALLER_BARRED,)
    assert await world.lists.holds(PAYER, CALLER) == "black"
    assert "bars the caller for good" in await world.story()
    assert await world.ask(call_id="cc-1700000000.2") is Disposition.BARRED


async def test_a_full_black_list_declines_all_the_same(world: World) -> None:
    for number in range(10):
        await world.lists.add(PAYER, "black", f"900000000{number}", 10, f"r-{number}")
    await world.offer()
    phone = Phone(world, "9")
    assert await phone.answer() == [("CC_CONSENT", "declined")]
    assert phone.heard[-1] == (speech.BLACK_FULL,)
    assert await world.lists.holds(PAYER, CALLER) is None


async def test_a_phone_that_is_gone_has_barred_the_caller(world: World) -> None:
    await world.offer()
    phone = Phone(world, "9")
    bar = world.lists.bar

    async def bar_and_hang_up(owner: str, other: str, most: int) -> ListChange:
        phone.gone = True
        return await bar(owner, other, most)

    world.lists.bar = bar_and_hang_up  # type: ignore[method-assign]
    with pytest.raises(ChannelGoneError):
        await phone.answer()
    assert await world.lists.holds(PAYER, CALLER) == "black"
