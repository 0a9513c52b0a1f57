"""Collect and ordinary calls as each operator's subscribers dial them, by phones."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from agi import catalogue
from agi.domain import speech
from agi.domain.cdr import Cdr
from agi.domain.dispositions import SIP_STATUSES, Disposition
from agi.domain.speech import told
from lab.scenario_files import Party
from lab.scenario_world import until
from tests.call.handset import Handset, Town
from tests.call.service_answers import RUSSIAN
from tests.call.together import together

pytestmark = pytest.mark.call

MTS = Party(operator="mts-ru", balance="200")
BEELINE = Party(operator="beeline-ru", balance="200")
TELE2 = Party(operator="tele2-kz", balance="500")
CODES = {"mts-ru": "0880{called}", "beeline-ru": "05050{called}", "tele2-kz": "*133*{called}#"}
"""The first access code of each."""


def but(party: Party, **changes: object) -> Party:
    """The same with something else about it."""
    return party.model_copy(update=changes)


async def call(caller: Handset, called: Handset, dial: str | None = None) -> int:
    """Dial collect by the first code of the caller's operator, or as `dial` says; the status."""
    code = dial or CODES[caller.person.subscriber.operator]
    return (await caller.dial(code.format(calling=caller.number, called=called.number))).status


async def the_cdr(caller: Handset) -> Cdr:
    """The one CDR of the caller."""
    found = caller.town.world.cdrs

    async def look() -> list[Cdr] | None:
        return await found(caller.number) or None

    (record,) = await until(look, 10, f"no CDR of {caller.number}")
    return record


async def charges(handset: Handset) -> list[int]:
    return [entry.amount_minor for entry in await handset.town.world.charges(handset.number)]


@dataclass(frozen=True)
class Talk:
    """A collect call that the called party agrees to, and what a started minute of it costs."""

    name: str
    minor: int
    calling: Party
    called: Party
    dial: str | None = None


ACCESS = [
    Talk("0880N", 300, MTS, MTS, "0880{called}"),
    Talk("0880-8N", 300, MTS, MTS, "08808{called}"),
    Talk("0880-plus-7N", 300, MTS, MTS, "0880+7{called}"),
    Talk("0800N", 300, MTS, MTS, "0800{called}"),
    Talk("star-880-N", 300, MTS, MTS, "*880*{called}#"),
    Talk("star-880-N-escaped", 300, MTS, MTS, "*880*{called}%23"),
    Talk("star-880-N-from-abroad", 2000, but(MTS, roaming="world-20"), MTS, "*880*{called}#"),
    Talk("05050N", 300, BEELINE, BEELINE, "05050{called}"),
    Talk("star-133-N", 1300, TELE2, TELE2, "*133*{called}#"),
    Talk("star-133-7N", 1300, TELE2, TELE2, "*133*7{called}#"),
]
ENTITLED = [
    Talk("mts-empty-account", 300, but(MTS, balance="0"), MTS),
    Talk("mts-postpaid", 300, but(MTS, postpaid=True), MTS),
    Talk("mts-blocked", 300, but(MTS, blocked=True), MTS),
    Talk("beeline-empty-account", 300, but(BEELINE, balance="0"), BEELINE),
    Talk("beeline-below-zero", 300, but(BEELINE, balance="-5.00"), BEELINE),
    Talk("beeline-called-postpaid", 300, BEELINE, but(BEELINE, postpaid=True)),
    Talk("tele2-empty-account", 1300, but(TELE2, balance="0"), TELE2),
    Talk("tele2-postpaid", 1300, but(TELE2, postpaid=True), TELE2),
    Talk("tele2-blocked", 1300, but(TELE2, blocked=True), TELE2),
]
AWAY = {"region": "vladivostok"}
PRICES = [
    Talk("mts-other-region", 500, MTS, but(MTS, **AWAY)),
    Talk("mts-caller-travelling", 890, but(MTS, roaming="ru"), MTS),
    Talk("mts-called-travelling", 800, MTS, but(MTS, roaming="ru")),
    Talk("mts-called-travelling-other-region", 1000, MTS, but(MTS, roaming="ru", **AWAY)),
    Talk("mts-both-travelling", 1390, but(MTS, roaming="ru"), but(MTS, roaming="ru")),
    Talk("mts-caller-abroad-20", 2000, but(MTS, roaming="world-20"), MTS),
    Talk("mts-caller-abroad-80", 8000, but(MTS, roaming="world-80"), MTS),
    Talk("mts-called-abroad", 800, MTS, but(MTS, roaming="world-20")),
    Talk("beeline-other-region", 500, BEELINE, but(BEELINE, **AWAY)),
    Talk("beeline-travelling", 300, but(BEELINE, roaming="ru"), but(BEELINE, roaming="world-20")),
    Talk("tele2-other-region", 1300, TELE2, but(TELE2, region="astana")),
    Talk("tele2-travelling", 1300, but(TELE2, roaming="world-20"), but(TELE2, roaming="ru")),
]


