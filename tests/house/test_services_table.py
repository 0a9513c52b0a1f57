"""The table of the services names tests that exist, and leaves no code out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agi import catalogue

CHECKOUT = Path(__file__).resolve().parents[2]
TABLE = (CHECKOUT / "docs" / "services.md").read_text(encoding="utf-8")
CALLS = CHECKOUT / "tests" / "call"
NAMED = sorted(set(re.findall(r"`(\w+\.py)::(\w+)`", TABLE)))
OPERATORS = catalogue.load()


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_each_named_test_exists(file: str, test: str) -> None:
    text = (CALLS / file).read_text(encoding="utf-8")
    assert re.search(rf"^(?:async )?def {test}\(", text, re.MULTILINE)


def test_every_row_names_a_test() -> None:
    """Every row of a table with a column for it."""
    for table in re.findall(r"(?m)^\|.*\btest \|\n\|[-|]+\n((?:\|.*\n)+)", TABLE):
        for row in table.splitlines():
            assert ".py::" in row.split("|")[-2], row


@pytest.mark.parametrize("operator", sorted(OPERATORS.services))
def test_every_code_has_its_row(operator: str) -> None:
    collect = OPERATORS.operator(operator).collect
    rules = OPERATORS.services[operator]
    codes = {str(code) for code in (collect.access_codes if collect else ())}
    codes |= {str(one.code) for one in rules.codes} | set(rules.emergency)
    rows = [row for row in TABLE.splitlines() if row.startswith("|")]
    assert {code for code in codes if not any(f"`{code}`" in row for row in rows)} == set()


def test_every_test_of_the_services_is_in_it() -> None:
    written = {
        (path.name, test)
        for path in CALLS.glob("test_services_*.py")
        if path.stem not in ("test_services_fourth_operator", "test_services_killed")
        for test in re.findall(r"^async def (test_\w+)\(", path.read_text(), re.MULTILINE)
    }
    assert written - set(NAMED) == set()
