"""Every deed of the command core: its answer, and what it leaves behind."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from agi.domain.answers import Amount, Answer, Count, PhoneNumber
from agi.domain.messages import Message
from agi.domain.services import Callers, Deed, Does
from agi.domain.subscribers import Subscriber
from agi.messages.outbox import Outbox
from agi.subscribers.profiles import UnknownCallerError
from tests.services.conftest import ANNA, BORIS, NOBODY, VERA, Town

ABOUT_BORIS = {"number": PhoneNumber(BORIS.number)}
ADD_WHITE, REMOVE_WHITE = "*880*22*N#", "*880*23*N#"
ADD_BLACK, REMOVE_BLACK = "*880*26*N#", "*880*27*N#"
CALL_BACK, TOP_UP, WHITE_LIST = "*110*N#", "*111*N#", "*880*41*N#"
OF_NUMBERS = [ADD_WHITE, ADD_BLACK, CALL_BACK, TOP_UP, WHITE_LIST]
NO_NUMBERS = ["", "916111000", "91611100022", "0161110002", "112", "٩١٦١١١٠٠٠٢", "${EXTEN}", "9,1"]


@pytest.mark.parametrize("code", [*OF_NUMBERS, REMOVE_WHITE, REMOVE_BLACK])
@pytest.mark.parametrize("number", [*NO_NUMBERS, "9161110002\r\nX: y"])
async def test_what_is_no_number_is_told(town: Town, code: str, number: str) -> None:
    assert await town.dial(ANNA, code, number) == Answer("bad-number", done=False)


@pytest.mark.parametrize("code", [*OF_NUMBERS, REMOVE_WHITE, REMOVE_BLACK])
@pytest.mark.parametrize("prefix", ["", "8", "7", "+7"])
async def test_the_own_number_is_told(town: Town, code: str, prefix: str) -> None:
    assert await town.dial(ANNA, code, prefix + ANNA.number) == Answer("own-number", done=False)


@pytest.mark.parametrize("code", OF_NUMBERS)
async def test_a_number_that_is_nobodys_is_told(town: Town, code: str) -> None:
    assert await town.dial(ANNA, code, NOBODY) == Answer("unknown-number", done=False)


@pytest.mark.parametrize(
    ("code", "prefix", "kind", "text"),
    [
        (CALL_BACK, "", "call_back", "Абонент +79161110001 просит вас перезвонить."),
        (CALL_BACK, "8", "call_back", "Абонент +79161110001 просит вас перезвонить."),
        (TOP_UP, "+7", "top_up", "Абонент +79161110001 просит вас пополнить его счёт."),
        (
            WHITE_LIST,
            "",
            "white_list",
            "+79161110001 просит внести его в белый список: *880*22*9161110001#",
        ),
    ],
)
async def test_a_notice_is_sent_once_however_often_it_is_asked_for(
    town: Town, code: str, prefix: str, kind: str, text: str
) -> None:
    for _ in range(3):
        answer = await town.dial(ANNA, code, prefix + BORIS.number, "cc-1.1")
        assert answer == Answer("notice-sent", done=True)
    [message] = await town.messages(BORIS)
    assert message == Message(
        f"cc-1.1-{kind}", ANNA.number, BORIS.number, kind, text, town.clock.now_ms
    )


async def test_a_notice_to_another_network_is_told(town: Town) -> None:
    assert await town.dial(ANNA, WHITE_LIST, VERA.number) == Answer("other-network", done=False)
    assert await town.dial(ANNA, CALL_BACK, VERA.number) == Answer("notice-sent", done=True)
    assert [message.kind for message in await town.messages(VERA)] == ["call_back"]


async def test_a_limit_holds_also_against_twenty_requests_at_once(town: Town) -> None:
    asked = (town.dial(ANNA, CALL_BACK, BORIS.number, f"cc-1.{n}") for n in range(20))
    answers = await asyncio.gather(*asked)
    assert sum(answer.done for answer in answers) == 5
    assert {answer.name for answer in answers} == {"notice-sent", "notice-limit"}
    assert len(await town.messages(BORIS)) == 5
    assert await town.dial(ANNA, TOP_UP, BORIS.number) == Answer("notice-sent", done=True)


async def test_who_has_no_limits_is_not_counted(town: Town) -> None:
    free = replace(ANNA, unlimited=True)
    for n in range(7):
        assert (await town.dial(free, CALL_BACK, BORIS.number, f"cc-1.{n}")).done


class BrokenOutbox(Outbox):
    async def put(self, message: Message) -> bool:
        raise RedisConnectionError("away")


async def test_a_notice_that_could_not_be_stored_is_not_counted(town: Town) -> None:
    town.services = town.core(BrokenOutbox(town.store))
    for n in range(10):
        with pytest.raises(RedisConnectionError):
            await town.dial(ANNA, CALL_BACK, BORIS.number, f"cc-1.{n}")
    town.services = town.core(town.outbox)
    for n in range(5):
        assert (await town.dial(ANNA, CALL_BACK, BORIS.number, f"cc-2.{n}")).done


@pytest.mark.parametrize(
    ("add", "remove", "name", "other"),
    [
        (ADD_WHITE, REMOVE_WHITE, "white", ADD_BLACK),
        (ADD_BLACK, REMOVE_BLACK, "black", ADD_WHITE),
    ],
)
async def test_a_list(town: Town, add: str, remove: str, name: str, other: str) -> None:
    async def answer(code: str) -> tuple[str, bool]:
        found = await town.dial(ANNA, code, f"8{BORIS.number}")
        assert found.slots == ABOUT_BORIS
        return found.name, found.done

    assert await answer(remove) == (f"{name}-absent", False)
    assert await answer(add) == (f"{name}-added", True)
    assert await answer(add) == (f"{name}-there", False)
    assert await answer(other) == (f"in-{name}", False)
    assert await town.lists.holds(ANNA.number, BORIS.number) == name
    assert await answer(remove) == (f"{name}-removed", True)
    assert await town.lists.holds(ANNA.number, BORIS.number) is None


@pytest.mark.parametrize(("add", "name"), [(ADD_WHITE, "white"), (ADD_BLACK, "black")])
async def test_a_full_list(town: Town, add: str, name: str) -> None:
    for n in range(10):
        other = replace(BORIS, number=f"916222000{n}")
        await town.person(other)
        assert (await town.dial(ANNA, add, other.number)).done
    assert await town.dial(ANNA, add, BORIS.number) == Answer(f"{name}-full", done=False)


async def test_a_list_that_is_changed_once_more_by_the_same_request_is_told_as_before(
    town: Town,
) -> None:
    for _ in range(2):
        assert (await town.dial(ANNA, ADD_WHITE, BORIS.number, "cc-1.1")).name == "white-added"
    for _ in range(2):
        removed = await town.dial(ANNA, REMOVE_WHITE, BORIS.number, "cc-1.2")
        assert removed.name == "white-removed"


async def test_a_number_that_is_nobodys_any_more_can_leave_a_list(town: Town) -> None:
    await town.lists.add(ANNA.number, "white", NOBODY, 10, "r-1")
    answer = await town.dial(ANNA, REMOVE_WHITE, NOBODY)
    assert answer == Answer("white-removed", True, {"number": PhoneNumber(NOBODY)})


async def test_the_lists_are_told_and_switched_on(town: Town) -> None:
    def told(white: int) -> Answer:
        return Answer(
            "lists-are", True, {"white": Count(white, "entry"), "black": Count(0, "entry")}
        )

    assert await town.dial(ANNA, "*111*785#") == told(0)
    assert (await town.services.caller(ANNA.number)).lists_on
    await town.dial(ANNA, ADD_WHITE, BORIS.number)
    assert await town.dial(ANNA, "*111*785#") == told(1)


@pytest.mark.parametrize(
    ("code", "name", "refuses"), [("*155*0#", "opted-out", True), ("*155*1#", "opted-in", False)]
)
async def test_opting_out_and_in(town: Town, code: str, name: str, refuses: bool) -> None:
    for _ in range(2):
        assert await town.dial(VERA, code) == Answer(name, done=True)
    now = await town.services.caller(VERA.number)
    assert (now.opted_out, now.opted_out_abroad) == (refuses, refuses)


@pytest.mark.parametrize("callers", list(Callers))
async def test_the_same_key_refuses_and_takes_back(town: Town, callers: Callers) -> None:
    toggle = Deed(does=Does.OPT_TOGGLE, callers=frozenset({callers}))

    async def press(request_id: str) -> str:
        return (await town.services.carry_out(ANNA, toggle, None, request_id)).name

    assert await press("cc-1.1") == await press("cc-1.1") == f"opted-out-{callers.value}"
    now = await town.services.caller(ANNA.number)
    assert (now.opted_out, now.opted_out_abroad) == (
        callers is Callers.INSIDE,
        callers is Callers.ABROAD,
    )
    assert await press("cc-1.2") == f"opted-in-{callers.value}"


async def test_a_balance_and_an_information_line(town: Town) -> None:
    assert await town.dial(ANNA, "*100#") == Answer(
        "balance", True, {"amount": Amount(1234, "RUB")}
    )
    assert await town.dial(VERA, "064012") == Answer("about-05050", done=True)


@pytest.mark.parametrize(
    ("caller", "code"),
    [(VERA, "*110*N#"), (ANNA, "*155*0#"), (replace(ANNA, operator="altel-kz"), "*100#")],
)
async def test_a_code_of_another_operator_is_none(
    town: Town, caller: Subscriber, code: str
) -> None:
    assert town.services.code(caller, code) is None


@pytest.mark.parametrize("code", ["0880", "*880#"])
async def test_a_dialogue_is_not_carried_out(town: Town, code: str) -> None:
    with pytest.raises(ValueError, match="dialogue"):
        await town.dial(ANNA, code)


async def test_a_phone_of_nobody_has_no_services(town: Town) -> None:
    with pytest.raises(UnknownCallerError, match="restart"):
        await town.services.caller(NOBODY)
