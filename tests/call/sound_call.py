"""One call between two phones that record: SIPp for the signalling, a `Recorder` for the media."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agi.domain.cdr import Cdr
from lab import scenario_files
from lab.people import Person
from lab.recorder import (
    PCMU,
    WHOLE_MESSAGES,
    Recorder,
    Sound,
    bound_ports,
    descriptions,
    media_port,
)
from lab.scenario_files import Party
from lab.scenario_world import World, until
from lab.sipp import Line, Phone, Run

_PHONES = scenario_files.FOLDER / "demo"
CALLER_HERTZ, CALLED_HERTZ = 440, 880
_PATIENCE_S = 10.0
_CALL_S = 50.0
_QUIET_S = 0.4
"""So long without a packet, and the prompt is over."""


@dataclass(frozen=True)
class Plan:
    """What happens in a call."""

    plan: str
    """Of whoever pays."""
    balance: str
    ordinary: bool = False
    """A plain number is dialled: the caller pays, and nobody is asked."""
    formats: str = f"{PCMU} 101"
    """The payload types that both phones offer, in their order."""
    payload_type: int = PCMU
    """What both recorders send."""
    key_after_s: float | None = 1.5
    """When 1 is pressed, from the start of the prompt; None: when the prompt is over."""
    forward: bool = False
    """The caller's phone sends sound as soon as it hears ringing, to a port that Asterisk never
    named. No other call may start meanwhile: the port would not be found among theirs."""
    called: Path = _PHONES / "callee.xml"


@dataclass(frozen=True)
class Heard:
    """What came of a call. All times are Unix seconds."""

    calling_number: str
    caller: Sound
    caller_types: set[int]
    """The payload types that came."""
    called: Sound
    called_types: set[int]
    pressed_at_s: float
    """When the called party pressed 1, 0 where it didn't."""
    caller_lines: list[Line]
    called_lines: list[Line]
    answer: str
    """The first session description that the caller got."""
    cdr: Cdr

    @property
    def bridged_at_s(self) -> float:
        """The caller's 200."""
        return at_s(self.caller_lines, "SIP/2.0 200")

    @property
    def cut_at_s(self) -> float:
        """The called party's BYE."""
        return at_s(self.called_lines, "BYE")


def at_s(lines: list[Line], text: str) -> float:
    """When the first message that starts with `text` was received."""
    return next(line.at_s for line in lines if not line.sent and line.text.startswith(text))


class SoundCall:
    """A call that is being made."""

    def __init__(self, world: World, plan: Plan, logs: Path) -> None:
        self._world = world
        self._plan = plan
        self._logs = logs
        self.under_way = asyncio.Event()
        """Set when Asterisk's ports have been looked for."""

    async def play(self) -> Heard:
        """Make the call and gather what was heard."""
        parties = [
            Party(operator="mts-ru"),
            Party(operator="mts-ru", plan=self._plan.plan, balance=self._plan.balance),
        ]
        if self._plan.ordinary:
            parties.reverse()
        caller, called = [await self._world.person(party) for party in parties]
        ears = [await Recorder.open(self._plan.payload_type) for _ in range(2)]
        try:
            return await self._play(caller, called, *ears)
        finally:
            for ear in ears:
                ear.close()

    async def _play(
        self, caller: Person, called: Person, caller_ear: Recorder, called_ear: Recorder
    ) -> Heard:
        phone = self._phone(called, "called")
        await phone.register(scenario_files.REGISTER)
        listening = await phone.run(self._plan.called, options=self._options(called_ear))
        await phone.wait_until_listening()
        calling = await self._phone(caller, "calling").run(
            _PHONES / "caller.xml",
            dial=f"{'' if self._plan.ordinary else '0880'}{called.subscriber.number}",
            options=self._options(caller_ear),
        )
        speaking = asyncio.create_task(self._speak(caller_ear, called_ear, calling, listening))
        statuses = [await calling.wait(_CALL_S), await listening.wait(_PATIENCE_S)]
        if speaking.done():
            speaking.result()
        speaking.cancel()
        assert statuses == [0, 0], f"{calling.why_failed()} {listening.why_failed()}"
        number = caller.subscriber.number

        async def found() -> Cdr | None:
            return next(iter(await self._world.cdrs(number)), None)

        return Heard(
            calling_number=number,
            caller=caller_ear.sound,
            caller_types=caller_ear.heard_types,
            called=called_ear.sound,
            called_types=called_ear.heard_types,
            pressed_at_s=next((at_s for at_s, _ in called_ear.pressed), 0.0),
            caller_lines=calling.lines(),
            called_lines=listening.lines(),
            answer=descriptions(calling)[0],
            cdr=await until(found, _PATIENCE_S, "the call left no CDR"),
        )

    def _phone(self, person: Person, role: str) -> Phone:
        number = person.subscriber.number
        return Phone(number, person.password, self._world.settings, self._logs / role)

    def _options(self, recorder: Recorder) -> list[str]:
        keys = ["-key", "recorder_port", str(recorder.port), "-key", "formats", self._plan.formats]
        return [*keys, "-key", "talk_ms", "0", *WHOLE_MESSAGES]

    async def _speak(
        self, caller: Recorder, called: Recorder, calling: Run, listening: Run
    ) -> None:
        """Both phones send their tones as soon as they know where to; the called party agrees."""
        try:
            port = await media_port(listening)
            called.send_tone(CALLED_HERTZ, port)
            if self._plan.forward:
                caller.send_tone(CALLER_HERTZ, self._port_of_caller(port))
        finally:
            self.under_way.set()
        if not self._plan.ordinary:
            await self._press(called, port)
        if not self._plan.forward:
            caller.send_tone(CALLER_HERTZ, await media_port(calling))

    async def _press(self, called: Recorder, port: int) -> None:
        await _until(lambda: called.last_packet_s > 0, "the called party heard nothing")
        if self._plan.key_after_s is not None:
            await asyncio.sleep(self._plan.key_after_s)
        else:
            over = "the prompt did not end"
            await _until(lambda: time.time() > called.last_packet_s + _QUIET_S, over)
        called.press(1, port)

    def _port_of_caller(self, called_port: int) -> int:
        settings = self._world.settings
        first, count = settings.rtp_start_port, settings.rtp_ports
        (port,) = bound_ports(range(first, first + count, 2)) - {called_port}
        return port


async def _until(holds: Callable[[], object], otherwise: str) -> None:
    async def look() -> bool | None:
        return True if holds() else None

    await until(look, 2 * _PATIENCE_S, otherwise)
