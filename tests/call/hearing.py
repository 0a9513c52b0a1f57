"""Was this said, when and how loud: recordings and tones found in what a phone heard.

Correlation in plain Python: coarsely at 2 kHz with a part of the recording, then exactly with all
of it.
"""

from __future__ import annotations

import math
import wave
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from operator import mul, sub

from lab.recordings import RECORDINGS
from tests.call.recorder import RATE_HZ, Sound

_COARSE = 4
_COARSE_SAMPLES = 800
"""How much of a recording is looked for at first: 0.4 s at 2 kHz."""
_TONES_PERIOD = 200
"""Samples after which tones of 440 and of 880 Hz repeat themselves."""
_FULL_SCALE = 32768
SILENCE_DBFS = -100.0


@dataclass(frozen=True)
class Found:
    """The best place of a recording: when it starts there, and how like it is (1: the same)."""

    at_s: float
    score: float
    level_dbfs: float
    """The level of what was heard there."""
    end_s: float


@cache
def recording(prompt: str) -> array[int]:
    """The samples of a prompt of the service."""
    with wave.open(str(RECORDINGS / f"{prompt}.wav")) as file:
        return array("h", file.readframes(file.getnframes()))


def find(sound: Sound, prompt: str, *, under_tones: bool = False) -> Found:
    """Look for a prompt; `under_tones` filters tones of 440 and 880 Hz out of both first."""
    heard: Sequence[int] = sound.samples
    wanted: Sequence[int] = recording(prompt)
    at = 0
    score = 0.0
    if len(heard) >= len(wanted):
        if under_tones:
            heard, wanted = _without_tones(heard), _without_tones(wanted)
        near = _coarse_place(heard, wanted)
        places = range(max(0, near - 2 * _COARSE), near + 2 * _COARSE + 1)
        at, score = _best(heard, wanted, places)
    start_s = sound.start_s + at / RATE_HZ
    end_s = start_s + len(recording(prompt)) / RATE_HZ
    return Found(start_s, score, level_dbfs(sound.between(start_s, end_s)), end_s)


def level_dbfs(sound: Sound) -> float:
    """RMS; SILENCE_DBFS for nothing at all."""
    power = sum(map(mul, sound.samples, sound.samples)) / max(len(sound.samples), 1)
    return 10 * math.log10(power / _FULL_SCALE**2) if power else SILENCE_DBFS


def tone_dbfs(sound: Sound, hertz: int) -> float:
    """The RMS level of one tone among all that was heard."""
    count = len(sound.samples)
    turns = [2 * math.pi * hertz * n / RATE_HZ for n in range(count)]
    parts = (sum(map(mul, sound.samples, map(wave_, turns))) for wave_ in (math.sin, math.cos))
    amplitude = 2 * math.hypot(*parts) / max(count, 1)
    level = amplitude / math.sqrt(2) / _FULL_SCALE
    return 20 * math.log10(level) if level else SILENCE_DBFS


def tone_starts_s(sound: Sound, hertz: int, least_dbfs: float = -30.0) -> float | None:
    """When a tone is first there for a tenth of a second."""
    step = RATE_HZ // 50
    for at in range(0, len(sound.samples) - 5 * step, step):
        start_s = sound.start_s + at / RATE_HZ
        if tone_dbfs(sound.between(start_s, start_s + 0.1), hertz) > least_dbfs:
            return start_s
    return None


def _without_tones(samples: Sequence[int]) -> list[int]:
    """What does not repeat itself as the tones do: a comb filter, zero at 40 Hz and multiples."""
    before = [0] * _TONES_PERIOD + list(samples[:-_TONES_PERIOD])
    return list(map(sub, samples, before))


def _coarse_place(heard: Sequence[int], wanted: Sequence[int]) -> int:
    few_heard, few_wanted = _decimated(heard), _decimated(wanted)
    skipped = max(0, (len(few_wanted) - _COARSE_SAMPLES) // 2)
    excerpt = few_wanted[skipped : skipped + _COARSE_SAMPLES]
    last = len(few_heard) - len(few_wanted)
    at, _ = _best(few_heard, excerpt, range(skipped, skipped + last + 1))
    return (at - skipped) * _COARSE


def _decimated(samples: Sequence[int]) -> list[int]:
    return [sum(samples[at : at + _COARSE]) for at in range(0, len(samples) - _COARSE + 1, _COARSE)]


def _best(heard: Sequence[int], wanted: Sequence[int], places: range) -> tuple[int, float]:
    """Of `places` the one where `wanted` fits best, by the normalised correlation there."""
    size = len(wanted)
    energies = [0, *accumulate(map(mul, heard, heard))]
    own = sum(map(mul, wanted, wanted))
    best = places.start, 0.0
    for at in places:
        energy = energies[min(at + size, len(heard))] - energies[at] if at < len(heard) else 0
        if energy and at + size <= len(heard):
            score = sum(map(mul, heard[at : at + size], wanted)) / math.sqrt(energy * own)
            if score > best[1]:
                best = at, score
    return best
