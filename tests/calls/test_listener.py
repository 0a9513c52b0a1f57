"""The listener: each call's reports one after another, and a failure that stops nobody."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from agi.calls.listener import Listener
from agi.calls.reports import Reporter
from agi.telephony.ami_message import AmiMessage
from agi.telephony.end_report import EndReport
from tests.calls.world import CALL, World

TOKEN = "a-token-that-no-phone-knows"
AT = ("Timestamp", "1700000030.000000")


def bridge(channels: int = 2, call_id: str = CALL) -> AmiMessage:
    headers = [("Event", "BridgeEnter"), ("Linkedid", call_id), ("Channel", "PJSIP/1-1")]
    headers += [("Uniqueid", "cc-1.2"), ("BridgeUniqueid", "82f7"), AT]
    return AmiMessage([*headers, ("BridgeNumChannels", str(channels))])


def end(kind: str, token: str = TOKEN) -> AmiMessage:
    headers = [("Event", "UserEvent"), ("UserEvent", kind), ("Token", token), ("Call", CALL), AT]
    return AmiMessage([*headers, ("Result", "answered"), ("Ended", "called_party")])


class SlowReporter:
    """Notes what it is told; what comes first takes longest."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.wait_s = 0.02

    async def bridged(self, call_id: str, at_ms: int) -> None:
        await self._note(f"bridged {call_id}")

    async def called_leg_ended(self, call_id: str, at_ms: int) -> None:
        await self._note("b ended")
        raise RuntimeError("the report fails")

    async def call_ended(self, call_id: str, at_ms: int, report: EndReport) -> None:
        await self._note(f"a ended {report.ended}")

    async def _note(self, what: str) -> None:
        wait_s, self.wait_s = self.wait_s, 0.0
        await asyncio.sleep(wait_s)
        self.told.append(what)


async def settle(listener: Listener) -> None:
    await asyncio.gather(*listener._last.values())
    await asyncio.sleep(0)
    assert listener._last == {}


async def test_one_call_in_order_and_others_meanwhile() -> None:
    reporter, numbers = SlowReporter(), list[str]()
    listener = Listener(cast("Reporter", reporter), TOKEN, numbers.append)
    for message in (bridge(), end("CollectB"), end("CollectA"), bridge(call_id="cc-2.1")):
        listener.hear(message)
    await settle(listener)
    assert reporter.told == ["bridged cc-2.1", f"bridged {CALL}", "b ended", "a ended called_party"]


async def test_what_is_forged_or_says_nothing_is_not_told() -> None:
    reporter = SlowReporter()
    listener = Listener(cast("Reporter", reporter), TOKEN, list[str]().append)
    for message in (end("CollectA", "guessed"), bridge(channels=1), AmiMessage([("Event", "X")])):
        listener.hear(message)
    await settle(listener)
    assert reporter.told == []


async def test_a_phone_that_registers_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agi.calls.listener._ADDRESS_DELAYS_S", (0, 0.01))
    numbers: list[str] = []
    listener = Listener(cast("Reporter", SlowReporter()), TOKEN, numbers.append)
    headers = [("Event", "SuccessfulAuth"), ("Service", "PJSIP")]
    listener.hear(AmiMessage([*headers, ("AccountID", "9110000002")]))
    await settle(listener)
    await asyncio.sleep(0.05)
    assert numbers == ["9110000002", "9110000002"]


async def test_a_whole_call_heard_twice(world: World) -> None:
    listener = Listener(world.reporter, TOKEN, list[str]().append)
    await world.consent()
    world.bridge()
    for message in (bridge(), bridge(channels=3), bridge()):
        listener.hear(message)
    await settle(listener)
    assert await world.money() == (700, 0)
    world.clock.passed_ms = 30_000
    world.part()
    for message in (end("CollectB"), end("CollectB"), end("CollectA"), end("CollectA")):
        listener.hear(message)
    await settle(listener)
    assert ((await world.cdr()).minutes, await world.money()) == (1, (700, 0))
