"""Sound for a telephone line: at 8 kHz, bright, cut out of its silence, levelled, without clicks.

Plain Python: it runs when recordings are made, and nowhere else.
"""

from __future__ import annotations

import math
import wave
from array import array
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from operator import mul
from pathlib import Path

RATE_HZ = 8000
FRAME = RATE_HZ // 100
"""Samples in the 10 ms that loudness is measured over."""

LEVEL_DBFS = -20.0
_PEAK = 0.95
"""Full scale is 1; a voice with sharp peaks stays a little below the level instead of clipping."""
_SPEECH_RANGE_DB = 30.0
"""A frame this much quieter than the loudest is not counted as speech when levelling."""
SILENCE_RANGE_DB = 45.0
"""A frame this much quieter than the loudest is silence."""
_EDGE_FRAMES = 1
_PAUSE_FRAMES = 3
"""Quiet this long parts two phrases: inside of a vowel there is none."""
_FADE_SAMPLES = RATE_HZ // 200
_LOW_PASS_HZ = 3700
_REACH = 64
"""Samples of the wanted rate that the low-pass looks at before and after a moment."""

Samples = Sequence[float]
"""Sound at RATE_HZ, full scale at 1.0."""


class SoundError(Exception):
    """A sound is not what can be worked on."""


def read(path: Path) -> Samples:
    """A 16-bit mono WAV file of any rate."""
    with wave.open(str(path)) as file:
        if (file.getnchannels(), file.getsampwidth()) != (1, 2):
            raise SoundError(f"{path} is no 16-bit mono.")
        sound = [sample / 32768 for sample in array("h", file.readframes(file.getnframes()))]
        return _resampled(sound, file.getframerate())


def write(path: Path, sound: Samples) -> None:
    """Write the sound as a 16-bit WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(array("h", (round(s * 32767) for s in sound)).tobytes())


def silence(seconds: float) -> Samples:
    """Nothing, for a while."""
    return [0.0] * round(seconds * RATE_HZ)


def finished(
    sound: Samples, brightness: float = 0.0, silence_range_db: float = SILENCE_RANGE_DB
) -> Samples:
    """The sound as it is to be played: bright, trimmed, levelled and without clicks.

    `brightness` is how much of each sample is taken off the next: at 0.5 low tones lose 6 dB and
    high ones gain 3.5. What is `silence_range_db` quieter than the loudest is trimmed off.
    """
    return _faded(_levelled(_trimmed(_brightened(sound, brightness), silence_range_db)))


def before_last_pause(sound: Samples) -> Samples:
    """The sound up to the last pause between phrases."""
    heard = _audible(sound, SILENCE_RANGE_DB)
    for before, after in zip(reversed(heard[:-1]), reversed(heard[1:]), strict=True):
        if after - before > _PAUSE_FRAMES:
            return sound[: (before + after) // 2 * FRAME]
    raise SoundError("there is no pause before the carrier word: let the voice speak slower.")


def _resampled(sound: Samples, rate_hz: int) -> Samples:
    """The sound at RATE_HZ, through a windowed-sinc low-pass that leaves nothing to alias."""
    reach = _REACH * rate_hz // RATE_HZ
    padded = [0.0] * reach + list(sound) + [0.0] * (reach + 1)
    out = []
    for number in range(len(sound) * RATE_HZ // rate_hz):
        at, phase = divmod(number * rate_hz, RATE_HZ)
        out.append(sum(map(mul, _taps(phase, rate_hz, reach), padded[at : at + 2 * reach + 1])))
    return out


@cache
def _taps(phase: int, rate_hz: int, reach: int) -> Samples:
    """The low-pass around a moment that is `phase` / RATE_HZ of a sample after a sample."""
    taps = []
    for n in range(-reach, reach + 1):
        away = n - phase / RATE_HZ
        window = 0.54 + 0.46 * math.cos(math.pi * away / (reach + 1))
        angle = 2 * math.pi * _LOW_PASS_HZ / rate_hz * away
        taps.append(
            window * 2 * _LOW_PASS_HZ / rate_hz * (math.sin(angle) / angle if angle else 1.0)
        )
    return taps


def _brightened(sound: Samples, brightness: float) -> Samples:
    """The sound with more of the consonants that a telephone line lets through."""
    return [now - brightness * before for before, now in pairwise([0.0, *sound])]


def _loudness(sound: Samples) -> list[float]:
    """The mean power of each frame; an unfinished last frame is left out."""
    whole = len(sound) - len(sound) % FRAME
    return [sum(s * s for s in sound[at : at + FRAME]) / FRAME for at in range(0, whole, FRAME)]


def _audible(sound: Samples, range_db: float) -> list[int]:
    """The frames that are not silence."""
    powers = _loudness(sound)
    floor = max(powers) / 10 ** (range_db / 10)
    return [number for number, power in enumerate(powers) if power > floor]


def _trimmed(sound: Samples, range_db: float) -> Samples:
    """The sound with _EDGE_FRAMES of quiet at each end."""
    heard = _audible(sound, range_db)
    quiet = [0.0] * (_EDGE_FRAMES * FRAME)
    padded = [*quiet, *sound, *quiet]
    return padded[heard[0] * FRAME : (heard[-1] + 1 + 2 * _EDGE_FRAMES) * FRAME]


def _levelled(sound: Samples) -> Samples:
    """The sound with its speech, pauses not counted, at LEVEL_DBFS RMS."""
    powers = _loudness(sound)
    floor = max(powers) / 10 ** (_SPEECH_RANGE_DB / 10)
    spoken = [power for power in powers if power > floor]
    gain = math.sqrt(10 ** (LEVEL_DBFS / 10) / (sum(spoken) / len(spoken)))
    gain = min(gain, _PEAK / max(map(abs, sound)))
    return [sample * gain for sample in sound]


def _faded(sound: Samples) -> Samples:
    """The sound rising from nothing and falling to nothing, so that neither end clicks."""
    last = len(sound) - 1
    return [
        s * min(1.0, at / _FADE_SAMPLES, (last - at) / _FADE_SAMPLES) for at, s in enumerate(sound)
    ]
