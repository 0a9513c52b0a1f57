"""The service killed, stopped, or gone for a while."""

from __future__ import annotations

import asyncio
import signal

from faults import plans
from faults.kinds.kind import Kind
from faults.site import Site

_PROGRAM = "service"


async def _kill(site: Site) -> None:
    site.signal(_PROGRAM, signal.SIGKILL)


async def _stop(site: Site) -> None:
    site.signal(_PROGRAM, signal.SIGSTOP)
    await asyncio.sleep(site.outage_s)
    site.signal(_PROGRAM, signal.SIGCONT)


async def _close(site: Site) -> None:
    await site.stop(_PROGRAM)
    await asyncio.sleep(site.outage_s)
    await site.start(_PROGRAM)


KINDS = (
    Kind("service killed before Dial", plans.before_dial, _kill),
    Kind("service killed in the prompt", plans.in_the_prompt, _kill),
    Kind("service killed between key and bridge", plans.at_the_key, _kill),
    Kind("service killed between ticks", plans.in_the_talk, _kill),
    Kind("service killed at a debit", plans.at_a_debit, _kill),
    Kind("service stopped before Dial", plans.before_dial, _stop, late_share=0.3, calls=60),
    Kind("service stopped in the prompt", plans.in_the_prompt, _stop, late_share=0.3, calls=60),
    Kind(
        "service stopped between key and bridge", plans.at_the_key, _stop, late_share=0.3, calls=60
    ),
    Kind("service stopped in the talk", plans.in_the_talk, _stop, late_share=0.3, calls=60),
    Kind("AGI port closed", plans.anywhere, _close, late_share=0.3, calls=60, refuses_calls=True),
)
