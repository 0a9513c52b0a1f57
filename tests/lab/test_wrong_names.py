"""A scenario or a case of the demo that there is not is told with those that there are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["nonsense", "../tests", "services", ""])
def test_no_such_scenario(name: str) -> None:
    """Even after one that there is: nothing is played before all are known."""
    done = run("lab.scenario", "accepts", name)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: no scenario {name!r}: there are abandons-in-the-prompt,")


def test_no_such_case() -> None:
    done = run("lab.demo", "nonsense")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        "error: no case 'nonsense': make demo CASE= takes accept, decline"
    )


def test_the_scenarios_are_listed() -> None:
    done = run("lab.scenario")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\n    accepts\n" in done.stdout
