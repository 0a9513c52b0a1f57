"""What is said, as prompt ids in the order they are played; the words are data/prompts/ru.toml.

The grammar is Russian: a counted word has a form after 1 (21, 31, ...), one after 2 to 4 and one
after everything else, and 1 and 2 agree with its gender.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import Final

from agi.domain.dispositions import Disposition
from agi.domain.money import MINOR_PER_MAJOR
from agi.domain.operators import ConsentKeys

Prompts = tuple[str, ...]

CONNECTING: Final = "connecting"
CALL_DECLINED: Final = "call-declined"
NO_KEY: Final = "no-key"
WRONG_KEY: Final = "wrong-key"
SERVICE_ERROR: Final = "service-error"
WARNING: Final = "warning"
FUNDS_RAN_OUT: Final = "told-funds-ran-out"

MOST_MAJOR: Final = 999_999
"""The largest whole number that the recordings can say."""


@dataclass(frozen=True)
class Counted:
    """A word that can be counted: its forms and its gender."""

    after_one: str
    after_two: str
    after_five: str
    feminine: bool = False

    def form(self, number: int) -> str:
        """The form that follows `number`."""
        if number % 100 in range(11, 15):
            return self.after_five
        if number % 10 == 1:
            return self.after_one
        return self.after_two if number % 10 in (2, 3, 4) else self.after_five


THOUSAND: Final = Counted("thousand-1", "thousand-2", "thousand-5", feminine=True)
CURRENCIES: Final[Mapping[str, tuple[Counted, Counted]]] = MappingProxyType(
    {
        "RUB": (
            Counted("rub-1", "rub-2", "rub-5"),
            Counted("kop-1", "kop-2", "kop-5", feminine=True),
        ),
        "KZT": (Counted("kzt", "kzt", "kzt"), Counted("tiyn-1", "tiyn-2", "tiyn-5")),
    }
)
"""Of each currency (ISO 4217) the word for the whole and for the hundredth."""

_SINGLE_WORDS: Final = range(20)
_KEY_NAMES: Final = MappingProxyType({"*": "star", "#": "hash"})


def key(pressed: str) -> str:
    """A digit of a number, or a key of the telephone (``0`` to ``9``, ``*``, ``#``)."""
    return f"d-{_KEY_NAMES.get(pressed, pressed)}"


def phone_number(national: str) -> Prompts:
    """The ten digits of a national number, one by one."""
    return tuple(map(key, national))


def money(amount_minor: int, currency: str) -> Prompts:
    """An amount in words: 890 of RUB is "eight roubles ninety kopecks".

    Raises:
        ValueError: a currency without recordings, or an amount below zero or above MOST_MAJOR.
    """
    if currency not in CURRENCIES:
        raise ValueError(f"no recordings for {currency}: there are {', '.join(CURRENCIES)}.")
    major, minor = divmod(amount_minor, MINOR_PER_MAJOR)
    if not 0 <= major <= MOST_MAJOR:
        raise ValueError(f"{amount_minor} of {currency} can't be said: 0 to {MOST_MAJOR} whole.")
    whole, hundredth = CURRENCIES[currency]
    if minor == 0:
        return _counted(major, whole)
    if major == 0:
        return _counted(minor, hundredth)
    return _counted(major, whole) + _counted(minor, hundredth)


def consent_prompt(calling: str, price_minor: int, currency: str, keys: ConsentKeys) -> Prompts:
    """Who calls (a national number), at whose expense, the price a minute, and the keys."""
    return (
        "incoming-call",
        *phone_number(calling),
        "at-your-expense",
        *price_prompt(price_minor, currency, keys),
    )


def price_prompt(price_minor: int, currency: str, keys: ConsentKeys) -> Prompts:
    """The price a minute once more, then the keys."""
    return ("price", *money(price_minor, currency), "per-minute", *_menu(keys))


def told(disposition: Disposition) -> str:
    """What the caller hears of a call that came to nothing; each outcome has its own recording."""
    return f"told-{disposition.replace('_', '-')}"


def _menu(keys: ConsentKeys) -> Prompts:
    accept = ("to-accept-press", key(keys.accept))
    decline = ("to-decline-press", key(keys.decline)) if keys.decline else ("to-decline-hang-up",)
    price = ("to-hear-price-press", key(keys.price)) if keys.price else ()
    return (*accept, *decline, *price)


def _counted(number: int, word: Counted) -> Prompts:
    thousands, rest = divmod(number, 1000)
    said = _below_1000(thousands, feminine=THOUSAND.feminine)
    if thousands:
        said += (THOUSAND.form(thousands),)
    if rest or not thousands:
        said += _below_1000(rest, feminine=word.feminine) or ("n-0",)
    return (*said, word.form(number))


def _below_1000(number: int, *, feminine: bool) -> Prompts:
    """The words of 1 to 999; nothing for 0."""
    hundreds, rest = divmod(number, 100)
    tens, ones = (0, rest) if rest in _SINGLE_WORDS else divmod(rest, 10)
    words = (f"n-{part}" for part in (hundreds * 100, tens * 10) if part)
    last = f"n-{ones}-f" if feminine and ones in (1, 2) else f"n-{ones}"
    return tuple(chain(words, [last] if ones else []))
