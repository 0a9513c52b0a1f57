"""One round: many calls, one fault, and what is left when all of it is over."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from random import Random

from redis.exceptions import RedisError

from faults import invariants, plans
from faults.kinds.kind import Kind
from faults.phone_call import PhoneCall
from faults.phones import Phones
from faults.plans import Plan
from faults.site import Site
from faults.watch import Watch
from lab.people import Person
from lab.scenario_files import Party
from lab.stage import OPERATOR
from lab.steps import SetupError

_LEAD_S = 0.3
_LONGEST_S = 60.0
"""The longest that a call lasts, besides the outage."""
_QUIET_S = 10.0
"""C3: how long after the end of the calls and of the fault something may be left."""
_PROBE = Plan(talk_s=2.5)
"""The call that is placed when the fault is over, and must go well."""


@dataclass(frozen=True)
class Result:
    """A round as the campaign keeps it."""

    seed: str
    runs: int
    """Calls that were in progress while the fault lasted."""
    calls: int
    outcomes: dict[str, int]
    """How many ended how: the caller's SIP status, and `talked`."""
    recovery_s: float
    """The longest that a settlement or a debit was late, from the end of the fault."""
    violations: list[str]


async def play(site: Site, kind: Kind, seed: str) -> Result:
    """Play one round; the same `seed` makes the same plans."""
    chance = Random(seed)  # noqa: S311  not a secret
    await kind.prepare(site)
    await site.back()
    site.phones = Phones(site.world.settings)
    site.relay.doubles_events = False
    await site.phones.open()
    try:
        return await _play(site, kind, seed, chance)
    finally:
        site.phones.close()


async def _play(site: Site, kind: Kind, seed: str, chance: Random) -> Result:
    loop = asyncio.get_running_loop()
    planned, strike_s = _plans(kind, chance, site.outage_s)
    calls = await _people(site, kind, planned)
    site.appended = site.append_only_file().stat().st_size
    watch = Watch(site, calls)
    watching = asyncio.create_task(watch.run())
    begin = loop.time() + _LEAD_S
    for call in calls:
        loop.call_at(begin + call.plan.start_s, site.phones.place, call)
    await asyncio.sleep(begin + strike_s - loop.time())
    struck_at = loop.time()
    try:
        await kind.strike(site)
        watch.lifted_at = loop.time()
        found = await _aftermath(site, kind, watch)
    except (TimeoutError, SetupError, RedisError) as error:
        found = [f"R1 {type(error).__name__}: {error}"]
    finally:
        watching.cancel()
    found += _unannounced(kind, calls, struck_at, watch.lifted_at)
    runs = sum(kind.lasts or call.alive_between(struck_at, watch.lifted_at) for call in calls)
    if kind.struck is not None:
        runs = kind.struck(site)
    return Result(seed, runs, len(calls), _outcomes(calls), round(watch.worst_s, 2), found)


async def _aftermath(site: Site, kind: Kind, watch: Watch) -> list[str]:
    """What is broken when everything had its time to end."""
    await site.back()
    return [
        *await _end_of(watch.calls),
        *await _quiet(site, kind, watch),
        *await _probe(site),
        *await _quiet(site, kind, watch),
        *await invariants.broken(site, kind),
    ]


def _plans(kind: Kind, chance: Random, outage_s: float) -> tuple[list[Plan], float]:
    late = round(kind.calls * kind.late_share)
    struck = [kind.plan(chance) for _ in range(kind.calls - late)]
    planned, strike_s = plans.aimed(struck, kind.phase, chance)
    for _ in range(late):
        start_s = strike_s + chance.uniform(0.0, outage_s)
        planned.append(replace(kind.plan(chance), start_s=start_s))
    return planned, strike_s


async def _people(site: Site, kind: Kind, planned: list[Plan]) -> list[PhoneCall]:
    """A caller of its own for each call, and payers who share them."""
    rich = Party(operator=OPERATOR, plan="fast", balance=kind.balance)
    payers = [await _payer(site, rich) for _ in range(kind.payers)]
    return [
        PhoneCall(plan, await site.world.person(Party(operator=OPERATOR)), payers[n % len(payers)])
        for n, plan in enumerate(planned)
    ]


async def _payer(site: Site, party: Party) -> Person:
    person = await site.world.person(party)
    await site.phones.register(person)
    return person


async def _probe(site: Site) -> list[str]:
    """The service has come back by itself: an ordinary call goes well."""
    payer = await _payer(site, Party(operator=OPERATOR, plan="fast", balance="500"))
    call = PhoneCall(_PROBE, await site.world.person(Party(operator=OPERATOR)), payer)
    site.phones.place(call)
    await _ended([call])
    well = call.talk_from is not None and abs(call.talk_s - _PROBE.talk_s) < 1.0
    return [] if well else [f"R1 after it, a call ended with {call.status} and {call.talk_s:.1f} s"]


async def _end_of(calls: list[PhoneCall]) -> list[str]:
    """Wait until the phones are out of every call, and those that are dialled late begun."""
    stuck = await _ended(calls)
    return [f"C3 {call.caller.subscriber.number} has not ended: {call}" for call in stuck]


async def _ended(calls: list[PhoneCall]) -> list[PhoneCall]:
    """Wait for the ends of calls; those that did not end."""
    deadline = asyncio.get_running_loop().time() + _LONGEST_S
    while True:
        stuck = [call for call in calls if call.ended_at is None]
        if not stuck or asyncio.get_running_loop().time() > deadline:
            return stuck
        await asyncio.sleep(0.1)


async def _quiet(site: Site, kind: Kind, watch: Watch) -> list[str]:
    """C3: nothing is left ten seconds after the calls and the fault are over."""
    deadline = asyncio.get_running_loop().time() + _QUIET_S
    while True:
        await watch.look()
        left = await invariants.left_behind(site)
        left += [f"C3 not settled: {number}" for number in watch.behind]
        if not left or asyncio.get_running_loop().time() > deadline:
            return left
        await asyncio.sleep(0.2)


def _unannounced(
    kind: Kind, calls: list[PhoneCall], struck_at: float, lifted_at: float
) -> list[str]:
    """Who dialled while calls are refused, and was refused, heard why."""
    refused = [
        call
        for call in calls
        if kind.refuses_calls
        and struck_at <= (call.dialled_at or 0.0) < lifted_at
        and call.status not in (None, 200)
    ]
    return [f"A2 {call.status} without a word" for call in refused if call.told_at is None]


def _outcomes(calls: list[PhoneCall]) -> dict[str, int]:
    named = Counter(
        "talked" if call.talk_from is not None else str(call.status or "unanswered")
        for call in calls
    )
    return dict(sorted(named.items()))
