"""One real collect call through the running lab, between two subscribers that no list shows."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from agi import catalogue
from agi.domain.cdr import Cdr
from agi.domain.dispositions import Disposition
from agi.domain.money import format_amount
from agi.domain.operators import CollectRule, OperatorRule
from agi.domain.subscribers import Subscriber
from agi.settings import Settings
from lab import scenario_files
from lab.people import Person
from lab.scenario_world import World, until, world_of
from lab.sipp import Phone, all_off_afterwards
from lab.steps import SetupError

_CALLING, _CALLED = "9169999998", "9169999999"
_SCENARIO = scenario_files.FOLDER / "accepts"
_MONEY_MINOR = 100_00
_CALL_WAIT_S = 40
_CDR_WAIT_S = 10


def run(settings: Settings) -> str:
    """Place the call; one line that says how it went.

    Raises:
        SetupError: it did not go as it must; the text says where, and where the logs are.
    """
    return asyncio.run(_run(settings, Path(tempfile.mkdtemp(prefix="collectcall-selfcheck-"))))


async def _run(settings: Settings, logs: Path) -> str:
    operator, rule = _operator(settings)
    async with world_of(settings) as world, all_off_afterwards():
        caller = await world.people.provide(_subscriber(_CALLING, operator), operator)
        called = await world.people.provide(_subscriber(_CALLED, operator), operator)
        await world.people.top_up(called, _MONEY_MINOR)
        earlier = len(await world.cdrs(_CALLING, _CALLED))
        access = rule.access_codes[0]
        await _call(settings, caller, called, access.dialled(_CALLED), logs)
        cdr = await _cdr(world, earlier)
    if cdr.disposition is not Disposition.ANSWERED or cdr.charged_minor <= 0:
        raise SetupError(
            f"the self-check's call ended as {cdr.disposition} with {cdr.charged_minor} charged; "
            f"see {settings.home / 'log'} and {logs}."
        )
    return (
        f"dialled {access.head}..., consent given, talked {cdr.talk_ms / 1000:.1f} s, "
        f"{format_amount(cdr.charged_minor)} {cdr.currency} charged"
    )


async def _call(settings: Settings, caller: Person, called: Person, dial: str, logs: Path) -> None:
    """The called party registers, waits, answers and presses 1; the caller hangs up."""
    phone = Phone(called.subscriber.number, called.password, settings, logs / "called")
    await phone.register(scenario_files.REGISTER)
    listening = await phone.run(_SCENARIO / "callee.xml")
    await phone.wait_until_listening()
    other = Phone(caller.subscriber.number, caller.password, settings, logs / "calling")
    calling = await other.run(_SCENARIO / "caller.xml", dial=dial)
    status = await calling.wait(_CALL_WAIT_S)
    answered = await listening.wait(_CDR_WAIT_S if status == 0 else 0)
    if status != 0 or answered != 0:
        failed = calling if status != 0 else listening
        raise SetupError(
            f"the self-check's call failed: {failed.why_failed()} "
            f"See {settings.home / 'log'} and {logs}."
        )


async def _cdr(world: World, earlier: int) -> Cdr:
    async def found() -> Cdr | None:
        cdrs = await world.cdrs(_CALLING, _CALLED)
        return cdrs[-1] if len(cdrs) > earlier else None

    try:
        return await until(found, _CDR_WAIT_S, "the self-check's call left no CDR")
    except TimeoutError as error:
        raise SetupError(f"{error}; see {world.settings.home / 'log'}.") from None


def _operator(settings: Settings) -> tuple[OperatorRule, CollectRule]:
    """Any operator that has collect calls."""
    for operator in catalogue.load(settings.data_dirs).operators.values():
        if operator.collect is not None:
            return operator, operator.collect
    raise SetupError("no operator's file has collect calls: see data_dirs in settings.toml.")


def _subscriber(number: str, operator: OperatorRule) -> Subscriber:
    return Subscriber(
        number=number,
        operator=operator.id,
        region=operator.default_region,
        unlimited=True,
        hidden=True,
    )
