"""Phones are switched off when whoever switched them on is done, or can't go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from agi.settings import Settings
from lab import tools
from lab.sipp import Phone, Run, all_off_afterwards

SECRET = "a-secret-of-the-test"


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Phone:
    """A phone that rings for a minute, whatever it is asked for."""
    monkeypatch.setattr(tools, "sipp", lambda: ["sh", "-c", "sleep 60", "sh"])
    secrets = dict.fromkeys(("ami_secret", "agi_token", "redis_secret"), SECRET)
    return Phone("9110000001", "secret", Settings(home=tmp_path, **secrets), tmp_path)


async def test_a_phone_is_off_after_a_failure(phone: Phone) -> None:
    runs: list[Run] = []
    with pytest.raises(ZeroDivisionError):
        async with all_off_afterwards():
            runs.append(await phone.run(Path("/callee.xml")))
            raise ZeroDivisionError
    assert [run.process.returncode for run in runs] == [-9]


async def test_a_phone_is_switched_off_twice(phone: Phone) -> None:
    async with all_off_afterwards():
        run = await phone.run(Path("/callee.xml"))
        await run.end()
    assert run.process.returncode == -9
