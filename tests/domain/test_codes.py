"""Codes, their exact patterns, and what can't be told apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi import catalogue
from agi.domain import dialling
from agi.domain.codes import PLAIN_NUMBER, Code, Pattern
from agi.domain.dialling import Entry, Leads
from agi.domain.numbers import DEFAULT_PLAN, NumberingPlan

SHIPPED = catalogue.load()
NUMBER = "9161234567"
SIGNS = st.text(alphabet="0123456789*#+NXZ٣ ", max_size=18)


def number_in(code: Code, dialled: str) -> str | None:
    """The number in what was dialled; None where it is not this code."""
    for pattern in code.patterns(DEFAULT_PLAN):
        if pattern.matches(dialled):
            return pattern.number_in(dialled)
    return None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0880N", Code("0880", True)),
        ("*133*N#", Code("*133*", True, "#")),
        ("*155*0#", Code("*155*0", False, "#")),
        ("0880", Code("0880")),
        ("*1*N*2#", Code("*1*", True, "*2#")),
    ],
)
def test_a_code_and_how_it_is_written(text: str, code: Code) -> None:
    assert Code.parse(text) == code
    assert str(code) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "N",
        "#",
        "08x",
        "0880n",
        "0880NN",
        "*1*N##",
        "*1#2#",
        "#1N",
        "0880 N",
        "0880N\n",
        "٠٨٨٠N",
        "+7N",
        "0880X",
        "*880&N#",
        "*880,N#",
        "${EXTEN}",
        "0880%0D%0A",
    ],
)
def test_what_is_no_code_is_refused_with_the_mend(text: str) -> None:
    with pytest.raises(ValueError, match="is no code: write digits and"):
        Code.parse(text)


def test_the_patterns_of_a_code_are_those_of_each_prefix() -> None:
    number = "Z" + "X" * 9
    assert [pattern.text for pattern in Code.parse("*133*N#").patterns(DEFAULT_PLAN)] == [
        f"*133*{prefix}{number}#" for prefix in ("", "7", "8", "+7")
    ]
    assert [p.text for p in Code.parse("*100#").patterns(DEFAULT_PLAN)] == ["*100#"]


def test_a_plan_of_another_length_has_other_patterns() -> None:
    plan = NumberingPlan(country_code="998", trunk_prefix="", national_digits=9)
    texts = [pattern.text for pattern in Code.parse("77N").patterns(plan)]
    assert texts == [f"77{prefix}ZXXXXXXXX" for prefix in ("", "998", "+998")]


@pytest.mark.parametrize("prefix", ["", "7", "8", "+7"])
@pytest.mark.parametrize("text", ["0880N", "*133*N#", "05050N"])
def test_the_number_comes_back_as_it_was_dialled(text: str, prefix: str) -> None:
    code = Code.parse(text)
    dialled = code.dialled(prefix + NUMBER)
    assert number_in(code, dialled) == prefix + NUMBER
    assert DEFAULT_PLAN.national(prefix + NUMBER) == NUMBER


GARBAGE = [
    "",
    NUMBER[:-1],
    NUMBER + "0",
    "0" + NUMBER[1:],
    "9" + NUMBER,
    "٩١٦١٢٣٤٥٦٧",
    "９１６１２３４５６７",
    NUMBER[:-1] + "²",
    NUMBER + "&PJSIP",
    NUMBER[:-2] + "&1",
    NUMBER[:-1] + ",",
    "${EXTEN}00",
    NUMBER[:-6] + "%0D%0A",
    NUMBER[:-1] + "\n",
    NUMBER + "\r\n",
    "112",
    "0880",
    " " + NUMBER[1:],
    NUMBER[:-1] + "X",
    "Z" + NUMBER[1:],
]


@pytest.mark.parametrize("number", GARBAGE)
@pytest.mark.parametrize("text", ["0880N", "*133*N#", "*144*N#"])
def test_garbage_is_no_number_of_a_code(text: str, number: str) -> None:
    code = Code.parse(text)
    assert number_in(code, code.dialled(number)) is None
    assert number_in(PLAIN_NUMBER, number) is None


def test_a_code_with_a_tail_ends_with_it() -> None:
    code = Code.parse("*133*N#")
    for dialled in (f"*133*{NUMBER}", f"*133*{NUMBER}##", f"*133*{NUMBER}*", f"133*{NUMBER}#"):
        assert number_in(code, dialled) is None


def test_a_code_without_a_number_is_matched_whole() -> None:
    (pattern,) = Code.parse("*100#").patterns(DEFAULT_PLAN)
    assert pattern.matches("*100#")
    for other in ("*100", "*100##", "*10#", "**100#", "*1X0#", ""):
        assert not pattern.matches(other)
    assert pattern.number_in("*100#") == ""


@given(SIGNS, st.sampled_from(["0880N", "*133*N#", "*100#", "112"]))
def test_a_pattern_matches_only_what_the_code_can_dial(dialled: str, text: str) -> None:
    code = Code.parse(text)
    number = number_in(code, dialled)
    assert number is None or code.dialled(number) == dialled


@pytest.mark.parametrize(
    ("one", "other", "collide"),
    [
        ("0880N", "0880N", True),
        ("0880N", "0800N", False),
        ("0880N", "0880", False),
        ("0880N", "08807N", True),  # 0880 7ZX... is the number with its country code
        ("*77*N#", "*77*8N#", True),
        ("*880*N#", "*880*22*N#", False),
        ("*111*N#", "*111*785#", False),
        ("*111#", "*111*N#", False),
        ("0N", "9N", False),
    ],
)
def test_which_codes_collide(one: str, other: str, collide: bool) -> None:
    pairs = [
        (a, b)
        for a in Code.parse(one).patterns(DEFAULT_PLAN)
        for b in Code.parse(other).patterns(DEFAULT_PLAN)
    ]
    assert any(a.collides(b) for a, b in pairs) is collide
    assert any(b.collides(a) for a, b in pairs) is collide


@given(SIGNS, st.data())
def test_what_two_patterns_match_makes_them_collide(dialled: str, data: st.DataObject) -> None:
    everything = list(dialling.entries(SHIPPED.operators.values(), SHIPPED.services))
    one, other = (data.draw(st.sampled_from(everything)).pattern for _ in range(2))
    if one.matches(dialled) and other.matches(dialled):
        assert one.collides(other)


def entry(text: str, name: str, leads: Leads = Leads.SERVICE) -> Entry:
    return Entry(Pattern(text, 0, 0), name, leads)


def test_two_operators_may_share_a_code() -> None:
    shared = [entry("*144*1#", "*144*N#"), entry("*144*1#", "*144*N#")]
    assert dialling.collision(shared) is None


@pytest.mark.parametrize(
    "other",
    [entry("*1X#", "b"), entry("*12#", "b"), entry("*12#", "a", Leads.MENU)],
)
def test_two_entries_that_one_dialling_means_are_named(other: Entry) -> None:
    first = entry("*12#", "a")
    assert dialling.collision([first, other]) == (first, other)


def test_a_plain_number_is_no_code_and_a_help_number_is_no_party() -> None:
    entries = list(dialling.entries(SHIPPED.operators.values(), SHIPPED.services))
    for dialled, leads in ((NUMBER, {Leads.OFFER}), ("112", {Leads.EMERGENCY})):
        assert {one.leads for one in entries if one.pattern.matches(dialled)} == leads
