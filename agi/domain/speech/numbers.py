"""Whole numbers in words, counted words after them, and telephone numbers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from types import MappingProxyType
from typing import Final

from agi.domain.speech.language import Language, Prompts, Unsayable

MOST: Final = 999_999_999
"""The largest whole number that the recordings can say."""
PAUSE: Final = "pause"

_SCALES: Final = ((1_000_000, "million"), (1000, "thousand"))
_SINGLE_WORDS: Final = range(20)
_KEY_NAMES: Final = MappingProxyType({"*": "star", "#": "hash"})


def key(pressed: str) -> str:
    """A key of the telephone (``0`` to ``9``, ``*``, ``#``), as what is to be pressed."""
    return f"key-{_KEY_NAMES.get(pressed, pressed)}"


def signs(text: str) -> Prompts:
    """A code as it is dialled: its digits, ``*`` and ``#``, one by one."""
    return tuple(key(sign) if sign in _KEY_NAMES else f"d-{sign}" for sign in text)


def phone_number(language: Language, national: str) -> Prompts:
    """A national number, digit by digit, with a pause between its groups."""
    groups = [tuple(f"d-{digit}" for digit in group) for group in _groups(language, national)]
    return tuple(chain(groups[0], *((PAUSE, *group) for group in groups[1:])))


def counted(language: Language, number: int, word: str) -> Prompts:
    """A number and the form of a counted word beside it; below zero with a minus.

    Raises:
        Unsayable: the number is beyond MOST, or the language does not count this.
    """
    if abs(number) > MOST:
        raise Unsayable(f"{number} can't be said: at most {MOST} can.")
    sign = ("minus",) if number < 0 else ()
    return (*sign, *_cardinal(language, abs(number), word), language.form(word, abs(number)))


def _groups(language: Language, national: str) -> Iterator[str]:
    sizes = language.digit_groups
    if sum(sizes) != len(national):
        sizes = (3,) * -(-len(national) // 3)
    at = 0
    for size in sizes:
        yield national[at : at + size]
        at += size


def _cardinal(language: Language, number: int, word: str) -> Prompts:
    """The words of a number, in the gender of what it counts."""
    said: Prompts = ()
    rest = number
    for scale, name in _SCALES:
        count, rest = divmod(rest, scale)
        if count:
            said += (*_below_1000(language, count, name), language.form(name, count))
    if rest or not number:
        said += _below_1000(language, rest, word)
    return said


def _below_1000(language: Language, number: int, word: str) -> Prompts:
    hundreds, rest = divmod(number, 100)
    tens, ones = (0, rest) if rest in _SINGLE_WORDS else divmod(rest, 10)
    said = tuple(f"n-{part}" for part in (hundreds * 100, tens * 10) if part)
    if not ones and said:
        return said
    feminine = f"n-{ones}-f"
    agrees = word in language.feminine and feminine in language.numbers
    return (*said, feminine if agrees else f"n-{ones}")
