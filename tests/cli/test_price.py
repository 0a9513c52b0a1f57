"""``collectcall explain --price``."""

from __future__ import annotations

from typing import Any

import pytest

from agi import catalogue
from agi.clock import Clock
from tests.cli.conftest import Cli

ANNA, BORIS, VERA = "9110000001", "9110000002", "9110000003"
PRICE = ("explain", "--price")


@pytest.fixture(autouse=True)
def people(cli: Cli) -> None:
    add = ("subscriber", "add", "--operator", "mts-ru")
    cli(*add, ANNA)
    cli(*add, BORIS, "--region", "omsk", "--roaming", "ru")


def tried(row: Any) -> list[tuple[str, bool]]:
    return [(rule["rule"], rule["applies"]) for rule in row["tried"]]


def test_the_rule_that_applies_and_why(cli: Cli) -> None:
    row = cli(*PRICE, ANNA, BORIS)
    rules = row.pop("tried")
    today = catalogue.load().today("mts-ru", Clock().wall_ms()).isoformat()
    assert row.pop("on") == today
    assert row == {
        "calling": {"number": ANNA, "region": "moscow", "roaming": "home", "plan": None},
        "called": {"number": BORIS, "region": "omsk", "roaming": "ru", "plan": None},
        "call": "collect",
        "payer": BORIS,
        "operator": "mts-ru",
        "plan": None,
        "tariff_version": "2019-08-29",
        "valid_from": "2019-08-29",
        "unit_ms": 60_000,
        "rule": "other-region",
        "supplement_minor": 500,
        "price_minor": 1000,
        "currency": "RUB",
    }
    assert [rule["rule"] for rule in rules] == [
        "caller-abroad-20",
        "caller-abroad-80",
        "caller-travelling",
        "same-region",
        "other-region",
    ]
    home = {"condition": "calling_zones", "wanted": ["home"], "found": "home", "holds": True}
    same = {"condition": "same_region", "wanted": [True], "found": False, "holds": False}
    assert rules[3] == {
        "rule": "same-region",
        "price_minor": 300,
        "conditions": [home, same],
        "applies": False,
    }
    assert rules[4]["applies"] is True


def test_rules_after_the_one_that_applies_are_not_tried(cli: Cli) -> None:
    cli("subscriber", "add", VERA, "--operator", "mts-ru", "--roaming", "world-80")
    row = cli(*PRICE, VERA, ANNA)
    assert tried(row) == [("caller-abroad-20", False), ("caller-abroad-80", True)]
    assert (row["price_minor"], row["supplement_minor"]) == (8000, 0)


def test_an_ordinary_call_is_the_callers(cli: Cli) -> None:
    row = cli(*PRICE, ANNA, BORIS, "--ordinary")
    assert (row["call"], row["payer"]) == ("ordinary", ANNA)
    assert (row["rule"], row["price_minor"], row["supplement_minor"]) == ("any", 200, 0)
    assert tried(row) == [("any", True)]


def test_the_version_of_a_day(cli: Cli) -> None:
    folder = cli.home / "own"
    (folder / "tariffs").mkdir(parents=True)
    shipped = (catalogue.DATA_DIR / "tariffs" / "mts-ru.toml").read_text(encoding="utf-8")
    later = shipped.replace("2019-08-29", "2099-02-01").replace("= 300", "= 400")
    (folder / "tariffs" / "mts-ru-2099.toml").write_text(later, encoding="utf-8")
    with (cli.home / "settings.toml").open("a") as settings:
        settings.write(f'\ndata_dirs = ["{folder}"]\n')
    cli("subscriber", "add", VERA, "--operator", "mts-ru")
    for day, version, price_minor in (
        ("2099-01-31", "2019-08-29", 300),
        ("2099-02-01", "2099-02-01", 400),
    ):
        row = cli(*PRICE, ANNA, VERA, "--on", day)
        assert (row["on"], row["tariff_version"], row["price_minor"]) == (day, version, price_minor)
    complaint = cli.error(*PRICE, ANNA, VERA, "--on", "2019-08-28")
    assert "operator mts-ru has no tariff on 2019-08-28: add one" in complaint


def test_people_see_why_each_rule_was_passed_over(cli: Cli) -> None:
    shown = cli.run(*PRICE, ANNA, BORIS).stdout
    assert "supplement       5.00\nprice            10.00\n" in shown
    (passed,) = (line for line in shown.splitlines() if line.startswith("same-region"))
    assert "calling zones: home, same region: no (wants yes)" in passed
    (applied,) = (line for line in shown.splitlines() if line.startswith("other-region"))
    assert applied.endswith("yes")


def test_two_without_a_price_are_told_so(cli: Cli) -> None:
    cli("subscriber", "add", "9030000001", "--operator", "beeline-ru")
    complaint = cli.error(*PRICE, ANNA, "9030000001")
    assert f"{ANNA} is of mts-ru and 9030000001 of beeline-ru: calls are within one" in complaint
    assert f"{VERA} is no subscriber" in cli.error(*PRICE, ANNA, VERA)
    assert "'0880' is not a number" in cli.error(*PRICE, "0880", ANNA)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["cc-1", "--price", ANNA, BORIS],
        ["cc-1", "--ordinary"],
        ["cc-1", "--on", "2026-01-01"],
        ["--price", ANNA, BORIS, "--on", "tomorrow"],
        ["--price", ANNA, BORIS, "--on", "2026-13-01"],
    ],
)
def test_a_wrong_use_has_a_status_of_its_own(cli: Cli, arguments: list[str]) -> None:
    assert "Usage: " in cli.error("explain", *arguments, status=2)


def test_a_price_is_between_two(cli: Cli) -> None:
    assert "'--price' requires 2 arguments" in cli.error("explain", "--price", ANNA, status=2)
