"""Tests of one module that are played at the same time, as calls mostly wait."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from lab.instance import Instance
from lab.prompt_log import PromptLog
from lab.scenario_world import world_of
from tests.call.handset import Town

Play = Callable[..., Coroutine[Any, Any, None]]
AT_ONCE = 12
"""How many; each has two or three SIPps."""


def together(play: Play) -> Callable[..., None]:
    """Make a test of a coroutine function whose first parameter is a `Town`.

    All such tests of a module are started by the first that runs (the fixture `started`); each then
    waits for its own outcome. Other parameters are those of `pytest.mark.parametrize`.
    """

    def test(request: pytest.FixtureRequest, started: dict[str, Future[None]], **_: Any) -> None:
        started[request.node.name].result()

    _, *others = inspect.signature(play).parameters.values()
    own = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in ("request", "started")
    ]
    named = [other.replace(kind=inspect.Parameter.KEYWORD_ONLY) for other in others]
    test.__signature__ = inspect.Signature([*own, *named])  # type: ignore[attr-defined]
    test.__name__, test.__doc__, test.__module__ = play.__name__, play.__doc__, play.__module__
    test.play = play  # type: ignore[attr-defined]
    return test


def plays(request: pytest.FixtureRequest) -> dict[str, Callable[[Town], Coroutine[Any, Any, None]]]:
    """What the module's chosen tests play, by the test's name."""
    found = {}
    for item in request.session.items:
        play = getattr(getattr(item, "function", None), "play", None)
        if play is not None and item.module is request.module:  # type: ignore[attr-defined]
            call = getattr(item, "callspec", None)
            found[item.name] = _bound(play, dict(call.params) if call else {})
    return found


def run(
    play: Callable[[Town], Coroutine[Any, Any, None]], lab: Instance, prompts: PromptLog, logs: Path
) -> None:
    """Play one to its end, in a thread of its own."""

    async def in_town() -> None:
        async with world_of(lab.settings) as world, Town(world, logs, prompts) as town:
            await play(town)

    asyncio.run(in_town())


def _bound(play: Play, parameters: dict[str, Any]) -> Callable[[Town], Coroutine[Any, Any, None]]:
    return lambda town: play(town, **parameters)
