"""The health page: a part that is down, and a part that hangs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from agi.web import health


async def _well() -> str:
    return "ok"


async def _down() -> str:
    return "no connection"


async def _hangs() -> str:
    await asyncio.sleep(60)
    return "ok"


@pytest.mark.parametrize(
    ("check", "status", "state"),
    [
        (_well, 200, "ok"),
        (_down, 503, "no connection"),
        (_hangs, 503, "no answer in 0.05 s"),
    ],
)
async def test_each_part_is_told_of_also_where_one_hangs(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    check: health.Check,
    status: int,
    state: str,
) -> None:
    monkeypatch.setattr(health, "CHECK_LIMIT_S", 0.05)
    checks = {"redis": check, "ami": _well}
    async with TestClient(TestServer(health.application(tmp_path, checks))) as client:
        answer = await client.get("/healthz")
        told = await answer.json()
    assert (answer.status, told["redis"], told["ami"]) == (status, state, "ok")
