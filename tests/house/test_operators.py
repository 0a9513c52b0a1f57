"""An operator is data: its name and its codes stand in data files, and in no program.

Only tests and scenarios name them, as what they expect of an operator's files is their subject.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agi import catalogue

CHECKOUT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((CHECKOUT / "examples" / "operators").iterdir())
OPERATORS = catalogue.load()
_FOLDERS = ("agi", "asterisk-conf", "lab", "bench", "simulation", "faults")
_WRITTEN_BY_HAND = ("*.py", "*.lua", "*.conf", "*.sql")
_LEAST_DIGITS = 4
"""Shorter numbers, such as those for help in need, may mean anything in a program."""


def programs() -> list[Path]:
    folders = [CHECKOUT / name for name in _FOLDERS]
    return sorted(
        path for folder in folders for kind in _WRITTEN_BY_HAND for path in folder.rglob(kind)
    )


def words_of_operators() -> Iterator[str]:
    """Names as patterns: ids, their first words, and what people call them."""
    for rule in OPERATORS.operators.values():
        for name in {rule.id, rule.id.partition("-")[0], rule.name, rule.name.split()[0]}:
            yield rf"\b{re.escape(name)}\b"


def codes_of_operators() -> Iterator[str]:
    """Codes as patterns: whole, and what stands before their number."""
    heads = {
        text
        for rule in OPERATORS.operators.values()
        for code in (rule.collect.access_codes if rule.collect else ())
        for text in (str(code), code.head)
    }
    heads |= {str(one.code) for rules in OPERATORS.services.values() for one in rules.codes}
    heads |= {one.code.head for rules in OPERATORS.services.values() for one in rules.codes}
    for code in sorted(heads):
        if "*" in code or len(code) >= _LEAST_DIGITS:
            yield rf"(?<![0-9A-Za-z*]){re.escape(code)}(?![0-9])"


@pytest.mark.parametrize("path", programs(), ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_a_program_names_no_operator_and_no_code(path: Path) -> None:
    pattern = re.compile("|".join([*words_of_operators(), *codes_of_operators()]), re.IGNORECASE)
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    assert [f"{number}: {line}" for number, line in lines if pattern.search(line)] == []


def test_what_is_looked_for_would_be_found() -> None:
    looked_for = re.compile("|".join([*words_of_operators(), *codes_of_operators()]))
    for slip in ("if operator == 'mts-ru':", 'CODE = "0880"', "exten => _*144*X.,1", "# Билайн"):
        assert looked_for.search(slip), slip


def test_no_generated_dialplan_is_kept_beside_the_hand_written_one() -> None:
    """It is made from the files at each start, and checked by ``collectcall check-config``."""
    assert not list((CHECKOUT / "asterisk-conf").rglob("*generated*"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_adds_an_operator_by_data_files_alone(example: Path) -> None:
    files = [path for path in example.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".toml"}
    added = catalogue.load([example]).operators.keys() - catalogue.load().operators.keys()
    assert added == {example.name}
