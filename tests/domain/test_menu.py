"""The voice menu: what each key leads to, and that it always ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi import catalogue
from agi.domain.menu import MOST_KEYS, Ask, Dialogue, Do, GiveUp, Says, Step
from agi.domain.services import Deed, Does, Menu, MenuItem, ServiceCode, ServiceRules

CALL = ServiceCode.model_validate({"code": "0700", "does": "call", "access": "0700"})
OPEN = ServiceCode.model_validate({"code": "*70#", "does": "open_menu", "menu": "main"})
RULES = ServiceRules(
    operator="any",
    answers_from="70",
    codes=(CALL, OPEN),
    menus={
        "main": Menu(
            items=(
                MenuItem(key="1", say="menu-call", does=Does.CALL, access="0700"),
                MenuItem(key="2", say="menu-lists", does=Does.OPEN_MENU, menu="lists"),
                MenuItem(key="4", say="menu-balance", does=Does.TELL_BALANCE),
            )
        ),
        "lists": Menu(
            items=(
                MenuItem(key="1", say="menu-white-add", does=Does.LIST_ADD, list="white"),
                MenuItem(key="#", say="menu-lists", does=Does.OPEN_MENU, menu="main"),
            ),
            repeats=0,
        ),
    },
)
NUMBER = "9161110002"
MENU, ASK_NUMBER = Ask(Says.MENU), Ask(Says.NUMBER, 10)
NOT_A_KEY = Ask(Says.MENU, wrong_key=True)


def press(deed: Deed, *keys: str | None) -> Step:
    """Where the keys lead; each None is a silence."""
    dialogue, step = Dialogue.begin(RULES, deed, 10)
    for key in keys:
        assert isinstance(step, Ask), f"it had ended before {key!r}"
        dialogue, step = dialogue.next(key)
    return step


@pytest.mark.parametrize(
    ("keys", "step"),
    [
        ([], MENU),
        ([None], MENU),
        ([None, None], MENU),
        ([None, None, None], GiveUp()),
        (["9"], NOT_A_KEY),
        (["#"], NOT_A_KEY),
        (["9", None, "9"], GiveUp()),
        (["4"], Do(RULES.menus["main"].items[2])),
        ([None, None, "4"], Do(RULES.menus["main"].items[2])),
        (["1"], ASK_NUMBER),
        (["2"], MENU),
        (["2", "4"], GiveUp()),
        (["2", "1"], ASK_NUMBER),
        (["2", "#"], MENU),
        (["2", "1", *NUMBER], Do(RULES.menus["lists"].items[0], NUMBER)),
    ],
)
def test_a_menu(keys: list[str | None], step: Step) -> None:
    assert press(OPEN, *keys) == step


@pytest.mark.parametrize(
    ("keys", "step"),
    [
        ([], ASK_NUMBER),
        (NUMBER, Do(CALL, NUMBER)),
        (NUMBER[:9], Ask(Says.NOTHING, 1)),
        ([*NUMBER[:9], "*"], Ask(Says.NOTHING, 10)),
        ([*"91*", *NUMBER], Do(CALL, NUMBER)),
        ([*"91**", *NUMBER], Do(CALL, NUMBER)),
        ("0000000000", Do(CALL, "0000000000")),
        ([None], ASK_NUMBER),
        ([*NUMBER[:9], None], ASK_NUMBER),
        ([*NUMBER[:9], None, *NUMBER], Do(CALL, NUMBER)),
        (["#"], Ask(Says.NUMBER, 10, wrong_key=True)),
        ([*"916#", *NUMBER], Do(CALL, NUMBER)),
        ([None, *NUMBER[:3], None, "9", None], GiveUp()),
    ],
)
def test_a_number(keys: list[str | None], step: Step) -> None:
    assert press(CALL, *keys) == step


def test_a_number_that_is_no_good_is_asked_for_within_the_repeats() -> None:
    dialogue, step = Dialogue.begin(RULES, CALL, 10)
    dialogue, step = dialogue.next(None)
    for expected in (ASK_NUMBER, GiveUp()):
        for digit in NUMBER:
            dialogue, step = dialogue.next(digit)
        assert step == Do(CALL, NUMBER)
        dialogue, step = dialogue.again()
        assert step == expected


@given(st.lists(st.sampled_from([*"0123456789*#", None]), min_size=MOST_KEYS + 1))
def test_whatever_is_pressed_it_ends(keys: list[str | None]) -> None:
    dialogue, step = Dialogue.begin(RULES, OPEN, 10)
    for key in keys:
        if not isinstance(step, Ask):
            return
        assert 1 <= step.keys <= 10
        dialogue, step = dialogue.next(key)
    assert isinstance(step, (Do, GiveUp))


def test_who_only_starts_over_is_let_go() -> None:
    assert press(CALL, *"*" * MOST_KEYS) == Ask(Says.NOTHING, 10)
    assert press(CALL, *"*" * (MOST_KEYS + 1)) == GiveUp()


def test_every_key_of_every_shipped_menu_leads_somewhere() -> None:
    data = catalogue.load()
    for rules in data.services.values():
        digits = data.operator(rules.operator).numbering.national_digits
        for name, menu in rules.menus.items():
            opening = Deed(does=Does.OPEN_MENU, menu=name)
            for item in menu.items:
                dialogue, step = Dialogue.begin(rules, opening, digits)
                dialogue, step = dialogue.next(item.key)
                assert step in (MENU, ASK_NUMBER, Do(item))
