"""Messages and answers by code, by phones: notices to others, opt-outs, information, balances."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from agi import catalogue
from agi.clock import Clock
from agi.domain.answers import Amount, Answer
from agi.domain.dispositions import SIP_STATUSES, Disposition
from agi.domain.speech import answer_prompt, told
from agi.subscribers.usage import Usage
from lab import scenario_files
from lab.instance import Instance
from lab.recorder import PCMU, Recorder
from lab.scenario_files import Party
from lab.scenario_world import world_of
from lab.sipp import Phone
from tests.call.handset import TEXT_WITHIN_S, Town
from tests.call.hearing import find
from tests.call.service_answers import DONE, REFUSED, RUSSIAN, dial
from tests.call.test_services_calls import BEELINE, MTS, TELE2, but, call, charges
from tests.call.together import together

pytestmark = pytest.mark.call

SAME = 0.85
"""The correlation of a recording with itself, as tests/call/test_sound.py has it."""
ALTEL = Party(operator="altel-kz")
CALL_BACK = "Абонент +7{} просит вас перезвонить."
TOP_UP = "Абонент +7{} просит вас пополнить его счёт."
PLEASE_CALL = "Пожалуйста, позвони мне. +7{}"
PLEASE_TOP_UP = "Пожалуйста, пополни мой счет. +7{}"


async def test_an_answer_is_heard_word_for_word_before_any_answer(
    lab: Instance, tmp_path: Path
) -> None:
    """What Asterisk sends as early media; first of all, as a recorder wants a quiet machine."""
    async with world_of(lab.settings) as world:
        caller = await world.person(but(BEELINE, balance="12"))
    ear = await Recorder.open(PCMU)
    phone = Phone(caller.subscriber.number, caller.password, lab.settings, tmp_path)
    options = ["-key", "recorder_port", str(ear.port), "-key", "formats", f"{PCMU} 101"]
    script = scenario_files.FOLDER / "demo" / "caller.xml"
    try:
        run = await phone.run(script, dial="*102#", options=[*options, "-key", "talk_ms", "0"])
        assert await run.wait(30) == 0, run.why_failed()
    finally:
        ear.close()
    assert run.final_status() == DONE
    answer = Answer("balance", done=True, slots={"amount": Amount(1200, "RUB")})
    since_s = ear.sound.start_s
    for prompt in answer_prompt(RUSSIAN, answer):
        found = find(ear.sound.between(since_s - 0.05, ear.sound.end_s), prompt)
        assert found.score > SAME, prompt
        since_s = found.end_s


@together
async def test_the_text_comes_within_a_second_of_the_last_word(town: Town) -> None:
    """The middle one of three, as others call at the same time."""
    caller = await town.person(MTS)
    delays = sorted([(await caller.dial("*100#")).text_delays_s[0] for _ in range(3)])
    assert 0 < delays[1] < TEXT_WITHIN_S


@dataclass(frozen=True)
class Notice:
    """A message by code that reaches `to`; the sender's number goes into the braces."""

    code: str
    sender: Party
    to: Party
    text: str


NOTICES = [
    Notice("*144*{}#", TELE2, TELE2, PLEASE_CALL),
    Notice("*144*{}#", TELE2, ALTEL, PLEASE_CALL),
    Notice("*143*{}#", TELE2, TELE2, PLEASE_TOP_UP),
    Notice("*143*{}#", TELE2, ALTEL, PLEASE_TOP_UP),
    Notice("*110*{}#", MTS, MTS, CALL_BACK),
    Notice("*110*{}#", MTS, TELE2, CALL_BACK),
    Notice("*111*{}#", MTS, MTS, TOP_UP),
    Notice("*111*{}#", MTS, BEELINE, TOP_UP),
    Notice("*111*8{}#", MTS, MTS, TOP_UP),
    Notice("*111*7{}#", MTS, MTS, TOP_UP),
    Notice("*111*+7{}#", MTS, MTS, TOP_UP),
    Notice("*144*{}#", BEELINE, BEELINE, CALL_BACK),
    Notice("*144*{}#", BEELINE, MTS, CALL_BACK),
    Notice("*143*{}#", BEELINE, BEELINE, TOP_UP),
]


def _id(case: Notice) -> str:
    dialled = case.code.format("N").replace("*", "-").strip("-#")
    return f"{case.sender.operator}-{dialled}-to-{case.to.operator}"


@pytest.mark.parametrize("case", NOTICES, ids=_id)
@together
async def test_notice(town: Town, case: Notice) -> None:
    """It is free, and comes from the sender's own number."""
    sender, recipient = await town.person(but(case.sender, balance="0")), await town.person(case.to)
    phone = await recipient.listen()
    await dial(sender, case.code.format(recipient.number), DONE, "notice-sent")
    text = await phone.text_comes()
    assert (text.sender, text.body) == (sender.number, case.text.format(sender.number))
    assert await charges(sender) == await charges(recipient) == []


