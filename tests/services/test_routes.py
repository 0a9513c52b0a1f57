"""The routes of service codes and menus: what the dialplan is told in the end, and asked before."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import cast

import pytest

from agi.domain.speech import Sentence, Voices
from agi.domain.subscribers import Subscriber
from agi.routes import menu, service
from agi.services.answering import Answering
from agi.settings import Settings
from agi.telephony.channel import Channel, ChannelGoneError
from tests.services.conftest import ANNA, BORIS, NOBODY, SHIPPED, VERA, Town

SECRET = "x" * 16
RECORDED = {code: dict.fromkeys(one.prompts, 1.0) for code, one in SHIPPED.languages.items()}
VOICES = Voices(SHIPPED.languages, RECORDED, "ru")


class Phone:
    """A phone, what is pressed at each reading, and what the dialplan was told."""

    def __init__(self, whose: Subscriber, code: str, number: str = "", *keys: str) -> None:
        self.request = SimpleNamespace(args=("cc-1.1", code, number, whose.number))
        self.variables: dict[str, str] = {}
        self.heard: list[str] = []
        self.answered = False
        self.gone = False
        self._keys = list(keys)

    async def see_it_is_there(self) -> None:
        if self.gone:
            raise ChannelGoneError("nobody waits any more")

    async def answer(self) -> None:
        self.answered = True

    async def read_keys(
        self, sentence: Sentence, most: int, timeout_ms: int
    ) -> tuple[str | None, ...]:
        self.heard.append(" ".join(sentence.prompts))
        keys = self._keys.pop(0) if self._keys else ""
        assert len(keys) <= most
        return tuple(keys) if len(keys) == most else (*keys, None)

    async def set_variable(self, name: str, value: str) -> None:
        self.variables[name] = value

    async def set_variables(self, values: Mapping[str, str]) -> None:
        self.variables |= values

    @property
    def told(self) -> tuple[str | None, ...]:
        """The verdict, which comes last, the cause, and the first recording of the answer."""
        assert list(self.variables)[-1] == "CC_VERDICT"
        said = self.variables.get("CC_SAY", "").split("&")[0].removeprefix("collect/")
        return self.variables["CC_VERDICT"], self.variables.get("CC_CAUSE"), said


async def serve(town: Town, phone: Phone, *, by_menu: bool = False) -> Phone:
    settings = Settings(
        home=".", ami_secret=SECRET, agi_token=SECRET, redis_secret=SECRET, menu_guard_s=77
    )
    answering = Answering(SHIPPED, VOICES, town.outbox, town.clock)
    route = service.route(town.services, answering)
    if by_menu:
        desk = menu.Desk(town.services, answering, VOICES, SHIPPED, settings)
        route = menu.route(desk)
    await route(cast("Channel", phone))
    return phone


async def texts(town: Town, who: Subscriber = ANNA) -> list[str]:
    return [message.text for message in await town.messages(who)]


@pytest.mark.parametrize(
    ("phone", "told"),
    [
        (Phone(ANNA, "*100#"), ("answer", "31", "balance-is")),
        (Phone(ANNA, "*110*N#", BORIS.number), ("answer", "31", "notice-sent")),
        (Phone(ANNA, "*110*N#", ANNA.number), ("answer", "21", "told-own-number")),
        (Phone(ANNA, "*110*N#", NOBODY), ("answer", "1", "told-unknown-number")),
        (Phone(ANNA, "*110*N#", "1"), ("answer", "28", "told-bad-number")),
        (Phone(ANNA, "*155*0#"), ("answer", "21", "told-other-code")),
    ],
)
async def test_a_service_code(town: Town, phone: Phone, told: tuple[str, ...]) -> None:
    await serve(town, phone)
    assert (phone.told, phone.answered) == (told, False)
    assert len(await texts(town)) == 1


async def test_what_nobody_waits_for_any_more_is_not_done(town: Town) -> None:
    phone = Phone(ANNA, "*110*N#", BORIS.number)
    phone.gone = True
    with pytest.raises(ChannelGoneError):
        await serve(town, phone)
    assert await texts(town) == await texts(town, BORIS) == []


async def test_the_whole_answer_is_left_to_the_dialplan(town: Town) -> None:
    phone = await serve(town, Phone(ANNA, "*100#"))
    recordings = ("balance-is", "n-12", "rub-many", "n-30", "n-4", "kop-few")
    assert phone.variables["CC_SAY"] == "&".join(f"collect/{name}" for name in recordings)
    assert phone.variables["CC_LANGUAGE"] == "ru"


async def test_a_number_is_asked_for_and_called(town: Town) -> None:
    phone = await serve(town, Phone(ANNA, "0880", "", "91*9161110", "002"), by_menu=True)
    assert phone.answered
    assert phone.variables == {
        "TIMEOUT(absolute)": "77",
        "CC_CODE": "0880",
        "CC_TO": BORIS.number,
        "CC_VERDICT": "call",
    }
    assert phone.heard == ["enter-number", "pause"]
    assert await texts(town) == []


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (NOBODY, "told-unknown-number"),
        (ANNA.number, "told-own-number"),
        ("0000000000", "told-bad-number"),
    ],
)
async def test_a_number_that_is_no_good_is_told_and_asked_for_again(
    town: Town, wrong: str, why: str
) -> None:
    phone = await serve(town, Phone(ANNA, "0880", "", wrong, BORIS.number), by_menu=True)
    assert phone.heard == ["enter-number", f"{why} enter-number"]
    assert phone.variables["CC_TO"] == BORIS.number

    phone = await serve(town, Phone(ANNA, "0880", "", wrong, wrong, wrong), by_menu=True)
    assert phone.told[2] == why
    assert len(await texts(town)) == 1


async def test_a_menu_within_a_menu(town: Town) -> None:
    keys = ("9", "2", "5", VERA.number, BORIS.number)
    phone = await serve(town, Phone(ANNA, "*880*0#", "", *keys), by_menu=True)
    assert [heard.split()[0] for heard in phone.heard] == [
        "menu-opt-outs",
        "wrong-key",
        "menu-white-add",
        "enter-number",
        "other-network",
    ]
    assert phone.told == ("answer", "31", "notice-sent")
    assert await texts(town) == ["Сообщение отправлено."]
    assert len(await texts(town, BORIS)) == 1


async def test_who_presses_nothing_is_let_go_and_needs_no_text(town: Town) -> None:
    phone = await serve(town, Phone(ANNA, "*880#"), by_menu=True)
    assert len(phone.heard) == 3
    assert phone.told == ("answer", "21", "no-choice")
    assert await texts(town) == []


async def test_a_menu_of_another_operator_is_not_answered(town: Town) -> None:
    phone = await serve(town, Phone(VERA, "0880"), by_menu=True)
    assert (phone.told, phone.answered) == (("answer", "21", "told-other-code"), False)
    assert len(await texts(town, VERA)) == 1
