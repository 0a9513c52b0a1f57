"""``collectcall subscriber``."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing

import pytest

from agi.store.redis import Store
from agi.subscribers.lists import ListChange, Lists
from tests.cli.conftest import Cli

ANNA, BORIS = "9110000001", "9110000002"
ADD = ("subscriber", "add")


def passwords(cli: Cli) -> dict[str, str]:
    """What Asterisk reads: passwords by number."""
    path = cli.home / "asterisk" / "sip-accounts.sqlite3"
    with closing(sqlite3.connect(path)) as db:
        return dict(db.execute("SELECT id, password FROM ps_auths").fetchall())


def test_a_new_subscriber_with_every_field(cli: Cli) -> None:
    row = cli(*ADD, ANNA, "--operator", "mts-ru")
    password = row["sip"].pop("password")
    assert row == {
        "number": ANNA,
        "operator": "mts-ru",
        "region": "moscow",
        "roaming": "home",
        "plan": None,
        "language": "ru",
        "blocked": False,
        "postpaid": False,
        "opted_out": False,
        "opted_out_abroad": False,
        "lists_on": False,
        "unlimited": False,
        "hidden": False,
        "currency": "RUB",
        "balance_minor": 0,
        "reserved_minor": 0,
        "sip": {"username": ANNA, "domain": "127.0.0.1", "port": 5060},
    }
    assert len(password) >= 16
    assert passwords(cli) == {ANNA: password}
    assert cli("ledger", ANNA) == []


def test_a_new_subscriber_with_every_option(cli: Cli) -> None:
    options = "--region astana --roaming world-20 --plan gold --balance 100.00 --blocked --postpaid"
    flags = "--opted-out --unlimited --hidden"
    row = cli(*ADD, "7771234567", "--operator", "tele2-kz", *options.split(), *flags.split())
    assert row == cli("subscriber", "show", "+77771234567")
    assert (row["region"], row["roaming"], row["plan"]) == ("astana", "world-20", "gold")
    assert all(row[flag] for flag in ("blocked", "postpaid", "unlimited", "hidden"))
    assert (row["opted_out"], row["opted_out_abroad"], row["lists_on"]) == (True, True, False)
    assert (row["balance_minor"], row["currency"]) == (10_000, "KZT")
    account = cli("account", "7771234567")
    assert (account["floor_minor"], account["available_minor"]) == (-100_000, 110_000)
    (opening,) = cli("ledger", "7771234567")
    assert (opening["reason"], opening["amount_minor"]) == ("opening", 10_000)


def test_the_language_is_the_subscribers_own(cli: Cli) -> None:
    added = cli(*ADD, ANNA, "--operator", "mts-ru", "--language", "kk")
    assert added["language"] == "kk"
    complaint = cli.error(*ADD, "9110000077", "--operator", "mts-ru", "--language", "tt")
    assert "language: no prompts in 'tt': there are en, kk, ru." in complaint


@pytest.mark.parametrize("written", [ANNA, "7" + ANNA, "8" + ANNA, "+7" + ANNA])
def test_a_number_may_be_written_in_every_way(cli: Cli, written: str) -> None:
    assert cli(*ADD, written, "--operator", "mts-ru")["sip"]["username"] == ANNA
    assert cli("subscriber", "show", written)["number"] == ANNA


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--operator", "mts"], "no operator 'mts': there are altel-kz, beeline-kz, beeline-ru"),
        (["--operator", "mts-ru", "--roaming", "mars"], "no zone 'mars': mts-ru has home, ru"),
        (["--operator", "mts-ru", "--region", "Moscow"], "region 'Moscow': write a lower-case"),
        (["--operator", "mts-ru", "--region", ""], "region '': write a lower-case word"),
        (["--operator", "mts-ru", "--plan", "Klassny 2009"], "plan 'Klassny 2009': write a lower"),
        (["--operator", "mts-ru", "--balance", "ten"], "'ten' is not an amount: write it like"),
        (["--operator", "mts-ru", "--balance", "-1"], "the balance is below 0.00"),
    ],
)
def test_what_is_not_possible_is_refused(cli: Cli, options: list[str], complaint: str) -> None:
    assert complaint in cli.error(*ADD, ANNA, *options)
    assert cli("subscriber", "list") == []


def test_a_bad_number_is_refused(cli: Cli) -> None:
    assert "'112' is not a number: dial 10 digits" in cli.error(*ADD, "112", "--operator", "mts-ru")


@pytest.mark.parametrize("arguments", [[ANNA], ["--operator", "mts-ru"], [ANNA, "--colour", "red"]])
def test_a_wrong_use_has_a_status_of_its_own(cli: Cli, arguments: list[str]) -> None:
    assert "Usage: " in cli.error(*ADD, *arguments, status=2)


def test_a_number_is_added_once(cli: Cli) -> None:
    before = cli(*ADD, ANNA, "--operator", "mts-ru", "--balance", "5")
    complaint = cli.error(*ADD, ANNA, "--operator", "tele2-kz", "--balance", "7")
    assert f"{ANNA} is a subscriber already" in complaint
    assert "--replace" in complaint
    assert cli("subscriber", "show", ANNA) == before


def test_replacing_keeps_money_and_password(cli: Cli) -> None:
    before = cli(*ADD, ANNA, "--operator", "mts-ru", "--balance", "5")
    again = (*ADD, ANNA, "--operator", "mts-ru", "--replace")
    assert cli(*again, "--blocked", "--region", "omsk", "--balance", "9") == before | {
        "blocked": True,
        "region": "omsk",
    }
    assert cli(*again) == before
    assert passwords(cli) == {ANNA: before["sip"]["password"]}


def test_replacing_keeps_the_lists(
    cli: Cli, in_store: Callable[[Callable[[Store], Awaitable[ListChange]]], ListChange]
) -> None:
    cli(*ADD, ANNA, "--operator", "mts-ru")
    in_store(lambda store: Lists(store).add(ANNA, "white", BORIS, 10, "r-1"))
    before = cli("lists", ANNA)
    assert cli(*ADD, ANNA, "--operator", "mts-ru", "--replace")["lists_on"] is True
    assert cli("lists", ANNA) == before


def test_replacing_nobody_adds(cli: Cli) -> None:
    row = cli(*ADD, ANNA, "--operator", "mts-ru", "--replace", "--balance", "5")
    assert row["balance_minor"] == 500


@pytest.mark.parametrize(
    "changed", [["--operator", "tele2-kz"], ["--operator", "mts-ru", "--postpaid"]]
)
def test_replacing_never_changes_the_kind_of_account(cli: Cli, changed: list[str]) -> None:
    cli(*ADD, ANNA, "--operator", "mts-ru")
    assert "an account keeps it: use another number" in cli.error(*ADD, ANNA, "--replace", *changed)


def test_replacing_mends_a_sip_account_that_was_lost(cli: Cli) -> None:
    cli(*ADD, ANNA, "--operator", "mts-ru")
    before = passwords(cli)
    (cli.home / "asterisk" / "sip-accounts.sqlite3").unlink()
    cli(*ADD, ANNA, "--operator", "mts-ru", "--replace")
    assert passwords(cli) == before


def test_lists_are_by_number_without_the_hidden(cli: Cli) -> None:
    second = cli(*ADD, BORIS, "--operator", "beeline-kz")
    first = cli(*ADD, ANNA, "--operator", "mts-ru")
    hidden = cli(*ADD, "9110000000", "--operator", "mts-ru", "--hidden")
    assert cli("subscriber", "list") == [first, second]
    assert cli("subscriber", "list", "--all") == [hidden, first, second]


def test_people_get_tables(cli: Cli) -> None:
    assert cli.run("subscriber", "list").stdout == "None.\n"
    cli(*ADD, ANNA, "--operator", "mts-ru", "--balance", "9.50", "--opted-out")
    header, _, row = cli.run("subscriber", "list").stdout.splitlines()
    assert header.split()[:3] == ["number", "operator", "region"]
    assert row.split() == [
        ANNA,
        "mts-ru",
        "moscow",
        "home",
        "no",
        "no",
        "yes",
        "9.50",
        "0.00",
        "RUB",
    ]
    shown = cli.run("subscriber", "show", ANNA).stdout
    assert f"sip username      {ANNA}\n" in shown


def test_nobody_is_told_how_to_become_somebody(cli: Cli) -> None:
    complaint = cli.error("subscriber", "show", ANNA)
    assert f"collectcall subscriber add {ANNA} --operator OPERATOR" in complaint


def test_of_two_processes_that_add_a_number_one_wins(cli: Cli) -> None:
    argv = [sys.executable, "-c", "from agi.cli import main; main()", *ADD, ANNA]
    environment = os.environ | {"COLLECTCALL_HOME": str(cli.home)}
    both = [
        subprocess.Popen(
            [*argv, "--operator", operator],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for operator in ("mts-ru", "tele2-kz")
    ]
    complaints = {process.communicate()[1] for process in both}
    assert sorted(process.returncode for process in both) == [0, 1]
    assert "" in complaints
    assert any("is a subscriber already" in complaint for complaint in complaints)
    assert passwords(cli) == {ANNA: cli("subscriber", "show", ANNA)["sip"]["password"]}
