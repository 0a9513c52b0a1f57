"""Whole instances for call tests: Asterisk, Redis and the service, on ports of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from lab import ports
from lab.instance import Instance
from lab.prompt_log import PromptLog
from tests.call import together

QUICK = {"key_wait_ms": 500, "ring_timeout_s": 4}
"""Waits that a person needs and a test does not."""

MakeLab = Callable[..., Instance]


@pytest.fixture(scope="session")
def make_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeLab]:
    """Starts an instance with the settings given; it ends with the tests."""
    with ExitStack() as running:

        def make(**settings: int) -> Instance:
            home = tmp_path_factory.mktemp("lab")
            own_ports = running.enter_context(ports.block_of_its_own())
            return running.enter_context(Instance.create(home, QUICK | own_ports | settings))

        yield make


@pytest.fixture(scope="session")
def lab(make_lab: MakeLab) -> Instance:
    """One running instance for all tests of this process that do not break it."""
    return make_lab()


@pytest.fixture(scope="module")
def started(
    lab: Instance, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[None]]]:
    """The tests of the module that are played `together`, all on their way."""
    plays = together.plays(request)
    logs = tmp_path_factory.mktemp("phones")
    with PromptLog(lab) as prompts, ThreadPoolExecutor(together.AT_ONCE) as pool:
        yield {
            name: pool.submit(together.run, play, lab, prompts, logs)
            for name, play in plays.items()
        }
