"""The scenarios in which the service is killed or stopped, on an instance that nobody shares."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lab import scenario_files
from lab.instance import Instance
from lab.prompt_log import PromptLog
from lab.scenario import play
from tests.call.conftest import MakeLab

pytestmark = pytest.mark.call

_WITH_FAULT = [name for name in scenario_files.names() if scenario_files.load(name).setting.fault]


@pytest.fixture(scope="module")
def frail_lab(make_lab: MakeLab) -> Instance:
    """An instance whose service may be killed and stopped."""
    return make_lab(prompt_guard_s=8)


@pytest.mark.parametrize("name", _WITH_FAULT)
def test_scenario_with_fault(name: str, frail_lab: Instance, tmp_path: Path) -> None:
    with PromptLog(frail_lab) as prompts:
        assert asyncio.run(play(name, frail_lab, prompts, tmp_path)) == []
