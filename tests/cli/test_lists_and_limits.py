"""``collectcall lists`` and ``collectcall limits``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from agi import catalogue
from agi.cli.output import iso_time
from agi.clock import Clock
from agi.domain.limits import COLLECT
from agi.domain.services import ListName
from agi.store.redis import Store
from agi.subscribers.lists import Lists
from agi.subscribers.usage import Usage
from tests.cli.conftest import Cli

ANNA, BORIS, VERA = "9110000001", "9110000002", "9110000003"
MTS = catalogue.load().operator("mts-ru")
InStore = Callable[[Callable[[Store], Awaitable[None]]], None]


@pytest.fixture(autouse=True)
def people(cli: Cli) -> None:
    for number in (ANNA, BORIS):
        cli("subscriber", "add", number, "--operator", "mts-ru")


def test_the_lists_in_the_order_of_entry(cli: Cli, in_store: InStore) -> None:
    nothing = {
        "number": ANNA,
        "on": False,
        "most": 10,
        "white": [],
        "black": [],
        "opted_out": False,
        "opted_out_abroad": False,
    }
    assert cli("lists", ANNA) == nothing

    async def work(store: Store) -> None:
        for name, number in (("white", VERA), ("white", BORIS), ("black", "9110000004")):
            listed: ListName = "white" if name == "white" else "black"
            await Lists(store).add(ANNA, listed, number, 10, f"r-{number}")

    in_store(work)
    filled = {"on": True, "white": [VERA, BORIS], "black": ["9110000004"]}
    assert cli("lists", "+7" + ANNA) == nothing | filled
    assert f"white             {VERA}, {BORIS}\n" in cli.run("lists", ANNA).stdout


def test_what_is_used_of_how_many_and_until_when(cli: Cli, in_store: InStore) -> None:
    now_ms = Clock().wall_ms()

    async def work(store: Store) -> None:
        usage = Usage(store)
        requests, notices = MTS.limits_on(COLLECT), MTS.limits_on("call_me")
        for n in range(3):
            await usage.take(requests, MTS, ANNA, BORIS, use_id=f"call-{n}", at_ms=now_ms)
        await usage.take(notices, MTS, ANNA, BORIS, use_id="call-0-call_me", at_ms=now_ms)

    in_store(work)
    rows = {row["limit"]: row for row in cli("limits", ANNA)}
    midnight = rows["requests-a-day"]["until"]
    assert rows["requests-a-day"] == {
        "limit": "requests-a-day",
        "counts": ["collect"],
        "per": "caller",
        "window": "day",
        "used": 3,
        "most": 10,
        "on": True,
        "until": midnight,
    }
    assert datetime.fromisoformat(midnight).astimezone(MTS.zone_info).hour == 0
    assert timedelta(0) < datetime.fromisoformat(midnight) - datetime.now(UTC) <= timedelta(days=1)
    long = rows["after-failed-calls"]
    assert (long["used"], long["most"]) == (1, 10)
    assert long["until"] == iso_time(now_ms + 86_400_000)
    assert (rows["messages-a-day"]["used"], rows["messages-a-day"]["most"]) == (1, 50)
    unused = rows["call-back-a-day"]
    assert (unused["used"], unused["until"]) == (0, None)


def test_limits_that_are_off_are_shown_as_such(cli: Cli) -> None:
    on = {row["limit"]: row["on"] for row in cli("limits", ANNA)}
    assert (on["requests-a-day"], on["requests-to-one-number"]) == (True, False)
    cli("subscriber", "add", ANNA, "--operator", "mts-ru", "--replace", "--unlimited")
    assert not any(row["on"] for row in cli("limits", ANNA))


def test_what_is_between_two_is_shown_for_the_two(cli: Cli, in_store: InStore) -> None:
    assert "requests-between-two" not in {row["limit"] for row in cli("limits", ANNA)}
    limits = [one for one in MTS.limits if one.name.startswith("requests-")]
    on = [one.model_copy(update={"most": 9}) for one in limits]

    async def work(store: Store) -> None:
        for called, times in ((BORIS, 2), (VERA, 1)):
            for n in range(times):
                use_id = f"{called}-{n}"
                await Usage(store).take(
                    on, MTS, ANNA, called, use_id=use_id, at_ms=Clock().wall_ms()
                )

    in_store(work)

    def used(*arguments: str) -> dict[str, int]:
        rows = cli("limits", *arguments)
        return {row["per"]: row["used"] for row in rows if row["limit"].startswith("requests-")}

    assert used(ANNA) == {"caller": 3, "called": 0}
    assert used(BORIS) == {"caller": 0, "called": 2}
    assert used(ANNA, "--to", BORIS) == {"caller": 3, "called": 2, "pair": 2}


def test_an_operator_without_limits_has_none(cli: Cli) -> None:
    cli("subscriber", "add", "7071110000", "--operator", "tele2-kz")
    assert cli("limits", "7071110000") == []
    assert cli.run("limits", "7071110000").stdout == "None.\n"


@pytest.mark.parametrize("command", ["lists", "limits"])
def test_nobody_has_neither(cli: Cli, command: str) -> None:
    assert f"{VERA} is no subscriber: add it" in cli.error(command, VERA)
    assert "'112' is not a number: dial 10 digits" in cli.error(command, "112")
    assert "Usage: " in cli.error(command, status=2)


def test_a_called_party_that_is_nobody_is_named(cli: Cli) -> None:
    assert f"{VERA} is no subscriber" in cli.error("limits", ANNA, "--to", VERA)
