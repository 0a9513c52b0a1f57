"""The service is killed or stopped under service codes: told, and nothing is half done."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from agi.domain.answers import Amount, Answer
from agi.domain.dispositions import SIP_STATUSES, Disposition
from agi.domain.speech import answer_prompt, told
from lab import supervision
from lab.instance import Instance
from lab.prompt_log import PromptLog
from lab.scenario_files import Party
from lab.scenario_world import until, world_of
from tests.call.conftest import MakeLab
from tests.call.handset import Handset, Town
from tests.call.service_answers import DONE, RUSSIAN

pytestmark = pytest.mark.call

MTS = Party(operator="mts-ru", balance="123.45")
UNAVAILABLE = told(Disposition.UNAVAILABLE)
BALANCE = list(answer_prompt(RUSSIAN, Answer("balance", True, {"amount": Amount(12345, "RUB")})))


@pytest.fixture(scope="module")
def lab(make_lab: MakeLab) -> Instance:
    """An instance whose service may be killed and stopped."""
    return make_lab()


@pytest.fixture
def prompts(lab: Instance) -> Iterator[PromptLog]:
    with PromptLog(lab) as log:
        yield log


@pytest.fixture
async def town(lab: Instance, prompts: PromptLog, tmp_path: Path) -> AsyncIterator[Town]:
    async with world_of(lab.settings) as world, Town(world, tmp_path, prompts) as one:
        yield one


def hit(lab: Instance, number: signal.Signals) -> None:
    supervision.signal_program(lab.socket, "service", number)


async def is_up(lab: Instance) -> None:
    async def look() -> bool | None:
        return lab.health()[0] or None

    await until(look, 20, "the service was not started again")


async def hears(handset: Handset, prompt: str) -> None:
    async def look() -> bool | None:
        return prompt in handset.heard or None

    await until(look, 10, f"{prompt} was not said")


async def test_a_service_that_hangs_is_given_up_and_does_nothing_later(
    lab: Instance, town: Town
) -> None:
    await is_up(lab)
    sender, recipient = await town.person(MTS), await town.person(MTS)
    hit(lab, signal.SIGSTOP)
    try:
        dialled = await sender.dial(f"*110*{recipient.number}#")
    finally:
        hit(lab, signal.SIGCONT)
    assert dialled.status == SIP_STATUSES[Disposition.UNAVAILABLE]
    assert sender.heard == [UNAVAILABLE]
    await is_up(lab)
    assert await town.world.notices(recipient.number) == []
    assert await town.world.notices(sender.number) == []


async def test_an_answer_is_said_to_its_end_and_sent_though_the_service_is_killed(
    lab: Instance, town: Town
) -> None:
    await is_up(lab)
    caller = await town.person(MTS)
    dialling = asyncio.create_task(caller.dial("*100#"))
    await hears(caller, BALANCE[0])
    hit(lab, signal.SIGKILL)
    dialled = await dialling
    assert dialled.status == DONE
    assert caller.heard == BALANCE
    await is_up(lab)
    await caller.listen()

    async def sent() -> bool | None:
        return [row.state.value for row in await town.world.notices(caller.number)] == [
            "sent"
        ] or None

    await until(sent, 10, "the text was not sent")


async def test_a_menu_whose_service_is_killed_ends(lab: Instance, town: Town) -> None:
    await is_up(lab)
    caller = await town.person(MTS)
    dialling = asyncio.create_task(caller.dial("0880"))
    await hears(caller, "enter-number")
    hit(lab, signal.SIGKILL)
    await dialling
    assert caller.heard == ["enter-number", UNAVAILABLE]
    assert await town.world.cdrs(caller.number) == []


async def test_a_code_that_is_dialled_just_after_a_kill_is_done_wholly_or_not_at_all(
    lab: Instance, town: Town
) -> None:
    await is_up(lab)
    sender, recipient = await town.person(MTS), await town.person(MTS)
    hit(lab, signal.SIGKILL)
    dialled = await sender.dial(f"*110*{recipient.number}#")
    await is_up(lab)
    kinds = [row.message.kind for row in await town.world.notices(recipient.number)]
    if dialled.status == DONE:
        assert (sender.heard, kinds) == (["notice-sent"], ["call_back"])
    else:
        assert (sender.heard, kinds) == ([UNAVAILABLE], [])
