"""An answer to a service code, as it is spoken and as it is written."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from itertools import pairwise

from agi.domain.answers import Amount, Answer, Count, PhoneNumber, Slot
from agi.domain.codes import Code
from agi.domain.money import format_amount
from agi.domain.numbers import DEFAULT_PLAN
from agi.domain.speech.language import Language, Prompts
from agi.domain.speech.money import money
from agi.domain.speech.numbers import counted, phone_number

_STRESS = "\N{COMBINING ACUTE ACCENT}"
"""Marks for the voice, which no reader wants."""


def answer_prompt(language: Language, answer: Answer) -> Prompts:
    """What is played."""
    slots = {name: _spoken(language, slot) for name, slot in answer.slots.items()}
    return language.answered(answer.name, **slots)


def answer_text(language: Language, answer: Answer) -> str:
    """What is sent: the words of the recordings, with numbers and money in figures."""
    figures = {name: _figures(language, slot) for name, slot in answer.slots.items()}
    return _in_figures(language, language.answers[answer.name], figures)


def call_collect_text(language: Language, code: Code) -> str:
    """What `call_collect_prompt` says, as it is read."""
    text = _in_figures(language, language.orders.call_collect, {"code": f"{code.head},"})
    return f"{text.rstrip('.')}, {code.tail}." if code.tail else text


def written(language: Language, prompt: str) -> str:
    """The words of one prompt as they are read."""
    return language.written.get(prompt) or _without_stress(language.texts[prompt])


def _in_figures(language: Language, order: str, figures: Mapping[str, str]) -> str:
    words = order.split()
    parts = [
        figures[word.strip("{}")]
        if _is_slot(word)
        # A comma before a figure only keeps the voice up.
        else written(language, word).rstrip("," if _is_slot(following) else "")
        for word, following in pairwise((*words, ""))
    ]
    return " ".join(parts).rstrip(",. ") + "."


def _is_slot(word: str) -> bool:
    return word.startswith("{")


def _spoken(language: Language, slot: Slot) -> Prompts:
    match slot:
        case PhoneNumber(national):
            return phone_number(language, national)
        case Amount(minor, currency):
            return money(language, minor, currency)
        case Count(number, word):
            return counted(language, number, word)


def _figures(language: Language, slot: Slot) -> str:
    match slot:
        case PhoneNumber(national):
            return DEFAULT_PLAN.international(national)
        case Amount(minor, currency):
            return f"{format_amount(minor)} {currency}"
        case Count(number, word):
            return f"{number} {written(language, language.form(word, number))}"


def _without_stress(text: str) -> str:
    plain = unicodedata.normalize("NFD", text).replace(_STRESS, "")
    return unicodedata.normalize("NFC", plain)
