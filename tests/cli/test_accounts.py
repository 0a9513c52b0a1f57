"""``collectcall credit``, ``account`` and ``ledger``."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import Cli

ANNA, BORIS = "9110000001", "9110000002"


@pytest.fixture(autouse=True)
def anna(cli: Cli) -> None:
    cli("subscriber", "add", ANNA, "--operator", "mts-ru", "--balance", "1.00")


def test_an_account(cli: Cli) -> None:
    assert cli("account", "8" + ANNA) == {
        "number": ANNA,
        "currency": "RUB",
        "balance_minor": 100,
        "reserved_minor": 0,
        "floor_minor": 0,
        "available_minor": 100,
    }


def test_a_credit_has_effect_once(cli: Cli) -> None:
    credit = ("credit", ANNA, "9.50", "--id", "k1")
    first = cli(*credit)
    assert first == {
        "number": ANNA,
        "id": "k1",
        "amount_minor": 950,
        "applied": True,
        "currency": "RUB",
        "balance_minor": 1050,
    }
    assert cli(*credit) == first | {"applied": False}
    assert cli("account", ANNA)["balance_minor"] == 1050


def test_a_key_belongs_to_one_amount_of_one_account(cli: Cli) -> None:
    cli("credit", ANNA, "9.50", "--id", "k1")
    assert "was carried out before" in cli.error("credit", ANNA, "9.51", "--id", "k1")
    cli("subscriber", "add", BORIS, "--operator", "mts-ru")
    assert cli("credit", BORIS, "9.51", "--id", "k1")["applied"]
    assert cli("account", ANNA)["balance_minor"] == 1050


@pytest.mark.parametrize(
    ("number", "amount", "complaint"),
    [
        (ANNA, "0", "a credit is more than 0"),
        (ANNA, "-5", "a credit is more than 0"),
        (ANNA, "1.005", "'1.005' is not an amount"),
        (BORIS, "1", f"{BORIS} is no subscriber"),
        ("12", "1", "'12' is not a number"),
    ],
)
def test_no_credits(cli: Cli, number: str, amount: str, complaint: str) -> None:
    assert complaint in cli.error("credit", number, amount, "--id", "k1")
    assert len(cli("ledger", ANNA)) == 1


def test_a_credit_needs_a_key(cli: Cli) -> None:
    assert "--id" in cli.error("credit", ANNA, "1", status=2)


def test_a_ledger_is_oldest_first_and_adds_up(cli: Cli) -> None:
    for amount in ("2", "3.05"):
        cli("credit", ANNA, amount, "--id", amount)
    rows = cli("ledger", ANNA)
    assert [(row["reason"], row["amount_minor"], row["balance_minor"]) for row in rows] == [
        ("opening", 100, 100),
        ("credit", 200, 300),
        ("credit", 305, 605),
    ]
    for row in rows:
        assert set(row) == {
            "id", "at", "reason", "call_id", "minute", "amount_minor", "balance_minor", "note"
        }  # fmt: skip
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row["at"])
        assert (row["call_id"], row["minute"]) == (None, None)
    assert len({row["id"] for row in rows}) == 3


def test_people_see_amounts_in_whole_units(cli: Cli) -> None:
    shown = cli.run("ledger", ANNA).stdout.splitlines()
    assert shown[0].split() == [
        "id",
        "at",
        "reason",
        "call",
        "id",
        "minute",
        "amount",
        "balance",
        "note",
    ]
    assert shown[2].split()[2:] == ["opening", "1.00", "1.00"]
    assert "balance    1.00\n" in cli.run("account", ANNA).stdout


def test_nobody_has_no_account(cli: Cli) -> None:
    for command in ("account", "ledger"):
        assert f"{BORIS} is no subscriber" in cli.error(command, BORIS)


def test_a_correction_has_a_sign_and_a_reason(cli: Cli) -> None:
    done = cli("correct", ANNA, "-0.40", "--id", "c1", "--reason", "typo")
    assert (done["applied"], done["balance_minor"]) == (True, 60)
    assert cli("ledger", ANNA)[-1]["note"] == "typo"
    assert "would take more" in cli.error("correct", ANNA, "-1", "--id", "c2", "--reason", "x")
