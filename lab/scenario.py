"""Runs scenarios of ``sipp-scenarios`` against a running lab: ``python -m lab.scenario NAME...``

Each makes subscribers of its own, so that any number may run at once and again; only those with a
fault disturb others, as they kill or stop the service.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from agi import settings as agi_settings
from agi.domain.cdr import Cdr
from lab import endings, scenario_files, supervision
from lab.instance import Instance
from lab.people import Person
from lab.prompt_log import PromptLog
from lab.scenario_files import Fault, Scenario
from lab.scenario_verdict import CallOutcome, Outcome, differences
from lab.scenario_world import World, until, world_of
from lab.sipp import Phone, Run, all_off_afterwards
from lab.steps import SetupError

LONGEST_CALL_S = 150
_CDR_WAIT_S = 15
_NOTICE_WAIT_S = 8


@dataclass
class Stage:
    """One scenario on one instance: runs it and gathers what came of it."""

    scenario: Scenario
    instance: Instance
    prompts: PromptLog
    logs: Path
    _faults: list[str] = field(default_factory=list)

    async def play(self) -> list[str]:
        """Run the scenario; what differed from its expectation, nothing when all held."""
        async with world_of(self.instance.settings) as world, all_off_afterwards():
            setting = self.scenario.setting
            called, *callers = await asyncio.gather(
                world.person(setting.called),
                *(world.person(setting.calling) for _ in range(setting.callers)),
            )
            try:
                outcome = await self._play(world, callers, called)
            except (TimeoutError, SetupError) as error:
                return [*self._faults, str(error)]
            return self._faults + differences(self.scenario.expectation, outcome)

    async def _play(self, world: World, callers: list[Person], called: Person) -> Outcome:
        setting, expected = self.scenario.setting, self.scenario.expectation
        number = called.subscriber.number
        phone = self._phone(called, "called")
        listening = None
        if setting.phone_on == "before_the_call":
            listening = await self._switch_on(phone)
        calls = [await self._call(caller, called) for caller in callers]
        try:
            if setting.fault:
                await self._do(setting.fault, world, callers[0])
            for call in calls:
                await self._end_of(call, "the caller")
        finally:
            if setting.fault:
                self._signal(signal.SIGCONT)
        records = [await self._records(world, caller) for caller in callers]
        before = await world.notices(number)
        if listening is None:
            await self._first_try(world, called)
            listening = await self._switch_on(phone)
        notices = await self._notices(world, called, expected.notices)
        await self._end_of_listening(listening)
        account = await world.account(number)
        return Outcome(
            calls=[
                CallOutcome(
                    call.final_status(), tuple(self.prompts.played(caller.subscriber.number)), cdrs
                )
                for caller, call, cdrs in zip(callers, calls, records, strict=True)
            ],
            asked=Counter(self.prompts.played(number)),
            ledger=await world.charges(number),
            balance_change_minor=account.balance_minor - called.account.balance_minor,
            reserved_minor=account.reserved_minor,
            notices=notices,
            notices_before=tuple(row.state.value for row in before),
            notice_delay_ms=_delay_ms(phone, listening),
        )

    def _phone(self, person: Person, role: str) -> Phone:
        settings, number = self.instance.settings, person.subscriber.number
        transport = self.scenario.setting.transport
        return Phone(number, person.password, settings, self.logs / role, transport=transport)

    async def _switch_on(self, phone: Phone) -> Run:
        """Register, then listen on the same port."""
        if self.scenario.setting.transport == "tcp":
            return await phone.stay(scenario_files.REGISTER, self.scenario.callee)
        await phone.register(scenario_files.REGISTER)
        requests = max(1, self.scenario.setting.called_requests)
        listening = await phone.run(self.scenario.callee, calls=requests)
        await phone.wait_until_listening()
        return listening

    async def _call(self, caller: Person, called: Person) -> Run:
        numbers = {"calling": caller.subscriber.number, "called": called.subscriber.number}
        phone = self._phone(caller, f"calling-{caller.subscriber.number}")
        dial = self.scenario.setting.dial.format(**numbers)
        return await phone.run(self.scenario.caller, dial=dial)

    async def _do(self, fault: Fault, world: World, caller: Person) -> None:
        await world.in_phase(caller.subscriber.number, fault.phase)
        await asyncio.sleep(fault.after_ms / 1000)
        self._signal(signal.Signals[f"SIG{fault.signal}"])

    def _signal(self, number: signal.Signals) -> None:
        supervision.signal_program(self.instance.socket, "service", number)

    async def _end_of(self, run: Run, whose: str) -> None:
        status = await run.wait(LONGEST_CALL_S if whose == "the caller" else _CDR_WAIT_S)
        if status != 0:
            self._faults.append(f"SIPp of {whose} failed: {run.why_failed()}")

    async def _end_of_listening(self, listening: Run) -> None:
        setting = self.scenario.setting
        if setting.called_requests > 0 and setting.transport == "udp":
            await self._end_of(listening, "the called party")
            return
        await listening.end()
        if setting.called_requests == 0:
            self._faults += [f"the called phone got: {line.text}" for line in listening.lines()]

    async def _records(self, world: World, caller: Person) -> list[Cdr]:
        async def found() -> list[Cdr] | None:
            return await world.cdrs(caller.subscriber.number) or None

        return await until(found, _CDR_WAIT_S, "the call left no CDR")

    async def _first_try(self, world: World, called: Person) -> None:
        """Wait until sending the notice has failed once: from then on it waits for the phone."""

        async def failed() -> bool | None:
            rows = await world.notices(called.subscriber.number)
            return any(row.error for row in rows) or None

        await until(failed, _NOTICE_WAIT_S, "no notice was tried")

    async def _notices(
        self, world: World, called: Person, expected: tuple[str, ...]
    ) -> tuple[str, ...]:
        """The notices' states, as soon as they are as expected, or at last as they are."""
        deadline = time.monotonic() + _NOTICE_WAIT_S
        while True:
            rows = await world.notices(called.subscriber.number)
            states = tuple(row.state.value for row in rows)
            if states == expected or time.monotonic() > deadline:
                return states
            await asyncio.sleep(0.05)


