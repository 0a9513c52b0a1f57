"""Was this said, when and how loud: recordings and tones found in what a phone heard.

Correlation in plain Python: coarsely at 2 kHz with a part of the recording, then exactly with all
of it.
"""

from __future__ import annotations

import math
import wave
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from heapq import nlargest
from itertools import accumulate
from operator import mul, sub
from pathlib import Path

from lab.recorder import PACKET_SAMPLES, RATE_HZ, Sound

RECORDINGS = Path(__file__).resolve().parents[2] / "asterisk-conf" / "sounds" / "ru" / "collect"
_COARSE = 4
_COARSE_SAMPLES = 800
"""How much of a recording is looked for at first: 0.4 s at 2 kHz."""
_CANDIDATES = 8
"""How many of the coarse places are looked at closely."""
_CERTAIN = 0.98
_PART = RATE_HZ // 5
_SLIP = RATE_HZ // 4
_END = array("h", [0] * PACKET_SAMPLES)
"""Asterisk's RTP time makes the last packet of a file overlap the one before it."""
_BLOCK = 200
"""Samples in 25 ms, after which tones of 440 and of 880 Hz repeat themselves."""
_FULL_SCALE = 32768
SILENCE_DBFS = -100.0


@dataclass(frozen=True)
class Found:
    """The best place of a recording: when it starts there, and how like it is (1: the same)."""

    at_s: float
    end_s: float
    score: float
    level_dbfs: float
    """The level of all that was heard there."""


@cache
def recording(prompt: str) -> array[int]:
    """The samples of a prompt of the service."""
    with wave.open(str(RECORDINGS / f"{prompt}.wav")) as file:
        return array("h", file.readframes(file.getnframes()))


def find(sound: Sound, prompt: str, *, under_tones: bool = False) -> Found:
    """Look for a prompt; `under_tones` filters tones of 440 and 880 Hz out of both first."""
    heard: Sequence[int] = sound.samples + _END
    wanted: Sequence[int] = recording(prompt)
    if under_tones:
        heard, wanted = _without_tones(heard), _without_tones(wanted)
    score, at = _fit(heard, wanted)
    if score < _CERTAIN:
        score = _by_parts(heard, wanted, at)
    start_s = sound.start_s + at / RATE_HZ
    end_s = start_s + len(wanted) / RATE_HZ
    return Found(start_s, end_s, score, level_dbfs(sound.between(start_s, end_s)))


def level_dbfs(sound: Sound) -> float:
    """RMS; SILENCE_DBFS for nothing at all."""
    power = sum(map(mul, sound.samples, sound.samples)) / max(len(sound.samples), 1)
    return 10 * math.log10(power / _FULL_SCALE**2) if power else SILENCE_DBFS


def tone_dbfs(sound: Sound, hertz: int) -> float:
    """The RMS level of one tone, a multiple of 40 Hz, among all that was heard.

    It is measured by blocks of 25 ms: the tone of a phone jumps in phase where Asterisk changes
    how it passes voice on.
    """
    starts = range(0, len(sound.samples) - _BLOCK + 1, _BLOCK)
    blocks = [sound.samples[at : at + _BLOCK] for at in starts]
    waves = _waves(hertz)
    products = (sum(map(mul, block, wave_)) for block in blocks for wave_ in waves)
    power = sum(product**2 for product in products) * 2 / _BLOCK**2 / max(len(blocks), 1)
    return 10 * math.log10(power / _FULL_SCALE**2) if power > 1 else SILENCE_DBFS


@cache
def _waves(hertz: int) -> tuple[list[float], list[float]]:
    turns = [2 * math.pi * hertz * n / RATE_HZ for n in range(_BLOCK)]
    return list(map(math.sin, turns)), list(map(math.cos, turns))


def tone_starts_s(sound: Sound, hertz: int, least_dbfs: float) -> float | None:
    """When a tone is first there for a tenth of a second; None: never."""
    for at in range(0, len(sound.samples) - 4 * _BLOCK + 1, _BLOCK):
        start_s = sound.start_s + at / RATE_HZ
        if tone_dbfs(sound.between(start_s, start_s + 0.1), hertz) > least_dbfs:
            return start_s
    return None


def _without_tones(samples: Sequence[int]) -> list[int]:
    """What does not repeat itself as the tones do: a comb filter, zero at 40 Hz and multiples."""
    before = [0] * _BLOCK + list(samples[:-_BLOCK])
    return list(map(sub, samples, before))


def _fit(heard: Sequence[int], wanted: Sequence[int]) -> tuple[float, int]:
    """The best correlation, and its place."""
    return max(_scores(heard, wanted, _coarse_places(heard, wanted)), default=(0.0, 0))


def _by_parts(heard: Sequence[int], wanted: Sequence[int], at: int) -> float:
    """The correlation with what is near `at`, where each part may come a little early or late.

    An Asterisk that gets no processor in time sends the rest of a file later.
    """
    energy, score = 0, 0.0
    for start in range(0, len(wanted), _PART):
        part = wanted[start : start + _PART]
        own = sum(map(mul, part, part))
        near = heard[max(0, at + start - _SLIP) : at + start + _PART + _SLIP]
        energy += own
        score += own * _fit(near, part)[0]
    return score / energy


def _coarse_places(heard: Sequence[int], wanted: Sequence[int]) -> Iterator[int]:
    """Where `wanted` may start: around the places where a part of it fits best at 2 kHz."""
    few_heard, few_wanted = _decimated(heard), _decimated(wanted)
    skipped = max(0, (len(few_wanted) - _COARSE_SAMPLES) // 2)
    excerpt = few_wanted[skipped : skipped + _COARSE_SAMPLES]
    last = len(few_heard) - len(few_wanted)
    for _, at in nlargest(
        _CANDIDATES, _scores(few_heard, excerpt, range(skipped, skipped + last + 1))
    ):
        first = (at - skipped - 1) * _COARSE
        yield from range(max(0, first), first + 2 * _COARSE + 1)


def _decimated(samples: Sequence[int]) -> list[int]:
    return [sum(samples[at : at + _COARSE]) for at in range(0, len(samples) - _COARSE + 1, _COARSE)]


def _scores(
    heard: Sequence[int], wanted: Sequence[int], places: Iterable[int]
) -> Iterator[tuple[float, int]]:
    """The normalised correlation of `wanted` with what was heard at each place, and the place."""
    size = len(wanted)
    energies = [0, *accumulate(map(mul, heard, heard))]
    own = sum(map(mul, wanted, wanted))
    for at in places:
        if at + size <= len(heard) and (energy := energies[at + size] - energies[at]):
            product = sum(map(mul, heard[at : at + size], wanted))
            yield product / math.sqrt(energy * own), at