NOT_REACHED = [
    Notice("*144*{}#", TELE2, MTS, ""),
    Notice("*144*{}#", TELE2, Party(operator="beeline-kz"), ""),
    Notice("*143*{}#", TELE2, MTS, ""),
    Notice("*143*{}#", BEELINE, MTS, ""),
    Notice("*880*41*{}#", MTS, BEELINE, ""),
]


@pytest.mark.parametrize("case", NOT_REACHED, ids=_id)
@together
async def test_notice_to_a_network_that_it_does_not_reach(town: Town, case: Notice) -> None:
    sender, recipient = await town.person(case.sender), await town.person(case.to)
    await dial(sender, case.code.format(recipient.number), REFUSED, "other-network")
    assert await town.world.notices(recipient.number) == []


@pytest.mark.parametrize("code", ["*110*{}#", "*111*{}#"])
@together
async def test_five_a_day_also_when_six_are_sent_at_once(town: Town, code: str) -> None:
    sender, recipient = await town.person(MTS), await town.person(MTS)
    phone = await recipient.listen()
    dialled = await sender.dial(code.format(recipient.number), calls=6)
    assert sorted(dialled.statuses) == [REFUSED] + 5 * [DONE]
    assert sender.heard.count("notice-sent") == 5
    assert sender.heard.count("notice-limit") == 1
    assert len(phone.texts) == 5


@together
async def test_fifty_messages_a_day_of_all_kinds(town: Town) -> None:
    sender, recipient = await town.person(MTS), await town.person(MTS)
    rule = catalogue.load().operator("mts-ru")
    pair = sender.number, recipient.number
    for use in range(49):
        await Usage(town.world.store).take(
            rule.limits_on("white_list"),
            rule,
            *pair,
            use_id=str(use),
            at_ms=Clock().wall_ms(),
        )
    await dial(sender, f"*110*{recipient.number}#", DONE, "notice-sent")
    await dial(sender, f"*111*{recipient.number}#", REFUSED, "notice-limit")


@pytest.mark.parametrize("code", ["*144*{}#", "*143*{}#"])
@together
async def test_a_notice_waits_for_a_phone_and_comes_within_three_seconds(
    town: Town, code: str
) -> None:
    sender, recipient = await town.person(TELE2), await town.person(TELE2)
    await dial(sender, code.format(recipient.number), DONE, "notice-sent")
    await asyncio.sleep(2)
    (waiting,) = await town.world.notices(recipient.number)
    assert waiting.state.value == "pending"
    phone = await recipient.listen()
    text = await phone.text_comes()
    assert text.at_s - recipient.registered_at_s < 3


@together
async def test_beeline_opts_out_and_in(town: Town) -> None:
    """*155*0# refuses callers at home and abroad alike, *155*1# takes both again."""
    away = but(BEELINE, roaming="world-20")
    caller, abroad = await town.person(BEELINE), await town.person(away)
    called = await town.person(BEELINE)
    await dial(called, "*155*0#", DONE, "opted-out")
    for one in (caller, abroad):
        assert await call(one, called) == SIP_STATUSES[Disposition.OPTED_OUT]
        assert one.heard == [told(Disposition.OPTED_OUT)]
    await dial(called, "*155*1#", DONE, "opted-in")
    for one in (caller, abroad):
        await called.answer("1")
        assert await call(one, called) == SIP_STATUSES[Disposition.ANSWERED]


@together
async def test_information_line(town: Town) -> None:
    await dial(await town.person(BEELINE), "064012", DONE, "about-05050")


BALANCES = [
    ("*100#", but(MTS, balance="12.34"), Amount(1234, "RUB")),
    ("*102#", but(BEELINE, balance="0"), Amount(0, "RUB")),
    ("*111#", but(TELE2, balance="500.50"), Amount(50050, "KZT")),
]


@pytest.mark.parametrize(("code", "party", "amount"), BALANCES, ids=["mts", "beeline", "tele2"])
@together
async def test_balance(town: Town, code: str, party: Party, amount: Amount) -> None:
    await dial(await town.person(party), code, DONE, "balance", amount=amount)


def _operator(party: Party) -> str:
    return party.operator


OTHERS = [
    ("*155*0#", MTS),
    ("064012", MTS),
    ("*102#", MTS),
    ("*111*785#", BEELINE),
    ("*880#", TELE2),
    ("0880", BEELINE),
    ("*100#", TELE2),
]


@pytest.mark.parametrize(("code", "party"), OTHERS)
@together
async def test_code_of_another_operator(town: Town, code: str, party: Party) -> None:
    await dial(await town.person(party), code, REFUSED, "other-code")


@pytest.mark.parametrize("number", ["101", "102", "103", "104", "112"])
@pytest.mark.parametrize(
    "party", [but(MTS, blocked=True), BEELINE, TELE2], ids=lambda p: p.operator
)
@together
async def test_emergency_number(town: Town, party: Party, number: str) -> None:
    """Said to be out of reach here, to blocked numbers too; never a call, never paid."""
    caller = await town.person(party)
    assert (await caller.dial(number)).status == SIP_STATUSES[Disposition.EMERGENCY]
    assert caller.heard == [told(Disposition.EMERGENCY)]
    assert await town.world.cdrs(caller.number) == []
    assert await charges(caller) == []
