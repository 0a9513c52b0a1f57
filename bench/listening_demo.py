"""Somebody who only listens to the recorded demo: what do they write down?

Plays each case of `make demo` whose called party is asked, in Russian and in English, on the lab
that runs, and leaves what B heard as a WAV, as `make demo LISTEN=1` does. From that file alone the
listener of `bench.listening` writes down the number, the price and the keys.

    python -m bench.listening_demo
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import wave
from dataclasses import astuple, dataclass
from itertools import product
from pathlib import Path

import click
import numpy as np

from agi import catalogue
from agi import settings as agi_settings
from agi.domain.cdr import Cdr
from agi.settings import Settings
from agi.subscribers.sip_accounts import SipAccount, SipAccounts
from bench.listener import RATE_HZ, Case, Listener, Reader, Sound, model_in
from bench.listening import FULL_SCALE
from lab.demo_call import demo_call
from lab.demo_cases import CASES
from lab.scenario_world import World, until, world_of
from lab.stage import OPERATOR

ASKED = [name for name, case in CASES.items() if case.callee == "demo"]
LANGUAGES = ("ru", "en")
_QUIET = 0.003
"""Below this, full scale being 1, nothing is heard."""
_OVER_S = 1.0
"""So long without a sound, and the prompt is over: no break in it is so long."""
_RECORD_WAIT_S = 15.0


@dataclass(frozen=True)
class Heard:
    """A demo that was played: what B heard, and what there was to be understood."""

    name: str
    language: str
    file: Path
    reading_samples: int
    """When B pressed the first key, or else hung up, by the file's samples."""
    case: Case


async def play_all(settings: Settings, folder: Path) -> list[Heard]:
    """The demos, one after another."""
    async with world_of(settings) as world:
        demos = product(LANGUAGES, ASKED)
        return [await _play(world, name, code, folder) for code, name in demos]


async def _play(world: World, name: str, code: str, folder: Path) -> Heard:
    logs = folder / f"{name}-{code}"
    async with demo_call(world, CASES[name], logs) as call:
        called, calling = call.called, call.caller.subscriber.number
        phones = SipAccounts(world.settings.sip_accounts_db, world.settings.bind)
        phones.put(SipAccount(called.subscriber.number, called.password, code))
        await call.play()
        cdr = await until(
            lambda: _record(world, calling), _RECORD_WAIT_S, f"no record of {name} came"
        )
        ear, file = call.called_ear, logs / "B-heard.wav"
        ear.sound.write(file, ear.sound.start_s)
        pressed_s = ear.pressed[0][0] if ear.pressed else ear.sound.end_s
        samples = round((pressed_s - ear.sound.start_s) * RATE_HZ)
    collect = catalogue.load(world.settings.data_dirs).operator(OPERATOR).collect
    assert collect  # noqa: S101 - the demo's operator has it
    keys = collect.keys.first_named
    return Heard(name, code, file, samples, Case(calling, cdr.price_minor_per_minute, keys))


async def _record(world: World, calling: str) -> Cdr | None:
    return next(iter(await world.cdrs(calling)), None)


def first_reading(heard: Heard) -> Sound:
    """The prompt as it was read first: until a key is pressed, or else it is quiet for long."""
    with wave.open(str(heard.file)) as wav:
        sound = np.frombuffer(wav.readframes(wav.getnframes()), "<i2") / FULL_SCALE
    loud = np.flatnonzero(np.abs(sound[: heard.reading_samples]) > _QUIET)
    over = np.flatnonzero(np.diff(loud) > _OVER_S * RATE_HZ)
    last = loud[over[0]] if len(over) else loud[-1]
    rest = np.zeros(RATE_HZ // 2)
    return np.concatenate([rest, sound[loud[0] : last + 1], rest])


@click.command()
def main() -> None:
    """Play the demos, and say what a listener made of each."""
    settings = agi_settings.load(agi_settings.default_home())
    folder = Path(tempfile.mkdtemp(prefix="listening-demo-"))
    played = asyncio.run(play_all(settings, folder))
    mistakes = 0
    with tempfile.TemporaryDirectory() as model:
        model_in(Path(model))
        languages = catalogue.load(settings.data_dirs).languages
        persons = {
            code: (Listener(Path(model), code), Reader(languages[code])) for code in LANGUAGES
        }
        for heard in played:
            sound, (listener, reader) = first_reading(heard), persons[heard.language]
            written = listener.write_down(sound, reader.is_whole)
            fields = reader.compare(written, heard.case)
            mistakes += not all(astuple(fields))
            price = f"{heard.case.price_minor / 100:.2f}"
            click.echo(f"{heard.name}, {heard.language}: {heard.case.number} {price} {fields}")
            click.echo(f"    {len(sound) / RATE_HZ - 1:.1f} s: {written}")
    click.echo(f"{len(played) - mistakes} of {len(played)} without a mistake; files in {folder}")
    sys.exit(mistakes > 0)


if __name__ == "__main__":
    main()
