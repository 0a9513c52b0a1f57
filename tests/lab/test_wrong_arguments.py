"""What `make` hands on wrongly is told in a line, and nothing is begun with it."""

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


@pytest.mark.parametrize(
    ("module", "option", "value"),
    [
        ("simulation", "--calls", "0"),
        ("simulation", "--calls", "-5"),
        ("simulation", "--processes", "0"),
        ("faults", "--runs", "0"),
        ("bench.load", "--calls", "-1"),
        ("bench.load", "--rate", "0"),
    ],
)
def test_none_is_no_number_of_calls(module: str, option: str, value: str) -> None:
    """A simulation of no calls has violated nothing."""
    done = run(module, option, value)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"Invalid value for '{option}': {value}" in done.stderr


def test_a_language_without_prompts_is_not_recorded() -> None:
    done = run("lab.recordings", "--language", "xx")
    assert (done.returncode, done.stdout) == (1, "")
    assert "xx has no prompts in agi/data/prompts: there are en, kk, ru." in done.stderr
