"""What nobody should dial, behind every code: each has its answer, and nothing else happens."""

from __future__ import annotations

import asyncio
from itertools import product

import pytest

from agi.domain.answers import PhoneNumber
from agi.domain.dispositions import SIP_STATUSES, Disposition
from agi.domain.speech import told
from lab.scenario_files import Party
from tests.call import ami_ear
from tests.call.handset import Handset, Town
from tests.call.service_answers import REFUSED, UNKNOWN_NUMBER, dial
from tests.call.test_services_calls import BEELINE, MTS, TELE2, call, charges
from tests.call.together import together

pytestmark = pytest.mark.call

SERVICES = {
    "mts-ru": ["*110*{}#", "*111*{}#", *(f"*880*{item}*{{}}#" for item in (22, 23, 26, 27, 41))],
    "beeline-ru": ["*144*{}#", "*143*{}#", "*155*0*{}#", "*155*1*{}#"],
    "tele2-kz": ["*144*{}#", "*143*{}#"],
}
ACCESS = {
    "mts-ru": ["0880{}", "0800{}", "*880*{}#"],
    "beeline-ru": ["05050{}"],
    "tele2-kz": ["*133*{}#"],
}
BAD = [
    "",
    "{n}1",
    "{short}",
    "+375{short}",
    "{short}x",
    "%D9%A9%D9%A1%D9%A6%D9%A1%D9%A1%D9%A1%D9%A0%D9%A0%D9%A0%D9%A2",
    "{n}&PJSIP/{n}",
    "{n},60",
    "{n}%24%7BEXTEN%7D",
    "{n}%0D%0AEvent%3A%20Forged",
    "112",
    "8800",
]
"""What stands where the number should, behind every code: {n} is somebody's, {short} lacks its last
digit."""
WORSE = [
    "0{short}",
    "{n}{n}",
    "9" * 100,
    "+1{n}",
    "007{n}",
    "+{n}",
    "{short}%D9%A1",
    "%24%7BSHELL(id)%7D",
    "{n}%0D%0A",
    "%0D%0AAction%3A%20Originate%0D%0AChannel%3A%20PJSIP/{n}",
    "{short}%00",
    "{n}%20",
    "%22{n}%22",
    "{n}%5C",
    "{n}%3Buser=phone",
    "*{n}",
    "{n}*1",
    "0880",
    "*110",
]
"""And behind one access code and one service code of each operator."""


def _codes(operator: str, other: str) -> list[str]:
    access, services = ACCESS[operator], SERVICES[operator]
    pairs = [*product(access + services, BAD), *product((access[0], services[0]), WORSE)]
    codes = (code.format(bad.format(n=other, short=other[:-1])) for code, bad in pairs)
    return [code for code in codes if code not in ("0880", "0800")]  # which are voice menus


@pytest.mark.parametrize("party", [MTS, BEELINE, TELE2], ids=lambda party: party.operator)
@together
async def test_what_is_no_number(town: Town, party: Party) -> None:
    """Wrong number, every time: no message, no money, no list, and no event but the calls' own."""
    caller, other = await town.person(party), await town.person(party)
    codes = _codes(party.operator, other.number)
    async with ami_ear.listening(town.world.settings) as heard:
        answers = await caller.dial_all(codes)
        await asyncio.sleep(1)
    status = SIP_STATUSES[Disposition.BAD_NUMBER]
    wrong = {code: answers.get(code) for code in codes if answers.get(code, ())[-1:] != (status,)}
    assert wrong == {}
    assert set(caller.heard) == {told(Disposition.BAD_NUMBER)}
    await _nothing_happened(caller, other, len(codes))
    assert [event for event in heard if "Forged" in event] == []
    own = [event for event in heard if f"Calling: {caller.number}" in event]
    assert len(own) == len(codes)


async def _nothing_happened(caller: Handset, other: Handset, calls: int) -> None:
    world = caller.town.world
    records = await world.cdrs(caller.number)
    assert len(records) == calls
    assert {record.disposition for record in records} == {Disposition.BAD_NUMBER}
    assert await world.notices(other.number) == []
    assert await charges(caller) == await charges(other) == []


ABSENT = {"*880*23*{}#": "white", "*880*27*{}#": "black", "*155*1*{}#": "black"}
"""From which list a code removes: a number may have left, and still be listed."""
EVERY = [(party, code) for party in (MTS, BEELINE, TELE2) for code in SERVICES[party.operator]]


@pytest.mark.parametrize(("party", "code"), EVERY)
@together
async def test_a_service_code_with_a_number_that_it_can_not_serve(
    town: Town, party: Party, code: str
) -> None:
    """The own number, and one that is nobody's: each is told, and written."""
    caller = await town.person(party)
    await dial(caller, code.format(caller.number), REFUSED, "own-number")
    nobody = PhoneNumber("9000000000")
    if code in ABSENT:
        name = f"{ABSENT[code]}-absent"
        await dial(caller, code.format(nobody.national), REFUSED, name, number=nobody)
    else:
        await dial(caller, code.format(nobody.national), UNKNOWN_NUMBER, "unknown-number")


@pytest.mark.parametrize("party", [MTS, BEELINE, TELE2], ids=lambda party: party.operator)
@together
async def test_an_access_code_with_a_number_that_it_can_not_call(town: Town, party: Party) -> None:
    caller = await town.person(party)
    for code in ACCESS[party.operator]:
        for number, reason in (
            (caller.number, Disposition.OWN_NUMBER),
            ("9000000000", Disposition.UNKNOWN_NUMBER),
        ):
            assert await call(caller, caller, code.format(number)) == SIP_STATUSES[reason]
            assert caller.heard[-1] == told(reason)
    assert await charges(caller) == []
