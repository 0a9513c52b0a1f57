"""A subscriber's phone: SIPp dials, presses keys, answers, and takes messages.

The phone registers and then works on the same port, so that a message reaches it while it calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from lab import scenario_files
from lab.people import Person
from lab.prompt_log import PromptLog
from lab.recorder import WHOLE_MESSAGES
from lab.scenario_files import Party
from lab.scenario_world import World, until
from lab.sipp import Phone, Run
from tests.call import phone_logs
from tests.call.phone_logs import Text

SCENARIOS = scenario_files.FOLDER / "services"
_MEDIA = scenario_files.FOLDER / "media"
_KEYS = {"*": "star", "#": "hash"}
_KEY_MS, _TONE_MS, _WAIT_MS = 100, 150, 1000
_LONGEST_S = 90.0
_STAYS_MS = 600_000
_OK = 200
_FEW_CALLS, _MANY_CALLS = 4, 40
"""For how many calls at once a phone has ports, at least and at most."""
_SOME_CALLS = 12
"""How many of a list of codes are dialled at once: Asterisk's own ports are few in a test."""
TEXT_WITHIN_S = 1.0
"""How soon after the end of what is said the same must be there as text."""
BUSY_S = 1.0
"""By how much a busy machine may be late with a text, or with the end of what is said."""


@dataclass(frozen=True)
class Dialled:
    """What came of dialling: the answers to each INVITE besides challenge and "trying", when each
    call was over, and the messages that came meanwhile and just after."""

    failure: str | None
    answers: tuple[tuple[int, ...], ...]
    ended_at_s: float
    texts: tuple[Text, ...]

    @property
    def statuses(self) -> list[int]:
        """The final answers, in the order of the calls."""
        return [answers[-1] for answers in self.answers if answers]

    @property
    def status(self) -> int:
        """The final answer of the one call, which SIPp went through as it should."""
        assert self.failure is None, self.failure
        (status,) = self.statuses
        return status

    @property
    def bodies(self) -> list[str]:
        return [text.body for text in self.texts]

    @property
    def text_delays_s(self) -> list[float]:
        """How long after the end of the call each message came."""
        return [text.at_s - self.ended_at_s for text in self.texts]


@dataclass(frozen=True)
class Taking:
    """A phone that takes calls and messages."""

    run: Run

    @property
    def rang(self) -> int:
        """How many calls came."""
        invites = (line.call_id for line in self.run.lines() if line.text.startswith("INVITE"))
        return len(set(invites))

    @property
    def texts(self) -> list[Text]:
        """The messages that came so far."""
        return list(phone_logs.texts(self.run))

    @property
    def bodies(self) -> list[str]:
        return [text.body for text in self.texts]

    async def text_comes(self, patience_s: float = 5.0) -> Text:
        """The first message; raises TimeoutError."""
        await _until(lambda: bool(self.texts), patience_s, "no message came")
        return self.texts[0]

    def from_header(self) -> str:
        """Who calls, as the display shows it."""
        return phone_logs.caller_shown(self.run)

    async def end(self) -> None:
        """Switch off."""
        if self.run.process.returncode is None:
            await self.run.end()


@dataclass
class Town:
    """Where the people of a test live. A context: their phones are switched off at its end."""

    world: World
    logs: Path
    _prompts: PromptLog
    _running: list[Run] = field(default_factory=list)

    async def person(self, party: Party) -> Handset:
        """A new subscriber with a phone."""
        return Handset(await self.world.person(party), self)

    def heard_by(self, number: str) -> list[str]:
        """Every prompt that was played to a number so far."""
        return self._prompts.played(number)

    def is_running(self, run: Run) -> None:
        """Have it ended with the town."""
        self._running.append(run)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for run in self._running:
            if run.process.returncode is None:
                await run.end()


