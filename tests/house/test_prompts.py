"""Words and recordings match what the service says, and the recordings are fit for a telephone."""

from __future__ import annotations

import math
import tomllib
import wave
from array import array
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from agi.domain import speech
from agi.domain.dispositions import Disposition
from agi.domain.operators import ConsentKeys

CHECKOUT = Path(__file__).resolve().parents[2]
RECORDINGS = CHECKOUT / "asterisk-conf" / "sounds" / "ru" / "collect"
TEXTS: dict[str, str] = tomllib.loads(
    (CHECKOUT / "agi" / "data" / "prompts" / "ru.toml").read_text(encoding="utf-8")
)
RATE_HZ = 8000
FRAME = RATE_HZ // 100

TOLD = [
    speech.told(disposition)
    for disposition in Disposition
    if disposition not in (Disposition.ANSWERED, Disposition.ABANDONED)
]
STANDING = {
    speech.CONNECTING,
    speech.CALL_DECLINED,
    speech.NO_KEY,
    speech.WRONG_KEY,
    speech.SERVICE_ERROR,
    speech.WARNING,
    speech.FUNDS_RAN_OUT,
}


def every_id() -> set[str]:
    """All that the service can say."""
    keys = "0123456789*#"
    said = STANDING.union(TOLD)
    for accept, decline, price in zip(keys, keys[1:] + keys[:1], keys[2:] + keys[:2], strict=True):
        menu = ConsentKeys(accept=accept, decline=decline, price=price)
        said.update(speech.consent_prompt("0123456789", 0, "RUB", menu))
    said.update(speech.price_prompt(0, "RUB", ConsentKeys(accept="1")))
    wholes = [*range(1000), *range(1000, 1_000_000, 1000)]
    for currency, whole in product(speech.CURRENCIES, wholes):
        said.update(speech.money(whole * 100, currency))
        said.update(speech.money(whole % 100, currency))
    return said


@cache
def samples(prompt: str) -> array[int]:
    with wave.open(str(RECORDINGS / f"{prompt}.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE_HZ, 1, 2)
        return array("h", file.readframes(file.getnframes()))


def seconds(prompt: str) -> float:
    return len(samples(prompt)) / RATE_HZ


def frames_dbfs(prompt: str) -> list[float]:
    """The level of each 10 ms."""
    sound = samples(prompt)
    powers = [
        sum(s * s for s in sound[at : at + FRAME]) / FRAME
        for at in range(0, len(sound) - FRAME + 1, FRAME)
    ]
    return [10 * math.log10(max(power, 1) / 32768**2) for power in powers]


def test_words_are_there_for_all_that_is_said_and_for_nothing_else() -> None:
    assert set(TEXTS) == every_id()


def test_each_text_has_its_recording_and_each_recording_its_text() -> None:
    assert {path.stem for path in RECORDINGS.iterdir()} == set(TEXTS)


def test_each_disposition_plays_its_own_file() -> None:
    assert len(set(TOLD)) == len(Disposition) - 2
    heard = {samples(told).tobytes() for told in TOLD}
    assert len(heard) == len(TOLD) - 1, "a barred caller, and nobody else, hears another's words"
    assert samples("told-barred") == samples("told-declined")


@pytest.mark.parametrize("prompt", TEXTS)
def test_speech_is_at_20_dbfs_and_does_not_clip(prompt: str) -> None:
    levels = frames_dbfs(prompt)
    speech_powers = [10 ** (level / 10) for level in levels if level > max(levels) - 30]
    assert 10 * math.log10(sum(speech_powers) / len(speech_powers)) == pytest.approx(-20, abs=1.5)
    assert max(map(abs, samples(prompt))) < 32000


@pytest.mark.parametrize("prompt", TEXTS)
def test_recordings_begin_and_end_soon_and_without_a_click(prompt: str) -> None:
    levels = frames_dbfs(prompt)
    spoken = [at for at, level in enumerate(levels) if level > max(levels) - 45]
    assert 1 <= spoken[0] <= 4
    assert 1 <= len(levels) - 1 - spoken[-1] <= 4
    assert max(abs(samples(prompt)[0]), abs(samples(prompt)[-1])) < 50


@pytest.mark.parametrize(
    ("prompts", "most_s"),
    [
        (TOLD, 6.0),
        ([speech.FUNDS_RAN_OUT], 4.5),
        ([speech.WARNING], 2.0),
        ([prompt for prompt in TEXTS if prompt[:2] in ("d-", "n-")], 1.0),
    ],
)
def test_recordings_are_short(prompts: list[str], most_s: float) -> None:
    too_long = {prompt: seconds(prompt) for prompt in prompts if seconds(prompt) > most_s}
    assert not too_long
    assert min(map(seconds, prompts)) > 0.25


def test_the_whole_consent_prompt_takes_at_most_15_seconds() -> None:
    keys = ConsentKeys(accept="1", decline="0", price="2")
    prompt = speech.consent_prompt("9888888888", 890, "RUB", keys)
    assert sum(map(seconds, prompt)) <= 15
