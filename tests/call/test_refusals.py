"""Each refusal at the offer: its own prompt as early media, its SIP status, its one CDR, no money.

The refusals that come later, at the called party's phone, are scenarios.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import pytest

from agi.domain.dispositions import SIP_STATUSES, Disposition
from agi.domain.speech import told
from lab import scenario_files
from lab.instance import Instance
from lab.prompt_log import PromptLog
from lab.scenario_files import Party
from lab.scenario_world import World, until, world_of
from lab.sipp import Phone

pytestmark = pytest.mark.call

_REFUSED = (scenario_files.FOLDER / "called-without-funds" / "caller.xml").read_text()
_MTS = Party(operator="mts-ru", balance="100")


@dataclass(frozen=True)
class Refusal:
    """What is dialled by whom to whom, and why it is refused."""

    reason: Disposition
    dial: str = "0880{called}"
    calling: Party = _MTS
    called: Party = _MTS

    @property
    def name(self) -> str:
        return f"{self.reason}-{self.dial.format(calling='A', called='B')}"


_CASES = [
    Refusal(Disposition.BAD_NUMBER, "0880123"),
    Refusal(Disposition.BAD_NUMBER, "0880{called}1"),
    Refusal(Disposition.BAD_NUMBER, "*880*123#"),
    Refusal(Disposition.BAD_NUMBER, "0880{called}%0D%0Aagi_arg_1:%20x"),
    Refusal(Disposition.BAD_NUMBER, "0880{called}%00"),
    Refusal(Disposition.BAD_NUMBER, "*100#%00"),
    Refusal(Disposition.BAD_NUMBER, "hello"),
    Refusal(Disposition.BAD_NUMBER, "h"),
    Refusal(Disposition.UNKNOWN_NUMBER, "08809000000000"),
    Refusal(Disposition.OWN_NUMBER, "0880{calling}"),
    Refusal(Disposition.OWN_NUMBER, "08808{calling}"),
    Refusal(Disposition.OTHER_OPERATOR, called=Party(operator="beeline-ru", balance="100")),
    Refusal(Disposition.NOT_ENTITLED, calling=Party(operator="mts-ru", plan="klassny")),
    Refusal(
        Disposition.NOT_ENTITLED, "{called}", calling=_MTS.model_copy(update={"blocked": True})
    ),
    Refusal(Disposition.OTHER_CODE, "05050{called}"),
    Refusal(Disposition.OPTED_OUT, called=Party(operator="mts-ru", balance="9", opted_out=True)),
    Refusal(Disposition.NO_FUNDS, called=Party(operator="mts-ru", balance="2.99")),
    Refusal(Disposition.NO_FUNDS, called=Party(operator="mts-ru", balance="9", blocked=True)),
]


@dataclass(frozen=True)
class Outcome:
    """What came of a refused call."""

    failure: str | None
    status: int | None
    heard: list[str]
    dispositions: list[Disposition]
    debits: int


@pytest.fixture(scope="module")
def outcomes(lab: Instance, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """All cases, called at once."""

    async def call_all(prompts: PromptLog) -> list[Outcome]:
        async with world_of(lab.settings) as world:
            folders = [tmp_path_factory.mktemp("refusal") for _ in _CASES]
            calls = map(_call, _CASES, folders, repeat(world), repeat(prompts))
            return await asyncio.gather(*calls)

    with PromptLog(lab) as prompts:
        found = asyncio.run(call_all(prompts))
    return {case.name: outcome for case, outcome in zip(_CASES, found, strict=True)}


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_refusal(case: Refusal, outcomes: dict[str, Outcome]) -> None:
    status = SIP_STATUSES[case.reason]
    expected = Outcome(None, status, [told(case.reason)], [case.reason], debits=0)
    assert outcomes[case.name] == expected


async def _call(case: Refusal, folder: Path, world: World, prompts: PromptLog) -> Outcome:
    caller, called = await world.person(case.calling), await world.person(case.called)
    number = caller.subscriber.number
    phone = Phone(number, caller.password, world.settings, folder)
    script = folder / "caller.xml"
    script.write_text(_REFUSED.replace("403", str(SIP_STATUSES[case.reason])))
    dial = case.dial.format(calling=number, called=called.subscriber.number)
    call = await phone.run(script, dial=dial)
    ended = await call.wait(30)
    await until(lambda: _any_record(world, number), 10, f"no CDR of {case.name}")
    await asyncio.sleep(0.5)  # a second CDR would be one too many
    return Outcome(
        failure=call.why_failed() if ended else None,
        status=call.final_status(),
        heard=prompts.played(number),
        dispositions=[cdr.disposition for cdr in await world.cdrs(number)],
        debits=len(await world.charges(called.subscriber.number)),
    )


async def _any_record(world: World, calling: str) -> bool | None:
    return bool(await world.cdrs(calling)) or None
