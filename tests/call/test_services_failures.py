"""What follows a collect call that fails, by operator: the "call me" notice, and the limits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from agi import catalogue
from agi.clock import Clock
from agi.domain.dispositions import SIP_STATUSES, Disposition
from agi.domain.limits import COLLECT
from agi.domain.speech import told
from agi.subscribers.lists import Lists
from agi.subscribers.usage import Usage
from lab import scenario_files
from lab.scenario_files import Party
from tests.call.handset import Handset, Taking, Town
from tests.call.test_services_calls import BEELINE, CODES, KLASSNY, MTS, TELE2, but, call, the_cdr
from tests.call.together import together

pytestmark = pytest.mark.call

CALL_ME = "Вам звонил за ваш счёт абонент +7{}. Перезвоните ему."
_BUSY = scenario_files.FOLDER / "busy" / "callee.xml"
_RINGS_OUT = scenario_files.FOLDER / "rings-out" / "callee.xml"
_HANGS_UP = scenario_files.FOLDER / "abandons-while-ringing"
BEELINE_POSTPAID = but(BEELINE, postpaid=True)
ON = {
    "beeline-ru": {
        Disposition.NO_FUNDS,
        Disposition.NOT_ENTITLED,
        Disposition.BUSY,
        Disposition.NO_ANSWER,
        Disposition.UNREACHABLE,
    },
    "mts-ru": {Disposition.BUSY, Disposition.NO_FUNDS, Disposition.UNREACHABLE},
    "tele2-kz": set[Disposition](),
}
"""After which failures there is a notice; never after any other."""


@dataclass(frozen=True)
class Failure:
    """A collect call that comes to nothing."""

    reason: Disposition
    calling: Party
    called: Party
    dial: str | None = None


def _failures(party: Party) -> list[Failure]:
    other = BEELINE if party.operator != "beeline-ru" else MTS
    code = CODES[party.operator]
    return [
        *(Failure(reason, party, party) for reason in _BY_PHONE),
        Failure(Disposition.UNREACHABLE, party, party),
        Failure(Disposition.NO_FUNDS, party, but(party, balance="0.50")),
        Failure(Disposition.OPTED_OUT, party, but(party, opted_out=True)),
        Failure(Disposition.BARRED, party, party),
        Failure(Disposition.OTHER_OPERATOR, party, other),
        Failure(Disposition.UNKNOWN_NUMBER, party, party, code.replace("{called}", "9000000000")),
        Failure(Disposition.BAD_NUMBER, party, party, code.replace("{called}", "{called}1")),
        Failure(Disposition.OWN_NUMBER, party, party, code.replace("called", "calling")),
    ]


_BY_PHONE: dict[Disposition, Callable[[Handset], Awaitable[Taking]]] = {
    Disposition.BUSY: lambda called: called.take(_BUSY, requests=2),
    Disposition.NO_ANSWER: lambda called: called.take(_RINGS_OUT),
    Disposition.DECLINED: lambda called: called.answer(""),
    Disposition.NO_INPUT: lambda called: called.answer("5,5,5"),
}
"""How the called party's phone brings it about."""
FAILURES = [
    *_failures(MTS),
    *_failures(BEELINE),
    *_failures(TELE2),
    Failure(Disposition.NOT_ENTITLED, KLASSNY, MTS),
    Failure(Disposition.NOT_ENTITLED, BEELINE_POSTPAID, BEELINE),
    Failure(Disposition.LIMIT, MTS, MTS),
    Failure(Disposition.LIMIT, BEELINE, BEELINE),
]


@pytest.mark.parametrize(
    "case", FAILURES, ids=lambda case: f"{case.calling.operator}-{case.reason}"
)
@together
async def test_notice_after_failed_call(town: Town, case: Failure) -> None:
    """The reason is told; the operator's rule alone says whether a notice follows."""
    caller, called = await town.person(case.calling), await town.person(case.called)
    phone = await _prepare(case.reason, caller, called)
    status = await call(caller, called, case.dial)
    assert (status, caller.heard) == (SIP_STATUSES[case.reason], [told(case.reason)])
    assert (await the_cdr(caller)).disposition is case.reason
    notices = await town.world.notices(called.number)
    expected = case.reason in ON[case.calling.operator]
    assert [notice.message.text for notice in notices] == [CALL_ME.format(caller.number)] * expected
    if expected and case.reason is Disposition.BUSY:
        assert phone
        assert (await phone.text_comes()).sender == caller.number


