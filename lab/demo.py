"""``make demo``: one collect call between two real SIP phones, told as a timeline."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

import click

from agi import catalogue
from agi import settings as agi_settings
from agi.charging.accounts import LedgerEntry
from agi.domain import speech
from agi.domain.cdr import Cdr
from agi.domain.money import format_amount
from lab import endings, up
from lab.demo_call import DemoCall, demo_call
from lab.demo_cases import CASES, Case
from lab.instance import Instance
from lab.prompt_log import PromptLog
from lab.scenario_world import until, world_of
from lab.sipp import Line, Run, all_off_afterwards
from lab.stage import ACCESS_CODE
from lab.steps import SetupError
from lab.timeline import Event, Timeline

_LOOK_S = 0.1
_RECORD_WAIT_S = 15.0
_STRESS = "\u0301"
"""The accent in a text that tells the synthesiser where the stress is."""
_OK, _REFUSED, _CHALLENGE = 200, 400, 401


@dataclass
class Demo:
    """Watches a call and tells it."""

    call: DemoCall
    prompts: PromptLog
    words: Mapping[str, str]
    """The prompts' texts by id."""
    _warned_at_s: float | None = field(default=None, init=False)

    async def show(self) -> Cdr:
        """Tell what happens until the call is over and has its CDR."""
        timeline = Timeline()
        playing = asyncio.create_task(self.call.play())
        over = False
        while not over:
            over = playing.done()
            timeline.tell([event async for event in self._events()])
            await asyncio.sleep(_LOOK_S)
        timeline.close()
        playing.result()

        async def recorded() -> Cdr | None:
            return next(iter(await self._cdrs()), None)

        why = f"no record of the call came (logs: {self.call.logs})"
        return await until(recorded, _RECORD_WAIT_S, why)

    async def _cdrs(self) -> list[Cdr]:
        return await self.call.world.cdrs(self.call.caller.subscriber.number)

    async def _events(self) -> AsyncIterator[Event]:
        """Everything so far. What follows from something is read before it: as it goes on
        meanwhile, the other way round a prompt would be told before the phone is picked up."""
        async for event in self._stored():
            yield event
        for event in (*self._heard(), *self._pressed(), *self._signalling()):
            yield event

    async def _stored(self) -> AsyncIterator[Event]:
        """What is in Redis. Its times are whole milliseconds, rounded down: what led to them was
        before."""
        world, number = self.call.world, self.call.called.subscriber.number
        live = await world.live_call(self.call.caller.subscriber.number)
        record = live or next(iter(await self._cdrs()), None)
        if record and record.consent_at_ms:
            at_ms = record.consent_at_ms + 1
            yield Event(at_ms, "B has agreed to pay: the consent is stored")
        if live and live.warned:
            self._warned_at_s = self._warned_at_s or time.time()
        if self._warned_at_s:
            warning = self.words[speech.WARNING]
            yield Event(self._warned_at_s * 1000, f"B alone is whispered «{warning}»")
        for entry in await world.charges(number):
            yield Event(entry.at_ms + 1, self._debit(entry))
        for notice in await world.notices(number):
            text = f"a notice to B is stored: «{notice.message.text}»"
            yield Event(notice.message.created_at_ms + 1, text)

    def _signalling(self) -> Iterator[Event]:
        """What the two phones sent and received."""
        numbers = {
            "a": self.call.caller.subscriber.number,
            "b": self.call.called.subscriber.number,
        }
        said = set()
        sides = (
            (_lines(self.call.calling), _calling_side),
            (self.call.registration if self.call.case.phone_on_after else [], _called_side),
            (_lines(self.call.answering), _called_side),
        )
        for lines, tell in sides:
            for line in lines:
                text = tell(line)
                if text and text not in said:
                    said.add(text)
                    yield Event(line.at_s * 1000, text.format_map(numbers))

    def _heard(self) -> Iterator[Event]:
        names = {
            self.call.caller.subscriber.number: "A",
            self.call.called.subscriber.number: "B",
        }
        for start in self.prompts.starts():
            words = self.words.get(start.prompt)
            if start.number in names and words:
                at_ms = datetime.fromisoformat(start.at).timestamp() * 1000
                yield Event(at_ms, words, names[start.number])

    def _pressed(self) -> Iterator[Event]:
        for at_s, key in self.call.called_ear.pressed:
            yield Event(at_s * 1000, f"B presses {key}")

    def _debit(self, entry: LedgerEntry) -> str:
        currency = self.call.called.account.currency
        return (
            f"unit {entry.minute}: {format_amount(entry.amount_minor)} {currency}, "
            f"B has {format_amount(entry.balance_minor)} left"
        )


