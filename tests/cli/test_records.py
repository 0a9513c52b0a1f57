"""``collectcall cdrs``, ``messages`` and ``calls``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from agi.charging.calls import CallBook
from agi.domain import events
from agi.domain.call import Call, CallRules, Step, advance, refuse
from agi.domain.dispositions import Disposition
from agi.domain.messages import Message
from agi.domain.tariff import Price
from agi.messages.outbox import Outbox
from agi.store.redis import Store
from tests.cli.conftest import Cli

ANNA, BORIS = "9110000001", "9110000002"
NOON_MS = 1_769_860_800_000
RULES = CallRules(renew_lead_ms=15_000, warn_lead_ms=10_000)
CALL = Call(
    call_id="cc-1",
    owner=BORIS,
    calling=ANNA,
    called=BORIS,
    operator="mts-ru",
    access_code="0880",
    calling_channel="PJSIP/x",
    started_at_ms=NOON_MS,
    price=Price(300, "RUB", 60_000, "2019-08-29", "same-region"),
)

InStore = Callable[[Callable[[Store], Awaitable[None]]], None]


@pytest.fixture
def store_steps(in_store: InStore) -> Callable[..., None]:
    """Store what became of new calls, one step each."""

    def stored(*steps: Step) -> None:
        async def work(store: Store) -> None:
            for step in steps:
                await CallBook(store).commit(None, step, NOON_MS, NOON_MS)

        in_store(work)

    return stored


def test_a_cdr_has_every_field(cli: Cli, store_steps: Callable[..., None]) -> None:
    store_steps(refuse(CALL, Disposition.NO_FUNDS, RULES, NOON_MS + 250))
    assert cli("cdrs") == [
        {
            "call_id": "cc-1",
            "calling": ANNA,
            "called": BORIS,
            "operator": "mts-ru",
            "access_code": "0880",
            "terms": "asked",
            "disposition": "no_funds",
            "consent": False,
            "consent_at": None,
            "consent_digits": None,
            "started_at": "2026-01-31T12:00:00.000Z",
            "answered_at": None,
            "ended_at": "2026-01-31T12:00:00.250Z",
            "talk_ms": 0,
            "minutes": 0,
            "price_minor_per_minute": 300,
            "charged_minor": 0,
            "currency": "RUB",
            "tariff_version": "2019-08-29",
            "release_cause": "no_funds",
        }
    ]


def test_a_cdr_of_no_number_has_the_same_fields(cli: Cli, store_steps: Callable[..., None]) -> None:
    nobody = replace(CALL, call_id="cc-2", owner=ANNA, called=None, price=None, access_code=None)
    store_steps(
        refuse(CALL, Disposition.NO_FUNDS, RULES, NOON_MS),
        refuse(nobody, Disposition.BAD_NUMBER, RULES, NOON_MS),
    )
    whole, bare = cli("cdrs")
    assert set(bare) == set(whole)
    for name in ("called", "access_code", "currency", "tariff_version"):
        assert bare[name] is None
    assert bare["price_minor_per_minute"] == 0


def test_cdrs_are_oldest_first_and_can_be_chosen(
    cli: Cli, store_steps: Callable[..., None]
) -> None:
    calls = [
        replace(CALL, call_id="late", started_at_ms=NOON_MS + 2),
        replace(CALL, call_id="early"),
        replace(
            CALL, call_id="back", owner=ANNA, calling=BORIS, called=ANNA, started_at_ms=NOON_MS + 1
        ),
    ]
    store_steps(*(refuse(call, Disposition.OPTED_OUT, RULES, NOON_MS) for call in calls))

    def ids(*options: str) -> list[str]:
        return [row["call_id"] for row in cli("cdrs", *options)]

    assert ids() == ["early", "back", "late"]
    assert ids("--calling", "+7" + ANNA) == ["early", "late"]
    assert ids("--called", "8" + ANNA) == ["back"]
    assert ids("--call", "late") == ["late"]
    assert ids("--calling", ANNA, "--called", ANNA) == []
    assert "is not a number" in cli.error("cdrs", "--calling", "")


def test_what_the_labs_own_subscribers_do_is_shown_by_number_only(
    cli: Cli, store_steps: Callable[..., None]
) -> None:
    cli("subscriber", "add", BORIS, "--operator", "mts-ru", "--hidden")
    asking = advance(replace(CALL, call_id="cc-2"), events.ConsentAsked("PJSIP/y"), RULES)
    store_steps(refuse(CALL, Disposition.NO_FUNDS, RULES, NOON_MS), asking)
    assert cli("cdrs") == []
    assert cli("calls") == []
    assert [row["call_id"] for row in cli("cdrs", "--called", BORIS)] == ["cc-1"]
    assert [row["call_id"] for row in cli("cdrs", "--call", "cc-1")] == ["cc-1"]


def test_live_calls(cli: Cli, store_steps: Callable[..., None]) -> None:
    asking = advance(CALL, events.ConsentAsked("PJSIP/y"), RULES)
    offered = replace(CALL, call_id="cc-0", price=None, started_at_ms=NOON_MS - 1)
    over = refuse(replace(CALL, call_id="cc-2"), Disposition.NO_FUNDS, RULES, NOON_MS)
    store_steps(asking, Step(offered), over)
    first, second = cli("calls")
    assert second == {
        "call_id": "cc-1",
        "calling": ANNA,
        "called": BORIS,
        "operator": "mts-ru",
        "access_code": "0880",
        "terms": "asked",
        "phase": "asking",
        "started_at": "2026-01-31T12:00:00.000Z",
        "consent_at": None,
        "answered_at": None,
        "price_minor_per_minute": 300,
        "currency": "RUB",
        "reserved_units": 0,
        "debited_units": 0,
    }
    assert set(first) == set(second)
    assert (first["call_id"], first["phase"], first["currency"]) == ("cc-0", "offered", None)


def test_messages(cli: Cli, in_store: InStore) -> None:
    one = Message("m1", ANNA, BORIS, "call_me", "Вам звонили", NOON_MS + 1)
    other = Message("m2", BORIS, ANNA, "call_me", "И вам", NOON_MS)

    async def work(store: Store) -> None:
        for message in (one, other):
            await Outbox(store).put(message)

    in_store(work)
    assert [row["id"] for row in cli("messages")] == ["m2", "m1"]
    assert cli("messages", "--to", "+7" + BORIS) == [
        {
            "id": "m1",
            "created_at": "2026-01-31T12:00:00.001Z",
            "from": ANNA,
            "to": BORIS,
            "kind": "call_me",
            "text": "Вам звонили",
            "state": "pending",
            "attempts": 0,
            "error": None,
        }
    ]


def test_nothing_is_an_empty_list(cli: Cli) -> None:
    for command in ("cdrs", "messages", "calls"):
        assert cli(command) == []
        assert cli.run(command).stdout == "None.\n"
