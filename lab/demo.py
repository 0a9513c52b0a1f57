"""``make demo``: one collect call between two real SIP phones, told as a timeline."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import tomllib
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from agi import catalogue
from agi import settings as agi_settings
from agi.charging.accounts import LedgerEntry
from agi.domain.cdr import Cdr
from agi.domain.errors import CollectError
from agi.domain.money import format_amount
from agi.settings import SettingsError
from lab import scenario_files, up
from lab.instance import Instance
from lab.people import Person
from lab.prompt_log import PromptLog
from lab.scenario_files import Party
from lab.scenario_world import World, world_of
from lab.sipp import Line, Phone, Run
from lab.steps import SetupError, fail
from lab.timeline import Event, Timeline

_FOLDER = scenario_files.FOLDER / "demo"
_CODE = "0880"
_CALLING = Party(operator="mts-ru", balance="0.00")
_CALLED = Party(operator="mts-ru", plan="fast", balance="9.50")
_LONGEST_S = 60
_OK = 200


@dataclass(frozen=True)
class Demo:
    """The call that is being shown: who makes it, and where it can be watched."""

    world: World
    caller: Person
    called: Person
    calling_phone: Run
    called_phone: Run
    prompts: PromptLog
    words: dict[str, str]
    """The prompts' texts by id."""

    async def show(self) -> Cdr:
        """Tell what happens until the call has its CDR."""
        timeline = Timeline()
        for _ in range(_LONGEST_S * 10):
            cdrs = await self.world.cdrs(self.caller.subscriber.number)
            timeline.tell([event async for event in self._events(cdrs)])
            if cdrs and self.calling_phone.process.returncode is not None:
                timeline.close()
                return cdrs[0]
            await asyncio.sleep(0.1)
        raise SetupError(f"the call did not end: {self.calling_phone.why_failed()}")

    async def _events(self, cdrs: list[Cdr]) -> AsyncIterator[Event]:
        for event in (*self._signalling(), *self._heard()):
            yield event
        call = await self.world.live_call(self.caller.subscriber.number)
        record = call or (cdrs[0] if cdrs else None)
        if record and record.consent_at_ms:
            yield Event(record.consent_at_ms, f"B presses {record.consent_digits}: agreed to pay")
        for entry in await self.world.charges(self.called.subscriber.number):
            yield Event(entry.at_ms, self._debit(entry))

    def _signalling(self) -> Iterator[Event]:
        """What the two phones sent and received."""
        said = set()
        for line in self.calling_phone.lines():
            text = _calling_side(line)
            if text and text not in said:
                said.add(text)
                yield Event(line.at_s * 1000, text.format(a=self.caller, b=self.called))
        for line in self.called_phone.lines():
            text = _called_side(line)
            if text:
                yield Event(line.at_s * 1000, text)

    def _heard(self) -> Iterator[Event]:
        names = {self.caller.subscriber.number: "A", self.called.subscriber.number: "B"}
        for start in self.prompts.starts():
            if start.number in names:
                at_ms = datetime.fromisoformat(start.at).timestamp() * 1000
                yield Event(at_ms, self.words.get(start.prompt, start.prompt), names[start.number])

    def _debit(self, entry: LedgerEntry) -> str:
        currency = self.called.account.currency
        return (
            f"unit {entry.minute}: {format_amount(entry.amount_minor)} {currency}, "
            f"B has {format_amount(entry.balance_minor)} left"
        )


def _calling_side(line: Line) -> str | None:
    if line.sent and line.text.startswith("INVITE") and line.cseq.startswith("CSeq:2"):
        return f"A, {{a.subscriber.number}}, dials {_CODE}{{b.subscriber.number}}"
    if line.status == 180:  # noqa: PLR2004
        return "A hears ringing"
    if line.status == _OK and "INVITE" in line.cseq:
        return "A is connected: the legs are bridged"
    if line.sent and line.text.startswith("BYE"):
        return "A hangs up"
    return None


def _called_side(line: Line) -> str | None:
    if not line.sent and line.text.startswith("INVITE"):
        return "B's phone rings"
    if line.sent and line.status == _OK and "INVITE" in line.cseq:
        return "B picks up"
    if not line.sent and line.text.startswith("BYE"):
        return "B's phone is released"
    return None


async def run(instance: Instance, logs: Path) -> None:
    """Place the call and tell it."""
    settings = instance.settings
    texts = catalogue.DATA_DIR / "prompts" / f"{settings.language}.toml"
    words = tomllib.loads(texts.read_text(encoding="utf-8"))
    async with world_of(settings) as world:
        caller, called = await world.person(_CALLING), await world.person(_CALLED)
        print(
            f"A: {caller.subscriber.number}, {format_amount(caller.account.balance_minor)} "
            f"{caller.account.currency}.  B: {called.subscriber.number}, "
            f"{format_amount(called.account.balance_minor)} {called.account.currency}. "
            "A unit of B's plan is two seconds.\n"
        )
        phone = Phone(called.subscriber.number, called.password, settings, logs / "B")
        await phone.register(scenario_files.REGISTER)
        answering = await phone.run(_FOLDER / "callee.xml")
        await phone.wait_until_listening()
        with PromptLog(instance) as prompts:
            phone = Phone(caller.subscriber.number, caller.password, settings, logs / "A")
            dial = _CODE + called.subscriber.number
            calling = await phone.run(_FOLDER / "caller.xml", dial=dial)
            demo = Demo(world, caller, called, calling, answering, prompts, words)
            cdr = await demo.show()
        print("\nThe call's record:")
        for name, value in asdict(cdr).items():
            print(f"    {name:24} {value}")
        print(f"\nWhat the phones sent and received is in {logs}")


def main() -> int:
    """Tell one call, on a lab that is started when it does not run."""
    home = agi_settings.default_home()
    if not (home / "secrets.toml").exists() or not Instance(agi_settings.load(home)).is_running():
        up.up()
    asyncio.run(run(Instance(agi_settings.load(home)), Path(tempfile.mkdtemp(prefix="demo-"))))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (SetupError, SettingsError, CollectError) as error:
        sys.exit(fail(error))