def _lines(run: Run | None) -> list[Line]:
    return run.lines() if run else []


def _calling_side(line: Line) -> str | None:
    if line.sent and line.text.startswith("INVITE") and line.cseq.startswith("CSeq:2"):
        return f"A, {{a}}, dials {ACCESS_CODE}{{b}}"
    if line.status == 180:  # noqa: PLR2004
        return "A hears ringing"
    if line.status == _OK and "INVITE" in line.cseq:
        return "A is connected: the legs are bridged"
    if not line.sent and (line.status or 0) >= _REFUSED and line.status != _CHALLENGE:
        return f"A's call has failed: {line.text.removeprefix('SIP/2.0 ')}"
    if line.text.startswith("BYE"):
        return "A hangs up" if line.sent else "A is released"
    return None


def _called_side(line: Line) -> str | None:
    if line.status == _OK and "REGISTER" in line.cseq:
        return "B's phone is switched on: it registers"
    if line.text.startswith("INVITE"):
        return "B's phone rings"
    if line.sent and "INVITE" in line.cseq and (line.status or 0) >= _OK:
        return "B picks up" if line.status == _OK else f"B's phone says {line.text[8:]}"
    if line.text.startswith("BYE"):
        return "B's phone is released"
    if line.text.startswith("MESSAGE"):
        return "B's phone shows the notice"
    return None


async def run(instance: Instance, case: Case, logs: Path, listen: bool) -> None:
    """Place the call and tell it; with `listen` leave what each side heard as a WAV."""
    settings = instance.settings
    texts = catalogue.load(settings.data_dirs).languages[settings.language].texts
    words = {prompt: text.replace(_STRESS, "") for prompt, text in texts.items()}
    async with (
        world_of(settings) as world,
        all_off_afterwards(),
        demo_call(world, case, logs) as call,
    ):
        print(f"{case.shows[0].upper()}{case.shows[1:]}.")
        for name, person in (("A", call.caller), ("B", call.called)):
            balance = format_amount(person.account.balance_minor)
            print(f"{name}: {person.subscriber.number}, {balance} {person.account.currency}.")
        print(f"A unit of B's plan is {case.unit}.\n")
        with PromptLog(instance) as prompts:
            cdr = await Demo(call, prompts, words).show()
        print("\nThe call's record:")
        for name, value in asdict(cdr).items():
            print(f"    {name:24} {value}")
        print(f"\nEach step with its evidence: .venv/bin/collectcall explain {cdr.call_id}")
        print(f"What the phones sent and received is in {logs}")
        if listen:
            _leave_sound(call)


def _leave_sound(call: DemoCall) -> None:
    ears = {"A": call.caller_ear, "B": call.called_ear}
    since_s = min(ear.sound.start_s for ear in ears.values())
    for name, ear in ears.items():
        path = call.logs / f"{name}-heard.wav"
        ear.sound.write(path, since_s)
        print(f"What {name} heard: {path} ({ear.sound.end_s - since_s:.1f} s)")


@click.command()
@click.argument("case", default="accept")
@click.option("--listen", is_flag=True, help="Leave a WAV of what each side heard.")
def main(case: str, listen: bool) -> None:
    """Tell one call, on a lab that is started when it does not run."""
    if case not in CASES:
        raise SetupError(f"no case {case!r}: make demo CASE= takes {', '.join(CASES)}.")
    home = agi_settings.default_home()
    if not (home / "secrets.toml").exists() or not Instance(agi_settings.load(home)).is_running():
        up.up()
    logs = Path(tempfile.mkdtemp(prefix=f"demo-{case}-"))
    asyncio.run(run(Instance(agi_settings.load(home)), CASES[case], logs, listen))


if __name__ == "__main__":
    sys.exit(endings.told(main))
