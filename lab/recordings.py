"""Makes the temporary recordings of the prompts with a speech synthesiser (`make recordings`).

It reads agi/data/prompts/ru.toml and writes asterisk-conf/sounds/ru/collect/<id>.wav: 8 kHz,
16 bit, mono, speech at -20 dBFS RMS, 30 ms of quiet at each end. A recording without a text is
removed.

The synthesiser is RHVoice's `RHVoice-test` (Debian non-free: packages rhvoice and rhvoice-russian)
with the voice Anna, see asterisk-conf/sounds/ru/CREDITS for why that one.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import tempfile
import tomllib
import wave
from array import array
from collections.abc import Sequence
from operator import mul
from pathlib import Path

import click

CHECKOUT = Path(__file__).resolve().parent.parent
TEXTS = CHECKOUT / "agi" / "data" / "prompts" / "ru.toml"
RECORDINGS = CHECKOUT / "asterisk-conf" / "sounds" / "ru" / "collect"

RATE_HZ = 8000
FRAME = RATE_HZ // 100
"""Samples in the 10 ms that loudness is measured over."""

LEVEL_DBFS = -20.0
SPEECH_RANGE_DB = 30.0
"""A frame this much quieter than the loudest is not counted as speech when levelling."""
SILENCE_RANGE_DB = 45.0
"""A frame this much quieter than the loudest is silence when trimming."""
EDGE_FRAMES = 3
PAUSE_FRAMES = 3
"""The shortest pause before the carrier, which itself is one vowel without a gap in it."""
FADE_SAMPLES = RATE_HZ // 200

CARRIER = " а."
"""Said after a text that ends in a comma, and cut off: it keeps the voice from falling there."""

LOW_PASS_TAPS = 127
LOW_PASS_HZ = 3700

Samples = Sequence[float]
"""Sound at RATE_HZ, full scale at 1.0."""


@click.command()
@click.option("--synthesiser", default="RHVoice-test", help="RHVoice-test, if it is not on PATH.")
@click.option("--voice", default="Anna", show_default=True)
@click.option("--speed", default=110, show_default=True, help="Percent of the voice's own speed.")
def main(synthesiser: str, voice: str, speed: int) -> None:
    """Record every prompt anew."""
    program = shutil.which(synthesiser)
    if program is None:
        raise click.ClickException(
            f"{synthesiser} is not there. It is in the packages rhvoice and rhvoice-russian "
            "(Debian non-free): install them, or name it by --synthesiser."
        )
    texts = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    RECORDINGS.mkdir(parents=True, exist_ok=True)
    for prompt, text in texts.items():
        write(RECORDINGS / f"{prompt}.wav", record(text, [program, "-p", voice, "-r", str(speed)]))
    for path in RECORDINGS.glob("*.wav"):
        if path.stem not in texts:
            path.unlink()
    click.echo(f"{len(texts)} recordings in {RECORDINGS}")


def record(text: str, synthesiser: list[str]) -> Samples:
    """The text as it is to be played: trimmed, levelled and without clicks."""
    goes_on = text.endswith(",")
    sound = synthesise(text + CARRIER if goes_on else text, synthesiser)
    if goes_on:
        sound = before_last_pause(sound)
    return faded(levelled(trimmed(sound)))


def synthesise(text: str, synthesiser: list[str]) -> Samples:
    """What the synthesiser says."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        command = [*synthesiser, "-o", str(path)]
        subprocess.run(command, input=text.encode(), check=True, stdout=subprocess.DEVNULL)
        with wave.open(str(path)) as file:
            every, rest = divmod(file.getframerate(), RATE_HZ)
            if rest or (file.getnchannels(), file.getsampwidth()) != (1, 2):
                raise click.ClickException(
                    f"{command[0]} gave no 16-bit mono at a multiple of 8 kHz."
                )
            sound = [sample / 32768 for sample in array("h", file.readframes(file.getnframes()))]
    return decimated(sound, every)


def decimated(sound: Samples, every: int) -> Samples:
    """Every n-th sample, after a windowed-sinc low-pass that leaves nothing to alias."""
    middle = LOW_PASS_TAPS // 2
    cutoff = LOW_PASS_HZ / (every * RATE_HZ)
    taps = [
        (2 * cutoff if n == 0 else math.sin(2 * math.pi * cutoff * n) / (math.pi * n))
        * (0.54 + 0.46 * math.cos(math.pi * n / middle))
        for n in range(-middle, middle + 1)
    ]
    padded = [0.0] * middle + list(sound) + [0.0] * middle
    return [
        sum(map(mul, taps, padded[at : at + LOW_PASS_TAPS])) for at in range(0, len(sound), every)
    ]


def loudness(sound: Samples) -> list[float]:
    """The mean power of each frame; an unfinished last frame is left out."""
    whole = len(sound) - len(sound) % FRAME
    return [sum(s * s for s in sound[at : at + FRAME]) / FRAME for at in range(0, whole, FRAME)]


def audible(sound: Samples) -> list[int]:
    """The frames that are not silence."""
    powers = loudness(sound)
    floor = max(powers) / 10 ** (SILENCE_RANGE_DB / 10)
    return [number for number, power in enumerate(powers) if power > floor]


def before_last_pause(sound: Samples) -> Samples:
    """The sound up to the last pause between phrases."""
    heard = audible(sound)
    for before, after in zip(reversed(heard[:-1]), reversed(heard[1:]), strict=True):
        if after - before > PAUSE_FRAMES:
            return sound[: (before + after) // 2 * FRAME]
    raise click.ClickException(
        "no pause before the carrier word: choose a lower --speed, or another --voice."
    )


def trimmed(sound: Samples) -> Samples:
    """The sound with EDGE_FRAMES of quiet at each end."""
    heard = audible(sound)
    quiet = [0.0] * (EDGE_FRAMES * FRAME)
    padded = [*quiet, *sound, *quiet]
    return padded[heard[0] * FRAME : (heard[-1] + 1 + 2 * EDGE_FRAMES) * FRAME]


def levelled(sound: Samples) -> Samples:
    """The sound with its speech, pauses not counted, at LEVEL_DBFS RMS."""
    powers = loudness(sound)
    floor = max(powers) / 10 ** (SPEECH_RANGE_DB / 10)
    spoken = [power for power in powers if power > floor]
    gain = math.sqrt(10 ** (LEVEL_DBFS / 10) / (sum(spoken) / len(spoken)))
    return [sample * gain for sample in sound]


def faded(sound: Samples) -> Samples:
    """The sound rising from nothing and falling to nothing, so that neither end clicks."""
    last = len(sound) - 1
    return [
        s * min(1.0, at / FADE_SAMPLES, (last - at) / FADE_SAMPLES) for at, s in enumerate(sound)
    ]


def write(path: Path, sound: Samples) -> None:
    """Write the sound as a 16-bit WAV file."""
    if max(map(abs, sound)) >= 1:
        raise click.ClickException(f"{path.name} would clip: lower LEVEL_DBFS.")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        file.writeframes(array("h", [round(sample * 32767) for sample in sound]).tobytes())


if __name__ == "__main__":
    main()