async def talks(town: Town, talk: Talk) -> None:
    """The called party presses 1 and pays one started minute; the caller pays nothing."""
    caller, called = await town.person(talk.calling), await town.person(talk.called)
    await called.answer("1")
    assert await call(caller, called, talk.dial) == SIP_STATUSES[Disposition.ANSWERED]
    record = await the_cdr(caller)
    assert (record.disposition, record.consent_digits) == (Disposition.ANSWERED, "1")
    assert (record.price_minor_per_minute, record.minutes) == (talk.minor, 1)
    assert await charges(called) == [-talk.minor]
    assert await charges(caller) == []


def _name(case: Talk) -> str:
    return case.name


@pytest.mark.parametrize("talk", ACCESS, ids=_name)
@together
async def test_access_code(town: Town, talk: Talk) -> None:
    await talks(town, talk)


@pytest.mark.parametrize("talk", ENTITLED, ids=_name)
@together
async def test_who_may_call(town: Town, talk: Talk) -> None:
    await talks(town, talk)


@pytest.mark.parametrize("talk", PRICES, ids=_name)
@together
async def test_price(town: Town, talk: Talk) -> None:
    await talks(town, talk)


@dataclass(frozen=True)
class Refusal:
    """A call that is refused before any phone rings."""

    name: str
    reason: Disposition
    calling: Party
    called: Party
    dial: str | None = None


KLASSNY = but(MTS, plan="klassny")
REFUSALS = [
    Refusal("mts-klassny", Disposition.NOT_ENTITLED, KLASSNY, MTS),
    Refusal("mts-klassny-2009", Disposition.NOT_ENTITLED, but(MTS, plan="klassny-2009"), MTS),
    Refusal("beeline-postpaid", Disposition.NOT_ENTITLED, but(BEELINE, postpaid=True), BEELINE),
    Refusal("beeline-blocked", Disposition.NOT_ENTITLED, but(BEELINE, blocked=True), BEELINE),
    Refusal("mts-to-beeline", Disposition.OTHER_OPERATOR, MTS, BEELINE),
    Refusal("beeline-to-mts", Disposition.OTHER_OPERATOR, BEELINE, MTS),
    Refusal("tele2-to-mts", Disposition.OTHER_OPERATOR, TELE2, MTS),
    Refusal("tele2-to-altel", Disposition.OTHER_OPERATOR, TELE2, but(TELE2, operator="altel-kz")),
    Refusal("mts-by-05050", Disposition.OTHER_CODE, MTS, MTS, "05050{called}"),
    Refusal("mts-by-star-133", Disposition.OTHER_CODE, MTS, MTS, "*133*{called}#"),
    Refusal("beeline-by-0880", Disposition.OTHER_CODE, BEELINE, BEELINE, "0880{called}"),
    Refusal("tele2-by-0800", Disposition.OTHER_CODE, TELE2, TELE2, "0800{called}"),
    Refusal("tele2-by-star-880", Disposition.OTHER_CODE, TELE2, TELE2, "*880*{called}#"),
]


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.name)
@together
async def test_refusal(town: Town, case: Refusal) -> None:
    """The caller hears the reason; the called party's phone does not ring, nobody pays."""
    caller, called = await town.person(case.calling), await town.person(case.called)
    phone = await called.listen()
    assert await call(caller, called, case.dial) == SIP_STATUSES[case.reason]
    assert caller.heard == [told(case.reason)]
    assert (await the_cdr(caller)).disposition is case.reason
    assert not phone.rang
    assert await charges(called) == await charges(caller) == []


@pytest.mark.parametrize("party", [MTS, BEELINE, TELE2], ids=lambda party: party.operator)
@together
async def test_the_called_party_hears_who_calls_the_price_and_the_keys(
    town: Town, party: Party
) -> None:
    """Its display shows the caller's number meanwhile."""
    caller, called = await town.person(party), await town.person(party)
    phone = await called.answer("1", after_ms=20_000)
    assert await call(caller, called) == SIP_STATUSES[Disposition.ANSWERED]
    rule = catalogue.load().operator(party.operator)
    assert rule.collect
    keys = rule.collect.keys.model_copy(update={"bar": None})  # named in later readings only
    price = (await the_cdr(caller)).price_minor_per_minute
    prompt = speech.consent_prompt(RUSSIAN, caller.number, price, rule.currency, keys)
    assert called.heard[: len(prompt)] == list(prompt)
    assert f"<sip:{caller.number}@" in phone.from_header()


@dataclass(frozen=True)
class Press:
    """What the called party presses, and what comes of it."""

    name: str
    party: Party
    keys: str
    reason: Disposition
    price_again: bool = False


