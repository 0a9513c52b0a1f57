"""Several calls on one account, and conversations that outlive the service, AMI and Redis."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from agi.domain.call import Phase
from agi.domain.cdr import Cdr
from lab import scenario_files, supervision
from lab.instance import Instance
from lab.people import Person
from lab.scenario_files import Party
from lab.scenario_world import World, until, world_of
from lab.sipp import Phone, Run
from tests.call.conftest import MakeLab

pytestmark = pytest.mark.call

_MTS = Party(operator="mts-ru")
_TALK = scenario_files.FOLDER / "funds-run-out"
"""The called party agrees, and both talk until the money ends."""


async def _answering(person: Person, lab: Instance, logs: Path, calls: int = 1) -> Run:
    phone = Phone(person.subscriber.number, person.password, lab.settings, logs)
    await phone.register(scenario_files.REGISTER)
    listening = await phone.run(_TALK / "callee.xml", calls=calls)
    await phone.wait_until_listening()
    return listening


async def _calling(person: Person, called: Person, lab: Instance, logs: Path) -> Run:
    phone = Phone(person.subscriber.number, person.password, lab.settings, logs)
    return await phone.run(_TALK / "caller.xml", dial=f"0880{called.subscriber.number}")


async def test_three_calls_at_once_share_one_account(lab: Instance, tmp_path: Path) -> None:
    """9.50 at 3.00 a unit: one unit each, as nothing is reserved before it is needed."""
    async with world_of(lab.settings) as world:
        callers = [await world.person(_MTS) for _ in range(3)]
        called = await world.person(Party(operator="mts-ru", plan="fast", balance="9.50"))
        listening = await _answering(called, lab, tmp_path / "called", calls=3)
        runs = [
            await _calling(caller, called, lab, tmp_path / caller.subscriber.number)
            for caller in callers
        ]
        assert [await run.wait(40) for run in (*runs, listening)] == [0, 0, 0, 0]

        records = [
            (await _record(world, caller.subscriber.number)).charged_minor for caller in callers
        ]
        account = await world.account(called.subscriber.number)
    assert records == [300, 300, 300]
    assert (account.balance_minor, account.reserved_minor) == (50, 0)


async def test_the_limit_holds_without_the_service(make_lab: MakeLab, tmp_path: Path) -> None:
    """Service (and its AMI link) and Redis are stopped in the first unit; the bridge ends when what
    was reserved by then is over, and the record comes when they are back."""
    lab = make_lab(renew_lead_ms=1000)
    async with world_of(lab.settings) as world:
        caller = await world.person(_MTS)
        called = await world.person(Party(operator="mts-ru", plan="demo", balance="100"))
        number = caller.subscriber.number
        listening = await _answering(called, lab, tmp_path / "called")
        talking = await _calling(caller, called, lab, tmp_path / "calling")
        await world.in_phase(number, Phase.TALKING)
        for program in ("service", "redis"):
            supervision.signal_program(lab.socket, program, signal.SIGSTOP)
        try:
            assert await talking.wait(30) == 0, talking.why_failed()
            assert await listening.wait(5) == 0, listening.why_failed()
        finally:
            for program in ("redis", "service"):
                supervision.signal_program(lab.socket, program, signal.SIGCONT)
        record = await _record(world, number)
        charges = await world.charges(called.subscriber.number)

    assert _bridged_s(listening) == pytest.approx(6.0, abs=2.0)
    assert (record.minutes, record.charged_minor, len(charges)) == (1, 300, 1)


async def _record(world: World, calling: str) -> Cdr:
    """The call's one CDR."""

    async def found() -> list[Cdr] | None:
        return await world.cdrs(calling) or None

    (record,) = await until(found, 30, f"no CDR of {calling}")
    return record


def _bridged_s(listening: Run) -> float:
    """From the key, a second after the called party's ACK, to its BYE."""
    at_s = {line.text.split(" ")[0]: line.at_s for line in listening.lines()}
    return at_s["BYE"] - at_s["ACK"] - 1.0
