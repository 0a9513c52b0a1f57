"""Every folder of ``sipp-scenarios`` without a fault, played on a real Asterisk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from lab import scenario_files
from lab.instance import Instance
from lab.prompt_log import PromptLog
from lab.scenario import play

pytestmark = pytest.mark.call

_PEACEFUL = [name for name in scenario_files.names() if not scenario_files.load(name).setting.fault]


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


@pytest.mark.parametrize("name", _PEACEFUL)
def test_scenario(name: str, played: dict[str, Future[list[str]]]) -> None:
    assert played[name].result() == []