async def _prepare(reason: Disposition, caller: Handset, called: Handset) -> Taking | None:
    """Make the world such that the call will fail so; the called party's phone if it is on."""
    if reason is Disposition.BARRED:
        await Lists(called.town.world.store).add(called.number, "black", caller.number, 10, "r-1")
    if reason is Disposition.LIMIT:
        await use_up(caller)
    by_phone = _BY_PHONE.get(reason)
    return await by_phone(called) if by_phone else None


async def use_up(caller: Handset) -> None:
    """As many requests as the caller may make in a day, to somebody else."""
    rule = catalogue.load().operator(caller.person.subscriber.operator)
    limits, usage = rule.limits_on(COLLECT), Usage(caller.town.world.store)
    for use in range(min(limit.most for limit in limits)):
        pair = caller.number, "9000000000"
        now_ms = Clock().wall_ms()
        await usage.take(limits, rule, *pair, use_id=str(use), at_ms=now_ms)


@pytest.mark.parametrize("party", [MTS, BEELINE, TELE2], ids=lambda party: party.operator)
@together
async def test_no_notice_after_the_caller_gave_up(town: Town, party: Party) -> None:
    caller, called = await town.person(party), await town.person(party)
    await called.take(_HANGS_UP / "callee.xml")
    code = CODES[party.operator].format(called=called.number)
    dialled = await caller.dial(code, script=_HANGS_UP / "caller.xml")
    assert dialled.status == SIP_STATUSES[Disposition.ABANDONED]
    assert (await the_cdr(caller)).disposition is Disposition.ABANDONED
    assert await town.world.notices(called.number) == []


@pytest.mark.parametrize(("party", "most"), [(MTS, 10), (BEELINE, 15)], ids=["mts", "beeline"])
@together
async def test_requests_a_day_also_when_all_come_at_once(
    town: Town, party: Party, most: int
) -> None:
    """Each request that rings counts, whatever the answer; one more is refused."""
    caller, called = await town.person(party), await town.person(party)
    phone = await called.take(_BUSY, requests=2 * most)
    code = CODES[party.operator].format(called=called.number)
    dialled = await caller.dial(code, calls=most + 1)
    busy, full = SIP_STATUSES[Disposition.BUSY], SIP_STATUSES[Disposition.LIMIT]
    assert sorted(dialled.statuses) == [full] + most * [busy]
    assert caller.heard.count(told(Disposition.LIMIT)) == 1
    assert phone.rang == most


@pytest.mark.parametrize(("party", "most"), [(MTS, 10), (BEELINE, 15)], ids=["mts", "beeline"])
@together
async def test_a_request_that_rang_nowhere_does_not_count(
    town: Town, party: Party, most: int
) -> None:
    """A phone that is off and an account without money use nothing up."""
    caller, off = await town.person(party), await town.person(party)
    poor = await town.person(but(party, balance="0.50"))
    for called in (off, poor):
        code = CODES[party.operator].format(called=called.number)
        assert len((await caller.dial(code, calls=most)).statuses) == most
    called = await town.person(party)
    await called.answer("1")
    assert await call(caller, called) == SIP_STATUSES[Disposition.ANSWERED]


@together
async def test_ten_notices_in_a_day_after_failed_calls(town: Town) -> None:
    caller, called = await town.person(MTS), await town.person(but(MTS, balance="0"))
    phone = await called.listen()
    dialled = await caller.dial(CODES["mts-ru"].format(called=called.number), calls=11)
    assert dialled.statuses == 11 * [SIP_STATUSES[Disposition.NO_FUNDS]]
    assert phone.bodies == 10 * [CALL_ME.format(caller.number)]
    assert len(await town.world.notices(called.number)) == 10
