"""Whose money it is: ordinary calls, the white list and the bar, by phones, to the last unit."""

from __future__ import annotations

import pytest

from agi.charging import audit
from agi.domain.call import CUT_OFF_MS
from agi.domain.cdr import Cdr
from agi.domain.dispositions import SIP_STATUSES, Disposition
from agi.domain.terms import Terms
from agi.subscribers.lists import Lists
from lab.scenario_files import Party
from lab.scenario_world import until
from tests.call.handset import Handset, Town
from tests.call.together import together

pytestmark = pytest.mark.call

PLAIN, COLLECT = "{}", "0880{}"
RICH = Party(operator="mts-ru", plan="fast", balance="200")
POOR = Party(operator="mts-ru")
ORDINARY_MINOR, COLLECT_MINOR = 200, 300


async def call(caller: Handset, called: Handset, dial: str) -> tuple[int, Cdr]:
    """The status that the caller got, and the CDR of the call."""
    status = (await caller.dial(dial.format(called.number))).status

    async def found() -> Cdr | None:
        return next(iter(await caller.town.world.cdrs(caller.number)), None)

    return status, await until(found, 10, f"no CDR of {caller.number}")


async def charges(handset: Handset) -> list[int]:
    """What was debited; nothing may be left reserved, and the books must agree."""
    world = handset.town.world
    assert (await world.account(handset.number)).reserved_minor == 0
    assert handset.number not in {one.about for one in await audit.run(world.store)}
    return [entry.amount_minor for entry in await world.charges(handset.number)]


@together
async def test_an_ordinary_call_of_two_units(town: Town) -> None:
    caller, called = await town.person(RICH), await town.person(POOR)
    await called.answer("", after_ms=500)  # three seconds of talk
    status, cdr = await call(caller, called, PLAIN)
    assert status == SIP_STATUSES[Disposition.ANSWERED]
    assert (cdr.terms, cdr.minutes, cdr.consent_digits) == (Terms.ORDINARY, 2, "caller-pays")
    assert await charges(caller) == [-ORDINARY_MINOR] * 2
    assert await charges(called) == []
    assert (caller.heard, called.heard) == ([], [])


@together
async def test_the_callers_money_runs_out(town: Town) -> None:
    caller = await town.person(RICH.model_copy(update={"balance": "3.50"}))
    called = await town.person(POOR)
    await called.answer("")
    _, cdr = await call(caller, called, PLAIN)
    assert cdr.release_cause == "funds_ran_out"
    assert 1_900 <= cdr.talk_ms <= 2_000 + CUT_OFF_MS
    assert await charges(caller) == [-ORDINARY_MINOR]
    assert caller.heard[-1] == "told-own-funds-ran-out"
    assert called.heard == []


@together
async def test_a_caller_on_the_white_list(town: Town) -> None:
    caller, called = await town.person(POOR), await town.person(RICH)
    await Lists(town.world.store).add(called.number, "white", caller.number, 10, "r-1")
    await called.answer("", after_ms=2_000)
    status, cdr = await call(caller, called, COLLECT)
    assert status == SIP_STATUSES[Disposition.ANSWERED]
    assert (cdr.terms, cdr.consent_digits) == (Terms.WHITE_LISTED, "white-list")
    assert called.heard == ["at-your-expense"]
    assert set(await charges(called)) == {-COLLECT_MINOR}
    assert await charges(caller) == []


@together
async def test_who_is_barred_by_key_is_not_put_through_again(town: Town) -> None:
    caller, called = await town.person(POOR), await town.person(RICH)
    await called.answer("9")
    status, cdr = await call(caller, called, COLLECT)
    assert status == SIP_STATUSES[Disposition.DECLINED]
    assert (cdr.disposition, cdr.consent_digits) == (Disposition.DECLINED, None)
    assert called.heard[-1] == "caller-barred"
    phone = await called.listen()
    again = (await caller.dial(COLLECT.format(called.number))).status
    assert again == SIP_STATUSES[Disposition.BARRED]
    assert caller.heard == ["told-declined", "told-barred"]
    assert not phone.rang
    assert await charges(called) == []
