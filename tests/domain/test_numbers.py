"""From dialled digits to a national number."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agi.domain.errors import BadNumber
from agi.domain.numbers import DEFAULT_PLAN, NumberingPlan

NATIONAL = st.from_regex(r"\A[1-9][0-9]{9}\Z").filter(str.isascii)


@pytest.mark.parametrize(
    ("dialled", "national"),
    [
        ("9161234567", "9161234567"),
        ("79161234567", "9161234567"),
        ("89161234567", "9161234567"),
        ("+79161234567", "9161234567"),
        ("7771234567", "7771234567"),  # a national number that begins like the country code
        ("77771234567", "7771234567"),
        ("8001234567", "8001234567"),
        ("88001234567", "8001234567"),
    ],
)
def test_ways_to_write_a_number(dialled: str, national: str) -> None:
    assert DEFAULT_PLAN.national(dialled) == national


@pytest.mark.parametrize(
    "dialled",
    [
        "",
        "+",
        "112",
        "0161234567",
        "70161234567",
        "%31%32%33",
        "9161234567%0D%0A",
        "9161234567\r\n",
        "916123456",
        "091612345678",
        "99161234567",
        "+89161234567",
        "+9161234567",
        "++79161234567",
        "779161234567",
        "916 123 45 67",
        " 9161234567",
        "9161234567\n",
        "916-123-45-67",
        "٩١٦١٢٣٤٥٦٧",  # Arabic digits, which str.isdigit takes
        "\uff19161234567",  # a full-width nine
        "91612345²7",
        "callee,1,tT",
        "9161234567&PJSIP/x",
        '7"="7" | "5',
        "${CALLERID}",
        "*100#",
    ],
)
def test_what_is_no_number_is_refused_with_the_mend(dialled: str) -> None:
    with pytest.raises(BadNumber, match="dial 10 digits, no zero first, or 7, 8, \\+7 and 10"):
        DEFAULT_PLAN.national(dialled)


@given(NATIONAL, st.sampled_from(["", "7", "8", "+7"]))
def test_every_prefix_leads_to_the_same_number(national: str, prefix: str) -> None:
    assert DEFAULT_PLAN.national(prefix + national) == national


@given(st.text(max_size=16) | st.text(alphabet="0123456789+ \n٣３", max_size=16))
@example("8" + "9" * 10)
@example("+7" + "9" * 10)
def test_nothing_else_is_taken(dialled: str) -> None:
    fits = re.fullmatch(r"(?:\+7|7|8|)([1-9][0-9]{9})", dialled, re.ASCII)
    try:
        assert DEFAULT_PLAN.national(dialled) == (fits and fits[1])
    except BadNumber:
        assert fits is None


@given(NATIONAL)
def test_the_international_form_leads_back(national: str) -> None:
    international = DEFAULT_PLAN.international(national)
    assert international == f"+7{national}"
    assert DEFAULT_PLAN.national(international) == national


def test_another_country() -> None:
    plan = NumberingPlan(country_code="998", trunk_prefix="", national_digits=9)
    assert plan.prefixes == ("", "998", "+998")
    assert plan.national("+998901234567") == "901234567"
    with pytest.raises(BadNumber):
        plan.national("9901234567")
