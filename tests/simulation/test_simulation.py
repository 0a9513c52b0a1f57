"""Simulated calls, with the service's own code and scripts in a real Redis."""

from __future__ import annotations

import logging

import pytest

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
