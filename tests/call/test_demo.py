"""`make demo`: every case ends, tells what it shows, and leaves what was heard."""

from __future__ import annotations

import re
import subprocess
import sys
import wave
from array import array
from collections.abc import Iterator

import pytest

from lab.demo_cases import CASES
from lab.instance import Instance
from lab.recorder import RATE_HZ, Sound
from tests.call.hearing import find, tone_starts_s

pytestmark = pytest.mark.call

TOLD = {
    "accept": ["B presses 1", "legs are bridged", "unit 3: -3.00 RUB, B has 0.50", "A hangs up"],
    "decline": ["B presses 0", "платить не нужно", "call has failed: 603"],
    "price": ["B presses 2", "B hears «цена минуты", "B presses 1", "legs are bridged"],
    "busy": ["B's phone says 486", "A hears «Номер занят", "B's phone shows the notice"],
    "no-funds": ["A hears «У абонента не хватает денег", "call has failed: 403"],
    "silent": ["Вы ничего не выбрали", "call has failed: 480"],
    "funds-run-out": ["unit 2", "B alone is whispered", "A hears «Разговор завершён"],
    "not-registered": ["недоступен", "it registers", "B's phone shows the notice"],
}
"""By case what is told, in this order."""


@pytest.fixture(scope="module")
def told(lab: Instance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """All cases at once; what each printed."""
    folder = tmp_path_factory.mktemp("demo")
    environment = lab.environment() | {"TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}
    running = {
        case: subprocess.Popen(
            [sys.executable, "-m", "lab.demo", case, "--listen"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for case in CASES
    }
    yield {case: demo.communicate(timeout=120)[0] for case, demo in running.items()}


@pytest.mark.parametrize("case", CASES)
def test_case(case: str, told: dict[str, str]) -> None:
    in_order = ".*".join(map(re.escape, TOLD[case]))
    assert re.search(in_order, told[case], re.DOTALL), told[case]
    assert "The call's record:" in told[case]


def test_the_recordings_hold_what_was_heard(told: dict[str, str]) -> None:
    a_heard, b_heard = map(_read, re.findall(r"heard: (\S+\.wav)", told["accept"]))
    assert find(b_heard, "incoming-call").score > 0.8
    begins_s = [tone_starts_s(a_heard, 880, -20), tone_starts_s(b_heard, 440, -20)]
    assert begins_s[0] == pytest.approx(begins_s[1], abs=1)


def _read(path: str) -> Sound:
    with wave.open(path) as file:
        assert file.getframerate() == RATE_HZ
        return Sound(0, array("h", file.readframes(file.getnframes())))
