"""Words and recordings match what the service says, and the recordings are fit for a telephone."""

from __future__ import annotations

import math
import wave
from array import array
from functools import cache
from itertools import chain, product
from pathlib import Path

import pytest

from agi import catalogue
from agi.domain import answers, speech
from agi.domain.answers import Amount, Answer, Count, PhoneNumber
from agi.domain.codes import Code
from agi.domain.dispositions import HANGUP_CAUSES
from agi.domain.operators import ConsentKeys
from agi.domain.speech import Language

SOUNDS = Path(__file__).resolve().parents[2] / "asterisk-conf" / "sounds"
CATALOGUE = catalogue.load()
LANGUAGES = CATALOGUE.languages
SPOKEN = [(code, prompt) for code, language in LANGUAGES.items() for prompt in language.texts]
SLOTS = {
    "number": PhoneNumber("0123456789"),
    "amount": Amount(-1, "RUB"),
    "white": Count(1, "entry"),
    "black": Count(5, "entry"),
}
RATE_HZ = 8000
FRAME = RATE_HZ // 100
GAP_S = 0.02
"""What passes between two recordings: one packet."""


def every_id(language: Language) -> set[str]:
    """All that the service can say in a language."""
    keys = "0123456789*#"
    said = {*speech.STANDING, *speech.phone_number(language, "0123456789")}
    for accept, decline, price in zip(keys, keys[1:] + keys[:1], keys[2:] + keys[:2], strict=True):
        menu = ConsentKeys(accept=accept, decline=decline, price=price)
        said.update(speech.consent_prompt(language, "0123456789", 0, "RUB", menu))
    for menu in (ConsentKeys(accept="1"), ConsentKeys(accept="1", bar="9")):
        said.update(speech.price_prompt(language, 0, "RUB", menu))
    for rules in CATALOGUE.services.values():
        for each in rules.menus.values():
            said.update(speech.menu_prompt(language, each))
    said.update(speech.call_collect_prompt(language, Code.parse("*133*N#")))
    for name in language.answers:
        slots = {slot: SLOTS[slot] for slot in answers.SLOTS.get(name, ())}
        said.update(speech.answer_prompt(language, Answer(name, True, slots)))
    wholes = [*range(1000), *range(1000, 1_000_000, 1000), *range(10**6, 10**7, 10**6)]
    for currency, whole in product(speech.CURRENCIES, wholes):
        said.update(speech.money(language, whole * 100, currency))
        said.update(speech.money(language, whole % 100, currency))
    for minutes in range(121):
        said.update(speech.talk_time_prompt(language, minutes))
        said.update(speech.counted(language, minutes, "entry"))
    return said