PRESSES = [
    Press("mts-0-declines", MTS, "0", Disposition.DECLINED),
    Press("mts-hanging-up-declines", MTS, "", Disposition.DECLINED),
    Press("mts-2-says-the-price-again", MTS, "2,,1", Disposition.ANSWERED, price_again=True),
    Press("mts-2-then-0", MTS, "2,0", Disposition.DECLINED, price_again=True),
    Press("beeline-hanging-up-declines", BEELINE, "", Disposition.DECLINED),
    Press("beeline-0-means-nothing", BEELINE, "0,,1", Disposition.ANSWERED, price_again=True),
    Press("tele2-hanging-up-declines", TELE2, "", Disposition.DECLINED),
    Press("tele2-2-means-nothing", TELE2, "2,,1", Disposition.ANSWERED, price_again=True),
]


@pytest.mark.parametrize("party", [MTS, BEELINE, TELE2], ids=lambda party: party.operator)
@together
async def test_the_prompt_is_not_charged(town: Town, party: Party) -> None:
    """Five seconds of prompt and two and a half of talk, by units of two seconds, are two units."""
    caller, called = await town.person(party), await town.person(but(party, plan="fast"))
    await called.answer("1", after_ms=5_000)
    assert await call(caller, called) == SIP_STATUSES[Disposition.ANSWERED]
    record = await the_cdr(caller)
    assert record.minutes == 2
    assert await charges(called) == [-record.price_minor_per_minute] * 2


@pytest.mark.parametrize("case", PRESSES, ids=lambda case: case.name)
@together
async def test_key(town: Town, case: Press) -> None:
    """Keys work in the middle of the prompt: they are pressed after a second and a half."""
    caller, called = await town.person(case.party), await town.person(case.party)
    await called.answer(case.keys)
    assert await call(caller, called) == SIP_STATUSES[case.reason]
    assert (await the_cdr(caller)).disposition is case.reason
    assert called.heard[0] == "incoming-call"
    assert ("price-is" in called.heard) == case.price_again
    assert bool(await charges(called)) == (case.reason is Disposition.ANSWERED)


@pytest.mark.parametrize("party", [MTS, BEELINE, TELE2], ids=lambda party: party.operator)
@together
async def test_a_plain_number_is_an_ordinary_call_that_the_caller_pays(
    town: Town, party: Party
) -> None:
    """Nobody is asked: the called party hears no prompt."""
    caller, called = await town.person(party), await town.person(but(party, balance="0"))
    await called.answer("")
    assert await call(caller, called, "{called}") == SIP_STATUSES[Disposition.ANSWERED]
    record = await the_cdr(caller)
    assert (record.disposition, record.minutes) == (Disposition.ANSWERED, 1)
    assert await charges(caller) == [-record.price_minor_per_minute]
    assert await charges(called) == []
    assert called.heard == []


@pytest.mark.parametrize("party", [MTS, BEELINE, TELE2], ids=lambda party: party.operator)
@together
async def test_without_money_a_plain_number_tells_the_collect_code(
    town: Town, party: Party
) -> None:
    caller, called = await town.person(but(party, balance="0.50")), await town.person(party)
    phone = await called.listen()
    reason = Disposition.CALLER_NO_FUNDS
    assert await call(caller, called, "{called}") == SIP_STATUSES[reason]
    head, _, tail = CODES[party.operator].partition("{called}")
    said = [prompt for prompt in caller.heard if prompt != speech.PAUSE]
    spoken = ["told-caller-no-funds", *map(_sign, head), "told-then-number", *map(_sign, tail)]
    assert said == spoken
    assert (await the_cdr(caller)).disposition is reason
    assert not phone.rang


def _sign(sign: str) -> str:
    return {"*": "key-star", "#": "key-hash"}.get(sign, f"d-{sign}")


@together
async def test_a_plain_number_of_another_operator_is_refused(town: Town) -> None:
    caller, called = await town.person(MTS), await town.person(BEELINE)
    assert await call(caller, called, "{called}") == SIP_STATUSES[Disposition.OTHER_OPERATOR]
    assert caller.heard == [told(Disposition.OTHER_OPERATOR)]


@together
async def test_a_call_me_notice_is_answered_by_dialling_its_number(town: Town) -> None:
    """The number in the notice, tapped as it stands, is an ordinary call back."""
    caller, called = await town.person(but(MTS, balance="0")), await town.person(MTS)
    phone = await called.listen()
    await caller.dial(f"*110*{called.number}#")
    (text,) = phone.texts
    number = next(word for word in text.body.split() if word.startswith("+7"))
    assert number == f"+7{caller.number}"
    await caller.answer("")
    assert (await called.dial(number)).status == SIP_STATUSES[Disposition.ANSWERED]
    assert await charges(called) != []
    assert await charges(caller) == []
