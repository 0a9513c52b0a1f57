"""What calls leave behind in a lab when they are over: nothing, if all is well."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from bench.usage import Usage, usage_of
from lab.instance import Instance
from lab.scenario_world import World

PATIENCE_S = 15
"""How long what is left of a call may take to go."""


async def of(instance: Instance, world: World, numbers: Sequence[str], before: Usage) -> list[str]:
    """What does not go away within some seconds: channels and live calls of `numbers`, file
    descriptors that were not open `before`.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        faults = await _now(instance, world, numbers, before)
        if not faults or time.monotonic() > deadline:
            return faults
        await asyncio.sleep(0.5)


async def _now(
    instance: Instance, world: World, numbers: Sequence[str], before: Usage
) -> list[str]:
    shown = await asyncio.to_thread(instance.asterisk_cli, "core show channels concise")
    faults = [f"channels of {number} are left" for number in numbers if f"/{number}-" in shown]
    for number in numbers:
        if await world.live_call(number):
            faults.append(f"a call of {number} is not settled")
    now = await usage_of(instance, world)
    # Connections to Redis stay open for the next call, each in a pool of limited size.
    pooled = {"service": now.redis_clients - before.redis_clients}
    pooled["redis"] = pooled["service"]
    for name, count in now.descriptors.items():
        if count > before.descriptors[name] + pooled.get(name, 0):
            faults.append(f"{name}: {count} file descriptors, {before.descriptors[name]} before")
    return faults
