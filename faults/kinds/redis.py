"""Redis killed, stopped, slow, full, read-only, without its scripts, or with half its memory."""

from __future__ import annotations

import asyncio
import os
import signal
from random import Random

from faults import plans
from faults.kinds.kind import Kind
from faults.site import Site

_PROGRAM = "redis"
_SLOW_MS = 1_500


async def _kill(site: Site) -> None:
    site.signal(_PROGRAM, signal.SIGKILL)


async def _stop(site: Site) -> None:
    site.signal(_PROGRAM, signal.SIGSTOP)
    await asyncio.sleep(site.outage_s)
    site.signal(_PROGRAM, signal.SIGCONT)


async def _slow(site: Site) -> None:
    await site.world.store.client.client_pause(_SLOW_MS)
    await asyncio.sleep(_SLOW_MS / 1000)


async def _full(site: Site) -> None:
    await _configured(site, "maxmemory", "1", "0")


async def _read_only(site: Site) -> None:
    """It waits for a replica that is not there."""
    await _configured(site, "min-replicas-to-write", "1", "0")


async def _flush_scripts(site: Site) -> None:
    await site.world.store.client.script_flush()


async def _cut_file(site: Site) -> None:
    """Cut the append-only file at a random byte of what the round has written."""
    await site.stop(_PROGRAM)
    path = site.append_only_file()
    size = path.stat().st_size
    os.truncate(path, Random(size).randint(site.appended, size))  # noqa: S311  not a secret
    await site.start(_PROGRAM)


async def _configured(site: Site, name: str, wrong: str, right: str) -> None:
    client = site.world.store.client
    await client.config_set(name, wrong)
    try:
        await asyncio.sleep(site.outage_s)
    finally:
        await client.config_set(name, right)


KINDS = (
    Kind("Redis killed", plans.anywhere, _kill),
    Kind("Redis stopped", plans.anywhere, _stop, late_share=0.3, calls=60, refuses_calls=True),
    Kind("Redis slow", plans.anywhere, _slow),
    Kind("Redis full", plans.anywhere, _full, late_share=0.3, calls=60, refuses_calls=True),
    Kind(
        "Redis read-only", plans.anywhere, _read_only, late_share=0.3, calls=60, refuses_calls=True
    ),
    Kind("Redis scripts flushed", plans.anywhere, _flush_scripts),
)
FORGETTING = Kind("append-only file cut", plans.in_the_talk, _cut_file, forgets=True)
