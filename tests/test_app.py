"""What the service says of itself when it starts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agi import catalogue
from agi.app import Service, begun
from agi.settings import Settings

SECRET = "sixteen-and-more"


async def test_an_operator_whose_tariffs_all_begin_later_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shipped = (catalogue.DATA_DIR / "tariffs" / "tele2-kz.toml").read_text(encoding="utf-8")
    later = tmp_path / "tariffs" / "tele2-kz.toml"
    later.parent.mkdir()
    later.write_text(shipped.replace("2025-11-04", "2999-01-01"), encoding="utf-8")
    Service(
        Settings(
            home=tmp_path,
            ami_secret=SECRET,
            agi_token=SECRET,
            redis_secret=SECRET,
            data_dirs=(tmp_path,),
        )
    )
    (warning,) = caplog.messages
    assert warning.startswith("operator tele2-kz has no tariff without a plan before 2999-01-01")


async def test_a_job_that_fails_is_told_of_while_the_service_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def write_accounts() -> None:
        raise KeyError("sip_password")

    job = begun(write_accounts())
    await asyncio.wait({job})
    (record,) = caplog.records
    assert record.getMessage() == "a part of the service has failed, and rests"
    assert "sip_password" in str(record.exc_info)


async def test_a_job_that_ends_or_is_ended_is_nothing_to_tell_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    waits, ends = begun(asyncio.sleep(60)), begun(asyncio.sleep(0))
    waits.cancel()
    await asyncio.wait({waits, ends})
    assert caplog.messages == []
