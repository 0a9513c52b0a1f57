"""Full calls at a rate against a running lab: ``python -m bench.load [--calls 200] [--rate 5]``.

Each call is the scenario `accepts`: digest, prompt, key 1, two units, media both ways. Afterwards
every call must have its CDR and its money, and nothing may be left behind.
"""

from __future__ import annotations

import asyncio
import math
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import click

from agi import settings as agi_settings
from agi.domain.dispositions import Disposition
from agi.domain.money import format_amount
from bench import leftovers
from bench.usage import usage_of
from lab import endings, scenario_files
from lab.instance import Instance
from lab.people import Person
from lab.scenario_files import Party
from lab.scenario_world import World, world_of
from lab.sipp import Phone, Run, all_off_afterwards
from lab.stage import ACCESS_CODE, OPERATOR
from lab.steps import SetupError

PAIRS = 10
"""Callers, and as many called parties; each caller always calls the same one."""
MOST_UNITS_A_CALL = 3
"""A call is of two units; a busy machine may make it a little longer than that."""
_UNIT_MS = 2000
_PRICE_MINOR = 300
_SCENARIO = scenario_files.FOLDER / "accepts"
_CALL_S = 8
"""Longer than a call of the scenario takes."""


@dataclass(frozen=True)
class Pair:
    """Two phones, and how many calls go from one to the other."""

    caller: Person
    called: Person
    calls: int


async def load(instance: Instance, calls: int, rate: float, logs: Path) -> list[str]:
    """Place the calls and print what they cost; what went wrong, nothing when all is well."""
    async with world_of(instance.settings) as world, all_off_afterwards():
        shares = [calls // PAIRS + (n < calls % PAIRS) for n in range(PAIRS)]
        pairs = [await _pair(world, share) for share in shares if share]
        before = await usage_of(instance, world)
        started = time.monotonic()
        wrong = await _place(instance, pairs, rate, logs)
        took_s = time.monotonic() - started
        wrong += await _settled(world, pairs)
        wrong += [fault for pair in pairs for fault in await _money_faults(world, pair)]
        numbers = [n.subscriber.number for pair in pairs for n in (pair.caller, pair.called)]
        wrong += await leftovers.of(instance, world, numbers, before)
        after = await usage_of(instance, world)
    cost = ", ".join(
        f"{name} {(after.cpu_s[name] - before.cpu_s[name]) * 1000 / calls:.1f} ms"
        for name in after.cpu_s
    )
    print(f"{calls} calls in {took_s:.0f} s; CPU a call: {cost}")
    return wrong


async def _pair(world: World, calls: int) -> Pair:
    money_minor = calls * MOST_UNITS_A_CALL * _PRICE_MINOR
    caller = await world.person(Party(operator=OPERATOR, unlimited=True))
    rich = Party(operator=OPERATOR, plan="fast", balance=format_amount(money_minor))
    return Pair(caller, await world.person(rich), calls)


async def _place(instance: Instance, pairs: list[Pair], rate: float, logs: Path) -> list[str]:
    pair_rate = rate / len(pairs)
    patience_s = max(pair.calls for pair in pairs) / pair_rate + 60
    listening, calling = [], []
    for number, pair in enumerate(pairs):
        phone = _phone(instance, pair.called, logs / f"called-{number}", pair_rate)
        await phone.register(scenario_files.REGISTER)
        listening.append(await phone.run(_SCENARIO / "callee.xml", calls=pair.calls))
        await phone.wait_until_listening()
    for number, pair in enumerate(pairs):
        phone = _phone(instance, pair.caller, logs / f"calling-{number}", pair_rate)
        period_ms = str(round(1000 / pair_rate))
        dial = f"{ACCESS_CODE}{pair.called.subscriber.number}"
        options = ("-r", "1", "-rp", period_ms)
        calling.append(
            await phone.run(_SCENARIO / "caller.xml", dial=dial, calls=pair.calls, options=options)
        )
        await asyncio.sleep(1 / rate)  # the pairs call in turn
    ends = await asyncio.gather(*(_end(run, patience_s) for run in (*calling, *listening)))
    return [fault for fault in ends if fault]


def _phone(instance: Instance, person: Person, logs: Path, rate: float) -> Phone:
    return Phone(
        person.subscriber.number,
        person.password,
        instance.settings,
        logs,
        most_calls=round(rate * _CALL_S) + 4,
    )


async def _end(run: Run, patience_s: float) -> str | None:
    status = await run.wait(patience_s)
    return None if status == 0 else f"SIPp ended with {status}: {run.why_failed()}"


async def _settled(world: World, pairs: list[Pair]) -> list[str]:
    """Wait for the CDRs; each call has one, answered and of as many units as it lasted."""
    deadline = time.monotonic() + leftovers.PATIENCE_S
    wanted = sum(pair.calls for pair in pairs)
    while True:
        found = [c for p in pairs for c in await world.cdrs(p.caller.subscriber.number)]
        if len(found) >= wanted or time.monotonic() > deadline:
            break
        await asyncio.sleep(0.2)
    faults = [
        f"{cdr.call_id}: {cdr.disposition}, {cdr.talk_ms} ms of talk, {cdr.minutes} units"
        for cdr in found
        if cdr.disposition is not Disposition.ANSWERED
        or cdr.minutes != math.ceil(cdr.talk_ms / _UNIT_MS)
    ]
    return faults if len(found) == wanted else [f"{len(found)} CDRs of {wanted} calls", *faults]


async def _money_faults(world: World, pair: Pair) -> list[str]:
    number = pair.called.subscriber.number
    account, charges = await world.account(number), await world.charges(number)
    billed = sum(cdr.charged_minor for cdr in await world.cdrs(pair.caller.subscriber.number))
    faults = []
    if account.reserved_minor:
        faults.append(f"{number}: {account.reserved_minor} minor units are still reserved")
    if -sum(entry.amount_minor for entry in charges) != billed:
        faults.append(f"{number}: the ledger's debits are not the CDRs' {billed}")
    if len({(entry.call_id, entry.minute) for entry in charges}) != len(charges):
        faults.append(f"{number}: a unit was debited twice")
    return faults


@click.command()
@click.option("--calls", type=click.IntRange(min=1), default=200, show_default=True)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    help="New calls a second.",
)
def main(calls: int, rate: float) -> None:
    """Place full calls on the running lab; the exit status is 1 when anything went wrong."""
    instance = Instance(agi_settings.load())
    if not instance.is_running():
        raise SetupError("the lab does not run: start it with `make up`.")
    logs = Path(tempfile.mkdtemp(prefix="collectcall-load-"))
    wrong = asyncio.run(load(instance, calls, rate, logs))
    print(*wrong or ["no failed call, and nothing left behind"], f"logs: {logs}", sep="\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    sys.exit(endings.told(main))