def _delay_ms(phone: Phone, listening: Run) -> float | None:
    """From the registration's 200 to the first MESSAGE."""
    registered = [line.at_s for line in phone.registration if line.status == 200]  # noqa: PLR2004
    notices = [line.at_s for line in listening.lines() if line.text.startswith("MESSAGE")]
    return (notices[0] - registered[-1]) * 1000 if registered and notices else None


async def play(name: str, instance: Instance, prompts: PromptLog, logs: Path) -> list[str]:
    """Run one scenario; what differed from its expectation. Logs are left in `logs`."""
    return await Stage(scenario_files.load(name), instance, prompts, logs).play()


def main(wanted: list[str]) -> int:
    """Run scenarios one after the other; the exit status is 1 when any differed."""
    if not wanted:
        print("make scenario NAME=...; there are:", *scenario_files.names(), sep="\n    ")
        return 0
    for name in wanted:
        scenario_files.load(name)  # so that a wrong one is told before any is played
    instance = Instance(agi_settings.load())
    ailing = instance.ailing()
    if ailing:
        raise SetupError(f"the lab is not well ({ailing}). Start it with `make up`.")
    failed = False
    for name in wanted:
        logs = Path(tempfile.mkdtemp(prefix=f"scenario-{name}-"))
        with PromptLog(instance) as prompts:
            wrong = asyncio.run(play(name, instance, prompts, logs))
        failed = failed or bool(wrong)
        print(f"{name}: {'ok' if not wrong else 'differs'} (logs: {logs})")
        print(*(f"    {line}" for line in wrong), sep="\n", end="\n" if wrong else "")
    return int(failed)


if __name__ == "__main__":
    sys.exit(endings.told(partial(main, sys.argv[1:])))
