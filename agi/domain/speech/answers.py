"""An answer to a service code, as it is spoken and as it is written."""

from __future__ import annotations

import unicodedata

from agi.domain.answers import Amount, Answer, Count, PhoneNumber, Slot
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
    words = language.answers[answer.name].split()
    parts = [
        _written(language, answer.slots[word.strip("{}")])
        if word.startswith("{")
        else language.texts[word]
        for word in words
    ]
    text = _without_stress(" ".join(parts))
    return text.rstrip(",. ") + "."


def _spoken(language: Language, slot: Slot) -> Prompts:
    match slot:
        case PhoneNumber(national):
            return phone_number(language, national)
        case Amount(minor, currency):
            return money(language, minor, currency)
        case Count(number, word):
            return counted(language, number, word)


def _written(language: Language, slot: Slot) -> str:
    match slot:
        case PhoneNumber(national):
            return DEFAULT_PLAN.international(national)
        case Amount(minor, currency):
            return f"{format_amount(minor)} {currency}"
        case Count(number, word):
            return f"{number} {language.texts[language.form(word, number)].rstrip(',')}"


def _without_stress(text: str) -> str:
    plain = unicodedata.normalize("NFD", text).replace(_STRESS, "")
    return unicodedata.normalize("NFC", plain)
