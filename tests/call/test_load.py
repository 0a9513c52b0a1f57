"""A short run of `make load`: no failed call, and nothing left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.load import load
from lab.instance import Instance

pytestmark = pytest.mark.call


async def test_full_calls_leave_nothing_behind(lab: Instance, tmp_path: Path) -> None:
    assert await load(lab, calls=30, rate=5.0, logs=tmp_path) == []