@cache
def samples(code: str, prompt: str) -> array[int]:
    with wave.open(str(SOUNDS / code / "collect" / f"{prompt}.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE_HZ, 1, 2)
        return array("h", file.readframes(file.getnframes()))


def seconds(code: str, prompt: str) -> float:
    return len(samples(code, prompt)) / RATE_HZ


def frames_dbfs(code: str, prompt: str) -> list[float]:
    """The level of each 10 ms."""
    sound = samples(code, prompt)
    powers = [
        sum(s * s for s in sound[at : at + FRAME]) / FRAME
        for at in range(0, len(sound) - FRAME + 1, FRAME)
    ]
    return [10 * math.log10(max(power, 1) / 32768**2) for power in powers]


@pytest.mark.parametrize("code", LANGUAGES)
def test_words_are_there_for_all_that_is_said_and_for_nothing_else(code: str) -> None:
    assert LANGUAGES[code].prompts == every_id(LANGUAGES[code])


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_text_has_its_recording_and_each_recording_its_text(code: str) -> None:
    names = {path.name for path in (SOUNDS / code / "collect").iterdir()}
    assert names == {f"{prompt}.wav" for prompt in LANGUAGES[code].prompts}


def test_each_language_is_recorded_and_says_by_whom() -> None:
    assert {"ru", "en", "kk"} <= set(LANGUAGES)
    assert {path.name for path in SOUNDS.iterdir()} == set(LANGUAGES)
    for code in LANGUAGES:
        assert "Copyright" in (SOUNDS / code / "CREDITS").read_text(encoding="utf-8")


def test_the_recordings_are_small() -> None:
    assert sum(path.stat().st_size for path in SOUNDS.rglob("*.wav")) < 10_000_000


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_disposition_plays_its_own_file(code: str) -> None:
    told = [speech.told(disposition) for disposition in HANGUP_CAUSES]
    assert len(set(told)) == len(told)
    heard = {samples(code, prompt).tobytes() for prompt in told}
    assert len(heard) == len(told) - 1, "a barred caller, and nobody else, hears another's words"
    assert samples(code, "told-barred") == samples(code, "told-declined")


@pytest.mark.parametrize(("code", "prompt"), SPOKEN)
def test_speech_is_at_20_dbfs_and_does_not_clip(code: str, prompt: str) -> None:
    levels = frames_dbfs(code, prompt)
    speech_powers = [10 ** (level / 10) for level in levels if level > max(levels) - 30]
    assert 10 * math.log10(sum(speech_powers) / len(speech_powers)) == pytest.approx(-20, abs=1.5)
    assert max(map(abs, samples(code, prompt))) < 32000


@pytest.mark.parametrize(("code", "prompt"), SPOKEN)
def test_recordings_begin_and_end_soon_and_without_a_click(code: str, prompt: str) -> None:
    levels = frames_dbfs(code, prompt)
    spoken = [at for at, level in enumerate(levels) if level > max(levels) - 45]
    assert spoken[0] <= 3
    assert len(levels) - 1 - spoken[-1] <= 3
    sound = samples(code, prompt)
    assert max(abs(sound[0]), abs(sound[-1])) < 50


@pytest.mark.parametrize(("code", "prompt"), SPOKEN)
def test_recordings_are_as_long_as_their_texts(code: str, prompt: str) -> None:
    """Nothing is cut off, and nobody drawls: 5 to 30 letters a second, and a moment for a word."""
    letters = len(LANGUAGES[code].texts[prompt])
    assert letters / 30 < seconds(code, prompt) < letters / 5 + 0.3
    assert seconds(code, prompt) < 6.5


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_pause_is_silent_and_as_long_as_it_is_said_to_be(code: str) -> None:
    for pause, length_s in LANGUAGES[code].pauses.items():
        assert not any(samples(code, pause))
        assert seconds(code, pause) == pytest.approx(length_s)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_dearest_call_is_put_to_the_called_party_within_12_seconds(code: str) -> None:
    language = LANGUAGES[code]
    longest = max("0123456789", key=lambda digit: seconds(code, f"d-{digit}"))
    took_s = {}
    for tariff in CATALOGUE.tariffs:
        collect = CATALOGUE.operator(tariff.operator).collect
        assert collect
        supplements = {0, *tariff.called_zone_supplements_minor.values()}
        for row, supplement in product(tariff.rules, supplements):
            price_minor = row.price_minor + supplement
            prompts = speech.consent_prompt(
                language, f"9{longest * 9}", price_minor, tariff.currency, collect.keys.first_named
            )
            took_s[tariff.operator, price_minor] = sum(
                seconds(code, prompt) + GAP_S for prompt in prompts
            )
    assert len(took_s) > 5
    assert max(took_s.values()) <= 12, max(took_s, key=lambda case: took_s[case])


@pytest.mark.parametrize("code", LANGUAGES)
def test_whatever_an_order_names_is_said(code: str) -> None:
    language = LANGUAGES[code]
    orders = chain.from_iterable(order.split() for order in language.orders.model_dump().values())
    assert {word for word in orders if "{" not in word} <= language.prompts
