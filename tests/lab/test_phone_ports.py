"""Ports of phones are their own."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from lab import phone_ports
from lab.steps import SetupError

TAKE_ALL_OF = """
import sys
from lab import phone_ports
phone_ports._FIRST, phone_ports._LAST = map(int, sys.argv[1:])
class Phone: pass
phone = Phone()
phone_ports.kept_for(phone, 18)
"""


class Phone:
    """Whoever has the ports."""


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Room for one block of 18."""
    start = phone_ports.kept_for(Phone(), 40)
    gc.collect()
    monkeypatch.setattr(phone_ports, "_FIRST", start)
    monkeypatch.setattr(phone_ports, "_LAST", start + 20)
    return start, start + 20


def test_ports_are_kept_while_their_phone_lives(few: tuple[int, int]) -> None:
    phone = Phone()
    assert phone_ports.kept_for(phone, 18) == few[0]
    with pytest.raises(SetupError, match="no 18 free ports"):
        phone_ports.kept_for(Phone(), 18)
    del phone
    gc.collect()
    assert phone_ports.kept_for(Phone(), 18) == few[0]


def test_ports_are_kept_from_other_processes(few: tuple[int, int]) -> None:
    phone = Phone()
    phone_ports.kept_for(phone, 18)
    command = [sys.executable, "-c", TAKE_ALL_OF, *map(str, few)]
    assert (
        "no 18 free ports"
        in subprocess.run(command, check=False, capture_output=True, text=True).stderr
    )
    del phone
    gc.collect()
    assert subprocess.run(command, check=False, capture_output=True, text=True).returncode == 0
