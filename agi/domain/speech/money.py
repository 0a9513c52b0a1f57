"""Money in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from agi.domain.money import MINOR_PER_MAJOR
from agi.domain.speech.language import Language, Prompts, Unsayable
from agi.domain.speech.numbers import MOST, counted

CURRENCIES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {"RUB": ("rub", "kop"), "KZT": ("kzt", "tiyn")}
)
"""Of each currency (ISO 4217) the counted words for the whole and for the hundredth."""

MOST_SAID_MINOR: Final = MOST * MINOR_PER_MAJOR + MINOR_PER_MAJOR - 1
"""The largest amount that can be said."""


def money(language: Language, amount_minor: int, currency: str) -> Prompts:
    """An amount in words: 890 of RUB is "eight roubles ninety kopecks", -5 "minus five kopecks".

    Raises:
        Unsayable: a currency without words, or an amount beyond the largest number.
    """
    if currency not in CURRENCIES:
        raise Unsayable(f"no words for {currency}: there are {', '.join(CURRENCIES)}.")
    whole, hundredth = CURRENCIES[currency]
    major, minor = divmod(abs(amount_minor), MINOR_PER_MAJOR)
    sign = -1 if amount_minor < 0 else 1
    if not minor:
        return counted(language, sign * major, whole)
    if not major:
        return counted(language, sign * minor, hundredth)
    return counted(language, sign * major, whole) + counted(language, minor, hundredth)