@dataclass
class Handset:
    """The phone of one person."""

    person: Person
    town: Town
    _runs: int = 0
    _phone: Phone = field(init=False)

    @property
    def number(self) -> str:
        return self.person.subscriber.number

    @property
    def heard(self) -> list[str]:
        """Every prompt that was played to it so far."""
        return self.town.heard_by(self.number)

    @property
    def registered_at_s(self) -> float:
        """When it was last switched on, Unix time."""
        return next(line.at_s for line in self._phone.registration if line.status == _OK)

    async def dial(
        self, code: str, keys: str = "", calls: int = 1, script: Path = SCENARIOS / "caller.xml"
    ) -> Dialled:
        """Dial `code`, `calls` times at once, and press `keys` where it is answered; a comma is a
        second's wait. Ends when the messages that follow must have come."""
        options = ("-oocsf", str(SCENARIOS / "message.xml"), "-d", str(_STAYS_MS), "-r", "20")
        run = await self._run(script, keys, calls, options, dial=code)
        await _until(lambda: phone_logs.is_over(run, calls), _LONGEST_S, f"{code} did not end")
        await asyncio.sleep(TEXT_WITHIN_S + BUSY_S)
        failed = run.process.returncode not in (None, 0)
        if run.process.returncode is None:
            await run.end()
        return Dialled(
            failure=f"{code}: {run.why_failed()}" if failed else None,
            answers=tuple(phone_logs.answers(run).values()),
            ended_at_s=max((line.at_s for line in phone_logs.ends(run)), default=0.0),
            texts=tuple(phone_logs.texts(run)),
        )

    async def dial_all(self, codes: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """Dial them, some at once; the answers to each."""
        script, rows = (self.town.logs / f"{self.number}.{kind}" for kind in ("xml", "csv"))
        scenario = (SCENARIOS / "caller.xml").read_text(encoding="utf-8")
        # Nothing is sent or heard on this side: the discard port will do.
        scenario = scenario.replace("[rtpstream_audio_port]", "9")
        script.write_text(scenario.replace("[service]", "[field0]"), encoding="utf-8")
        rows.write_text("\n".join(("SEQUENTIAL", *codes)) + "\n", encoding="utf-8")
        options = ("-inf", str(rows), "-d", "100", "-r", "6", "-l", str(_SOME_CALLS))
        run = await self._run(script, "", len(codes), options)
        await run.wait(_LONGEST_S)
        dialled, answers = phone_logs.dialled(run), phone_logs.answers(run)
        return {code: answers.get(call_id, ()) for call_id, code in dialled.items()}

    async def answer(self, keys: str = "1", after_ms: int = 1500, requests: int = 1) -> Taking:
        """Switch on, to go through `requests` calls and messages: pick up, press `keys` so long
        after, hang up two and a half seconds later. The run ends by itself after the last."""
        return await self.take(SCENARIOS / "callee.xml", requests, keys, after_ms)

    async def listen(self) -> Taking:
        """Switch on, to take messages and nothing else, until the run is ended."""
        return await self.take(SCENARIOS / "message.xml", requests=1000)

    async def take(
        self, script: Path, requests: int = 1, keys: str = "", after_ms: int = 0
    ) -> Taking:
        """Switch on, to take calls and messages as a scenario says."""
        run = await self._run(script, keys, requests, ("-d", str(after_ms)))
        await self._phone.wait_until_listening()
        return Taking(run)

    async def _run(
        self, script: Path, keys: str, calls: int, options: tuple[str, ...], dial: str = ""
    ) -> Run:
        self._runs += 1
        town, logs = self.town, self.town.logs / f"{self.number}-{self._runs}"
        password, settings = self.person.password, town.world.settings
        media = max(_FEW_CALLS, min(calls, _MANY_CALLS))
        self._phone = Phone(self.number, password, settings, logs, media)
        await self._phone.register(scenario_files.REGISTER)
        ready = _with_keys(script, keys, logs)
        options += WHOLE_MESSAGES
        run = await self._phone.run(ready, dial=dial, calls=calls, options=options)
        town.is_running(run)
        return run


def _with_keys(scenario: Path, keys: str, folder: Path) -> Path:
    """The scenario with the keys in the place that it leaves for them."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / scenario.name
    lines = "\n".join(_pressed(key) for key in keys)
    text = scenario.read_text(encoding="utf-8").replace("<!-- keys -->", lines)
    script.write_text(text.replace("../media", str(_MEDIA)))
    return script


def _pressed(key: str) -> str:
    if key == ",":
        return f'<pause milliseconds="{_WAIT_MS}"/>'
    event = f"{_MEDIA}/key-{_KEYS.get(key, key)}.event,1,101,iLBC/8000"
    tone = f"{_MEDIA}/tone-880.ul,-1,0,PCMU/8000"
    return "".join(
        f'<nop><action><exec rtp_stream="{sound}"/></action></nop><pause milliseconds="{ms}"/>'
        for sound, ms in ((event, _KEY_MS), (tone, _TONE_MS))
    )


async def _until(holds: Callable[[], bool], patience_s: float, otherwise: str) -> None:
    async def look() -> bool | None:
        return holds() or None

    await until(look, patience_s, otherwise)
