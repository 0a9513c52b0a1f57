"""The second holder of a lock says so, and waits until the first has let go."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from lab import locks


def test_the_second_says_so_and_waits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order = []

    def second() -> None:
        with locks.held(tmp_path / "lock", "another one"):
            order.append("second")

    with locks.held(tmp_path / "lock", "nobody"):
        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join(timeout=0.2)
        assert waiting.is_alive()
        order.append("first")
    waiting.join(timeout=5)
    assert order == ["first", "second"]
    assert stat.S_IMODE((tmp_path / "lock").stat().st_mode) == 0o600
    assert capsys.readouterr().out == "    another one is at work: waiting for it\n"
