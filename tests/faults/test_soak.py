"""What a soak says of processes that hold more and more."""

from __future__ import annotations

import pytest

from bench.usage import Usage
from faults.soak import MOST_OPENED, Soak, told


def _soak(service_kb: list[int], descriptors: int = 30) -> Soak:
    opened = [30] * (len(service_kb) - 1) + [descriptors]
    return Soak(
        usages=[
            Usage({"service": files, "redis": 9}, {"service": kb, "redis": kb * kb}, {}, 1)
            for kb, files in zip(service_kb, opened, strict=True)
        ]
    )


@pytest.mark.parametrize(
    ("service_kb", "grows"),
    [
        ([70_000] * 8, False),
        ([40_000, 60_000, 70_000, 70_000, 70_000, 71_000, 72_000, 73_000], False),
        ([70_000, 71_000, 72_000, 74_000, 76_000, 79_000, 82_000, 86_000], True),
        ([70_000], False),
    ],
)
def test_growth_is_told_after_the_start_is_over(service_kb: list[int], grows: bool) -> None:
    assert bool(_soak(service_kb).grown()) is grows


def test_descriptors_that_stay_open_are_told() -> None:
    assert not _soak([70_000] * 8, 30 + MOST_OPENED).grown()
    assert "21 more file descriptors" in _soak([70_000] * 8, 31 + MOST_OPENED).grown()[0]


def test_every_round_is_in_one_quarter() -> None:
    soak = _soak(list(range(1, 11)))
    quarters = [soak.memory("service", quarter) for quarter in range(4)]
    assert quarters == [[1, 2], [3, 4], [5, 6], [7, 8, 9, 10]]
    assert "| service" in told(soak)
