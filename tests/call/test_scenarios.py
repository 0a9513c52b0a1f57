"""Every folder of ``sipp-scenarios``, played on a real Asterisk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from lab import scenario_files
from lab.instance import Instance
from lab.prompt_log import PromptLog
from lab.scenario import play
from tests.call.conftest import MakeLab

pytestmark = pytest.mark.call

_NAMES = scenario_files.names()
_WITH_FAULT = [name for name in _NAMES if scenario_files.load(name).setting.fault]
_PEACEFUL = [name for name in _NAMES if name not in _WITH_FAULT]


@pytest.fixture(scope="module")
def played(
    lab: Instance, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[list[str]]]]:
    """All scenarios that were asked for, started at once: calls mostly wait."""
    chosen = {item.name for item in request.session.items}
    names = [name for name in _PEACEFUL if f"test_scenario[{name}]" in chosen]

    def play_one(name: str) -> list[str]:
        return asyncio.run(play(name, lab, prompts, tmp_path_factory.mktemp(name)))

    with PromptLog(lab) as prompts, ThreadPoolExecutor(len(names)) as pool:
        yield {name: pool.submit(play_one, name) for name in names}


@pytest.mark.xdist_group("scenarios")
@pytest.mark.parametrize("name", _PEACEFUL)
def test_scenario(name: str, played: dict[str, Future[list[str]]]) -> None:
    assert played[name].result() == []


@pytest.fixture(scope="module")
def frail_lab(make_lab: MakeLab) -> Instance:
    """An instance whose service may be killed and stopped."""
    return make_lab(prompt_guard_s=8)


@pytest.mark.xdist_group("faults")
@pytest.mark.parametrize("name", _WITH_FAULT)
def test_scenario_with_fault(name: str, frail_lab: Instance, tmp_path: Path) -> None:
    with PromptLog(frail_lab) as prompts:
        assert asyncio.run(play(name, frail_lab, prompts, tmp_path)) == []
    deadline = time.monotonic() + 10
    while not frail_lab.health()[0] and time.monotonic() < deadline:
        time.sleep(0.05)
