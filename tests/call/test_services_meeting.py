"""Where two rules meet: which of them decides, what is told, and whether a notice follows."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from agi.domain.dispositions import SIP_STATUSES, Disposition
from agi.domain.services import ListName
from agi.domain.speech import told
from agi.domain.terms import Terms
from agi.subscribers.lists import Lists
from lab.scenario_files import Party
from tests.call.handset import Handset, Town
from tests.call.test_services_calls import (
    BEELINE,
    KLASSNY,
    MTS,
    TELE2,
    but,
    call,
    charges,
    the_cdr,
)
from tests.call.test_services_failures import BEELINE_POSTPAID, use_up
from tests.call.together import together

pytestmark = pytest.mark.call

OPTED_OUT = {"opted_out": True}
POOR = {"balance": "2.99"}
ABROAD = but(MTS, roaming="world-80")


@dataclass(frozen=True)
class Meeting:
    """A call with two reasons against it, and the one that is told."""

    name: str
    reason: Disposition
    calling: Party
    called: Party
    listed: ListName | None = None
    """The called party's list that the caller is on."""
    used_up: bool = False
    """The caller has made all requests of the day."""
    notice: bool = False
    dial: str | None = None


REFUSED = [
    Meeting("opted-out-off", Disposition.OPTED_OUT, MTS, but(MTS, **OPTED_OUT)),
    Meeting("opted-out-poor", Disposition.OPTED_OUT, MTS, but(MTS, **OPTED_OUT, **POOR)),
    Meeting("opted-out-white", Disposition.OPTED_OUT, MTS, but(MTS, **OPTED_OUT), "white"),
    Meeting("black-abroad", Disposition.BARRED, ABROAD, MTS, "black", dial="*880*{called}#"),
    Meeting("white-poor", Disposition.NO_FUNDS, MTS, but(MTS, **POOR), "white", notice=True),
    Meeting("white-not-entitled", Disposition.NOT_ENTITLED, KLASSNY, MTS, "white"),
    Meeting(
        "not-entitled-opted-out",
        Disposition.OPTED_OUT,
        BEELINE_POSTPAID,
        but(BEELINE, **OPTED_OUT),
    ),
    Meeting("not-entitled-black", Disposition.BARRED, BEELINE_POSTPAID, BEELINE, "black"),
    Meeting("not-entitled-other-operator", Disposition.OTHER_OPERATOR, BEELINE_POSTPAID, MTS),
    Meeting("limit-poor", Disposition.LIMIT, MTS, but(MTS, **POOR), used_up=True),
    Meeting("limit-off", Disposition.LIMIT, BEELINE, BEELINE, used_up=True),
    Meeting("limit-white", Disposition.LIMIT, MTS, MTS, "white", used_up=True),
    Meeting("limit-black", Disposition.BARRED, MTS, MTS, "black", used_up=True),
    Meeting("limit-opted-out", Disposition.OPTED_OUT, MTS, but(MTS, **OPTED_OUT), used_up=True),
    Meeting(
        "limit-own-number", Disposition.OWN_NUMBER, MTS, MTS, used_up=True, dial="08808{calling}"
    ),
    Meeting("limit-other-code", Disposition.LIMIT, MTS, MTS, used_up=True, dial="*880*{called}#"),
    Meeting("poor-off", Disposition.NO_FUNDS, BEELINE, but(BEELINE, **POOR), notice=True),
    Meeting("poor-off-no-notices", Disposition.NO_FUNDS, TELE2, but(TELE2, balance="12.99")),
]


@pytest.mark.parametrize("meeting", REFUSED, ids=lambda meeting: meeting.name)
@together
async def test_one_reason_comes_first(town: Town, meeting: Meeting) -> None:
    """No phone is on that could ring or be busy."""
    caller, called = await town.person(meeting.calling), await town.person(meeting.called)
    await _list(called, caller, meeting.listed)
    if meeting.used_up:
        await use_up(caller)
    assert await call(caller, called, meeting.dial) == SIP_STATUSES[meeting.reason]
    assert (await the_cdr(caller)).disposition is meeting.reason
    assert caller.heard == [told(meeting.reason)]
    assert len(await town.world.notices(called.number)) == meeting.notice
    assert await charges(called) == []


@dataclass(frozen=True)
class Connected:
    """A call that is connected all the same; a started minute of it costs `minor`."""

    name: str
    minor: int
    calling: Party
    called: Party
    listed: ListName | None = None


CONNECTED = [
    Connected("the-last-kopeck", 300, MTS, but(MTS, balance="3.00")),
    Connected("the-last-tiyn", 1300, TELE2, but(TELE2, balance="13.00")),
    Connected("blocked-and-postpaid", 300, but(MTS, blocked=True, postpaid=True), MTS),
    Connected("white-and-travelling", 800, MTS, but(MTS, roaming="ru", balance="8.00"), "white"),
]


@pytest.mark.parametrize("case", CONNECTED, ids=lambda case: case.name)
@together
async def test_connected_all_the_same(town: Town, case: Connected) -> None:
    caller, called = await town.person(case.calling), await town.person(case.called)
    await _list(called, caller, case.listed)
    await called.answer("" if case.listed else "1")
    assert await call(caller, called) == SIP_STATUSES[Disposition.ANSWERED]
    terms = Terms.WHITE_LISTED if case.listed else Terms.ASKED
    assert (await the_cdr(caller)).terms is terms
    assert await charges(called) == [-case.minor]
    assert await charges(caller) == []


@together
async def test_who_bars_a_caller_still_takes_its_ordinary_calls(town: Town) -> None:
    caller, called = await town.person(but(MTS, balance="2.00")), await town.person(MTS)
    await _list(called, caller, "black")
    await called.answer("")
    assert await call(caller, called, "{called}") == SIP_STATUSES[Disposition.ANSWERED]
    assert (await charges(caller), await charges(called)) == ([-200], [])


@together
async def test_a_limit_holds_in_the_menu_too(town: Town) -> None:
    caller, called = await town.person(MTS), await town.person(MTS)
    await use_up(caller)
    await caller.dial("0880", f",{called.number}")
    assert (await the_cdr(caller)).disposition is Disposition.LIMIT
    assert caller.heard[-1] == told(Disposition.LIMIT)


async def _list(owner: Handset, other: Handset, name: ListName | None) -> None:
    if name:
        await Lists(owner.town.world.store).add(owner.number, name, other.number, 10, "r-1")
