"""The service is killed at random moments of calls: nobody talks unasked, nobody pays twice."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from agi.domain.dispositions import Disposition
from lab import scenario_files, supervision
from lab.instance import Instance
from lab.people import Person
from lab.scenario_files import Party
from lab.scenario_world import World, until, world_of
from lab.sipp import Phone, Run
from tests.call.conftest import MakeLab

pytestmark = [pytest.mark.call, pytest.mark.slow]

SEED = 2
KILLS = 30
PAIRS = 4
CALLS = 60
"""A caller's; one starts every second and a half, and lasts about five seconds."""
_ACCEPTS = scenario_files.FOLDER / "accepts"


@dataclass(frozen=True)
class Talkers:
    """A caller and a called party with more money than all the calls take."""

    caller: Person
    called: Person
    calling: Run
    listening: Run

    def attempts(self) -> set[str]:
        """The calls that were placed, by SIP Call-ID."""
        return {
            line.call_id
            for line in self.calling.lines()
            if line.sent and line.cseq == "CSeq:2 INVITE"
        }

    def connected(self) -> set[str]:
        """The calls in which the caller's phone was connected."""
        lines = self.calling.lines()
        return {line.call_id for line in lines if line.status == 200 and "INVITE" in line.cseq}


async def test_kills_at_random_moments(make_lab: MakeLab, tmp_path: Path) -> None:
    lab = make_lab(prompt_guard_s=15)
    moments = random.Random(SEED)
    async with world_of(lab.settings) as world:
        pairs = [await _start(lab, world, tmp_path / str(number)) for number in range(PAIRS)]
        for _ in range(KILLS):
            await asyncio.sleep(moments.uniform(0.5, 4.5))
            await until(lambda: _runs(lab), 20, "the service was not started again")
            supervision.signal_program(lab.socket, "service", signal.SIGKILL)
        for pair in pairs:
            await pair.calling.wait(120)
            pair.listening.process.kill()
        for pair in pairs:
            await _all_settled(world, pair)
            await _check(world, pair)
    assert sum(len(pair.connected()) for pair in pairs) > 0


async def _runs(lab: Instance) -> bool | None:
    return lab.processes()["service"]["statename"] == "RUNNING" or None


async def _start(lab: Instance, world: World, logs: Path) -> Talkers:
    caller = await world.person(Party(operator="mts-ru", unlimited=True))
    called = await world.person(Party(operator="mts-ru", plan="fast", balance="100000"))
    phone = Phone(called.subscriber.number, called.password, lab.settings, logs, most_calls=20)
    await phone.register(scenario_files.REGISTER)
    listening = await phone.run(_ACCEPTS / "callee.xml", calls=10 * CALLS)
    await phone.wait_until_listening()
    phone = Phone(caller.subscriber.number, caller.password, lab.settings, logs, most_calls=20)
    dial = f"0880{called.subscriber.number}"
    calling = await phone.run(
        _ACCEPTS / "caller.xml", dial=dial, calls=CALLS, options=("-r", "1", "-rp", "1500")
    )
    return Talkers(caller, called, calling, listening)


async def _all_settled(world: World, pair: Talkers) -> None:
    async def settled() -> bool | None:
        done = await world.cdrs(pair.caller.subscriber.number)
        return len(done) >= len(pair.attempts()) or None

    await until(settled, 60, f"not every call of {pair.caller.subscriber.number} has its CDR")


async def _check(world: World, pair: Talkers) -> None:
    records = await world.cdrs(pair.caller.subscriber.number)
    number = pair.called.subscriber.number
    charges, account = await world.charges(number), await world.account(number)
    answered = [cdr for cdr in records if cdr.disposition is Disposition.ANSWERED]

    assert len({cdr.call_id for cdr in records}) == len(records) == len(pair.attempts())
    assert all(cdr.consent for cdr in answered)
    assert len(answered) == len(pair.connected())
    assert all(cdr.charged_minor == 0 for cdr in records if cdr not in answered)
    assert max(Counter((e.call_id, e.minute) for e in charges).values(), default=1) == 1
    assert -sum(e.amount_minor for e in charges) == sum(cdr.charged_minor for cdr in records)
    assert account.reserved_minor == 0
    assert account.balance_minor == pair.called.account.balance_minor + sum(
        entry.amount_minor for entry in charges
    )
