"""Many full calls at a steady rate: nothing may fail, and nothing be left behind."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from agi.charging import audit
from bench.load import load
from faults.kinds import Kind
from faults.round import Result
from faults.site import Site

RATE = 10.0
"""New calls a second."""


async def play(site: Site, kind: Kind, seed: str) -> Result:
    """`make load` on the campaign's lab: digest, prompt, key, two units, media; then the audit."""
    await site.back()
    logs = await asyncio.to_thread(tempfile.mkdtemp, prefix="collectcall-load-")
    wrong = await load(site.instance, kind.calls, RATE, Path(logs))
    wrong += [f"audit {one.about}: {one.what}" for one in await audit.run(site.world.store)]
    return Result(seed, kind.calls, kind.calls, {}, 0.0, wrong)
