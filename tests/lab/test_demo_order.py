"""What the demo tells is in the order of causes, however fast things follow each other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lab.demo import Demo
from lab.demo_cases import CASES
from lab.prompt_log import Playing
from lab.sipp import Line
from lab.timeline import Timeline

A, B = "9110000001", "9110000002"
PICKED_UP = Line(1000.0004, True, "1", "CSeq:1 INVITE", "SIP/2.0 200 OK")
DIALLED = Line(999.0006, True, "1", "CSeq:2 INVITE", "INVITE sip:x SIP/2.0")
NOTICE = SimpleNamespace(message=SimpleNamespace(text="call me", created_at_ms=999_000))


def person(number: str) -> Any:
    return SimpleNamespace(subscriber=SimpleNamespace(number=number))


class World:
    """A store in which there is a notice."""

    async def live_call(self, _number: str) -> None:
        return None

    async def cdrs(self, _number: str) -> list[Any]:
        return []

    async def charges(self, _number: str) -> list[Any]:
        return []

    async def notices(self, _number: str) -> list[Any]:
        return [NOTICE]


@pytest.fixture
def demo() -> Demo:
    """The phone is picked up, and the prompt begins, just while the prompts are being read."""
    answering: list[Line] = []

    def starts() -> list[Playing]:
        answering.append(PICKED_UP)
        return [Playing("1970-01-01T00:16:40.001+00:00", B, "incoming-call")]

    call: Any = SimpleNamespace(
        world=World(),
        caller=person(A),
        called=person(B),
        case=CASES["accept"],
        called_ear=SimpleNamespace(pressed=[]),
        calling=SimpleNamespace(lines=lambda: [DIALLED]),
        answering=SimpleNamespace(lines=lambda: list(answering)),
    )
    prompts: Any = SimpleNamespace(starts=starts)
    return Demo(call, prompts, {"incoming-call": "a call"})


async def test_causes_are_told_first(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    Timeline().tell([event async for event in demo._events()])
    told = [line.partition(" s  ")[2] for line in capsys.readouterr().out.splitlines()]
    assert [line.split()[:3] for line in told] == [
        ["A,", f"{A},", "dials"],
        ["a", "notice", "to"],
        ["B", "picks", "up"],
        ["B", "hears", "«a"],
    ]
