"""The call of a demo: two phones that hear, speak and press keys."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lab import scenario_files
from lab.demo_cases import CALLING, Case
from lab.people import Person
from lab.recorder import PCMU, WHOLE_MESSAGES, Recorder, media_port
from lab.scenario_world import World, until
from lab.sipp import Line, Phone, Run
from lab.stage import ACCESS_CODE

_CALLER_HERTZ, _CALLED_HERTZ = 440, 880
_QUIET_S = 0.4
"""So long without a packet, and the prompt is over."""
_PATIENCE_S = 30.0


@dataclass
class DemoCall:
    """Two people, their ears, and their phones as far as they are on."""

    world: World
    case: Case
    caller: Person
    called: Person
    caller_ear: Recorder
    called_ear: Recorder
    logs: Path
    calling: Run | None = None
    answering: Run | None = None
    registration: list[Line] = field(default_factory=list)
    """What the called party's phone and Asterisk said when it was switched on."""

    async def play(self) -> None:
        """Make the call and wait for its end; then let a phone that was off be switched on."""
        if not self.case.phone_on_after:
            await self._switch_on()
        phone = self._phone(self.caller, "A")
        dial = ACCESS_CODE + self.called.subscriber.number
        self.calling = await phone.run(
            scenario_files.FOLDER / "demo" / "caller.xml",
            dial=dial,
            options=self._options(self.caller_ear),
        )
        pressing = asyncio.create_task(self._listen_and_press()) if self._is_answered else None
        speaking = asyncio.create_task(self._caller_speaks())
        await self.calling.wait(2 * _PATIENCE_S)
        await _ended(speaking, pressing)
        if self.case.phone_on_after:
            await self._notice_failed_once()
            await self._switch_on()
        assert self.answering  # noqa: S101 - switched on before or just now
        await self.answering.wait(_PATIENCE_S)

    @property
    def _is_answered(self) -> bool:
        return self.case.callee == "demo"

    async def _switch_on(self) -> None:
        phone = self._phone(self.called, "B")
        await phone.register(scenario_files.REGISTER)
        self.registration = phone.registration
        self.answering = await phone.run(
            scenario_files.FOLDER / self.case.callee / "callee.xml",
            calls=self.case.requests,
            options=self._options(self.called_ear),
        )
        await phone.wait_until_listening()

    async def _listen_and_press(self) -> None:
        """The called party speaks all the time, and presses each key after a reading."""
        assert self.answering  # noqa: S101 - it answers, so it is on
        port = await media_port(self.answering)
        self.called_ear.send_tone(_CALLED_HERTZ, port)
        for key in self.case.keys:
            await self._reading_is_over(time.time())
            self.called_ear.press(int(key), port)

    async def _reading_is_over(self, since_s: float) -> None:
        ear = self.called_ear

        async def is_over() -> bool | None:
            return since_s < ear.last_packet_s < time.time() - _QUIET_S or None

        await until(is_over, _PATIENCE_S, "the prompt did not end")

    async def _caller_speaks(self) -> None:
        assert self.calling  # noqa: S101 - it has just been started
        port = await media_port(self.calling, 2 * _PATIENCE_S)
        self.caller_ear.send_tone(_CALLER_HERTZ, port)

    async def _notice_failed_once(self) -> None:
        """From then on the notice waits for the phone."""

        async def failed() -> bool | None:
            notices = await self.world.notices(self.called.subscriber.number)
            return any(notice.error for notice in notices) or None

        await until(failed, _PATIENCE_S, "no notice was tried")

    def _phone(self, person: Person, name: str) -> Phone:
        settings, number = self.world.settings, person.subscriber.number
        return Phone(number, person.password, settings, self.logs / name)

    def _options(self, ear: Recorder) -> Iterable[str]:
        keys = {
            "recorder_port": str(ear.port),
            "formats": f"{PCMU} 101",
            "talk_ms": str(self.case.talk_ms),
        }
        return [*(word for pair in keys.items() for word in ("-key", *pair)), *WHOLE_MESSAGES]


async def _ended(*tasks: asyncio.Task[None] | None) -> None:
    """End what still waits for something that did not come."""
    for task in tasks:
        if task:
            task.cancel()
    await asyncio.gather(*(task for task in tasks if task), return_exceptions=True)


@asynccontextmanager
async def demo_call(world: World, case: Case, logs: Path) -> AsyncIterator[DemoCall]:
    """Two people who never called before, with open ears."""
    caller, called = await world.person(CALLING), await world.person(case.called)
    ears = [await Recorder.open() for _ in range(2)]
    try:
        yield DemoCall(world, case, caller, called, ears[0], ears[1], logs)
    finally:
        for ear in ears:
            ear.close()
