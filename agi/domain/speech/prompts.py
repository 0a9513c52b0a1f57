"""Whole sentences, composed in one language."""

from __future__ import annotations

from itertools import chain
from typing import Final

from agi.domain.codes import Code
from agi.domain.dispositions import HANGUP_CAUSES
from agi.domain.operators import ConsentKeys
from agi.domain.services import Menu
from agi.domain.speech.language import Language, Prompts
from agi.domain.speech.money import money
from agi.domain.speech.numbers import counted, key, phone_number, signs

AT_YOUR_EXPENSE: Final = "at-your-expense"
BLACK_FULL: Final = "black-full"
CALLER_BARRED: Final = "caller-barred"
CALL_DECLINED: Final = "call-declined"
NO_KEY: Final = "no-key"
WRONG_KEY: Final = "wrong-key"
SERVICE_ERROR: Final = "service-error"
WARNING: Final = "warning"
ENTER_NUMBER: Final = "enter-number"


def told(outcome: str) -> str:
    """What the caller hears of an outcome; each has a recording of its own."""
    return f"told-{outcome.replace('_', '-')}"


FUNDS_RAN_OUT: Final = told("funds_ran_out")
OWN_FUNDS_RAN_OUT: Final = told("own_funds_ran_out")
TOLD: Final = (*map(told, HANGUP_CAUSES), FUNDS_RAN_OUT, OWN_FUNDS_RAN_OUT)
"""Every outcome that the caller is told."""
STANDING: Final = (
    AT_YOUR_EXPENSE,
    BLACK_FULL,
    CALLER_BARRED,
    CALL_DECLINED,
    NO_KEY,
    WRONG_KEY,
    SERVICE_ERROR,
    WARNING,
    ENTER_NUMBER,
    *TOLD,
)
"""The sentences in which nothing is composed: one prompt each."""


def consent_prompt(
    language: Language, calling: str, price_minor: int, currency: str, keys: ConsentKeys
) -> Prompts:
    """At whose expense, who calls (a national number), the price a minute, and the keys."""
    return language.ordered(
        "consent",
        number=phone_number(language, calling),
        price=_price(language, price_minor, currency),
        menu=_menu(language, keys),
    )


def price_prompt(language: Language, price_minor: int, currency: str, keys: ConsentKeys) -> Prompts:
    """The price a minute once more, then the keys."""
    return _price(language, price_minor, currency) + _menu(language, keys)


def talk_time_prompt(language: Language, minutes: int) -> Prompts:
    """How long a conversation may be or was."""
    return language.ordered("talk_time", minutes=counted(language, minutes, "minute"))


def call_collect_prompt(language: Language, code: Code) -> Prompts:
    """That the caller's own money does not do, and the access code to call collect by."""
    return language.ordered("call_collect", code=signs(code.head)) + signs(code.tail)


def menu_prompt(language: Language, menu: Menu) -> Prompts:
    """Each item of a menu, and its key."""
    items = (
        language.ordered("menu_item", item=(item.say,), key=(key(item.key),)) for item in menu.items
    )
    return tuple(chain.from_iterable(items))


def _price(language: Language, price_minor: int, currency: str) -> Prompts:
    return language.ordered("price", amount=money(language, price_minor, currency))


def _menu(language: Language, keys: ConsentKeys) -> Prompts:
    menu = language.ordered("accept", key=(key(keys.accept),))
    if keys.decline:
        menu += language.ordered("decline", key=(key(keys.decline),))
    else:
        menu += language.ordered("decline_by_hanging_up")
    if keys.price:
        menu += language.ordered("hear_price", key=(key(keys.price),))
    if keys.bar:
        menu += language.ordered("bar", key=(key(keys.bar),))
    return menu
