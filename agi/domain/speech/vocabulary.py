"""The words that a language must have, whatever is called, costs or is answered."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, product
from typing import Final

from agi.domain.speech.language import Language, Prompts, Unsayable
from agi.domain.speech.money import CURRENCIES
from agi.domain.speech.numbers import counted, key, signs
from agi.domain.speech.prompts import STANDING

_DIGITS: Final = "0123456789"
_SIGNS: Final = f"{_DIGITS}*#"
_PARTS: Final = (*range(1, 20), *range(20, 100, 10), *range(100, 1000, 100))
"""Of these every number below a thousand is put together."""
_SCALES: Final = (1, 1000, 1_000_000)
_COUNTED: Final = (*chain.from_iterable(CURRENCIES.values()), "minute", "entry")


def faults(language: Language) -> Iterator[str]:
    """What the service has to say, and this language has no words for."""
    standing = {*STANDING, "minus", *signs(_SIGNS), *map(key, _SIGNS)}
    yield from _lacking(language, tuple(sorted(standing)))
    for word in _COUNTED:
        try:
            numbers = (counted(language, number, word) for number in _numbers())
            said = dict.fromkeys(chain.from_iterable(numbers))
        except Unsayable as error:
            yield f"counted: {error}"
        else:
            yield from _lacking(language, tuple(said))


def _numbers() -> Iterator[int]:
    yield 0
    for scale, part in product(_SCALES, _PARTS):
        yield scale * part


def _lacking(language: Language, said: Prompts) -> Iterator[str]:
    lacking = [prompt for prompt in said if prompt not in language.prompts]
    if lacking:
        yield f"no words for {', '.join(lacking)}: add them."
