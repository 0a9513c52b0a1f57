"""Simulated calls, with the service's own code and scripts in a real Redis."""

from __future__ import annotations

import asyncio
import logging

import pytest

from agi.calls import reports
from agi.calls.listener import Listener
from agi.calls.metering import Metering
from agi.calls.recovery import Recovery
from agi.domain.tariff import Price
from simulation import run, world
from simulation.redis_server import redis_server

CALLS = 5_000


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """What services log of their faults fills no report."""
    caplog.set_level(logging.CRITICAL, "agi")


@pytest.mark.slow
def test_every_invariant_holds() -> None:
    told: list[str] = []
    total = run.simulate(
        CALLS,
        "test",
        1,
        lambda result, _: told.append(run.told(result)) if result.violations else None,
    )
    assert not told, "\n\n".join(told)
    assert total.talked > CALLS / 10
    assert total.debits > total.talked


def test_one_seed_is_one_course_of_events() -> None:
    with redis_server() as redis:
        first, again, other = (world.run(seed, 60, redis) for seed in ("a/3", "a/3", "a/4"))
    assert first == again
    assert first.digest != other.digest


def test_a_service_that_charges_a_unit_too_many_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    units_started = Price.units_started
    monkeypatch.setattr(
        Price, "units_started", lambda price, talk_ms: units_started(price, talk_ms) + 1
    )
    with redis_server() as redis:
        result = world.run("a/3", 60, redis)
    assert {violation.rule for violation, _ in result.violations} == {"charge"}
    assert "again: python -m simulation --world a/3" in run.told(result)


def test_a_service_that_charges_a_bridge_of_a_moment_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reports, "LEAST_TALK_MS", 0)
    with redis_server() as redis:
        result = world.run("a/3", 60, redis)
    assert {violation.rule for violation, _ in result.violations} == {"C2"}


def test_a_service_that_forgets_a_reservation_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Metering, "_claim", lambda _: asyncio.sleep(0))
    monkeypatch.setattr(Recovery, "catch_up", lambda _: asyncio.sleep(0))
    monkeypatch.setattr(Listener, "hear", lambda *_: None)
    with redis_server() as redis:
        result = world.run("a/3", 60, redis)
    assert {"C3", "CDR"} <= {violation.rule for violation, _ in result.violations}
