"""The service killed, stopped, or gone for a while."""

from __future__ import annotations

import asyncio
import signal

from faults import plans
from faults.kinds.kind import Kind
from faults.site import Site

_PROGRAM = "service"
_KEPT_BACK_S = 1.0
"""Shorter than the service waits for Redis before it asks again."""


async def _kill(site: Site) -> None:
    site.signal(_PROGRAM, signal.SIGKILL)


async def _through_relay(site: Site) -> None:
    site.redis_relay.kept_back = 0
    await site.run_under(_PROGRAM, f"REDIS_PORT={site.redis_relay.port}")


async def _kill_before_reply(site: Site) -> None:
    """Redis has made the debits of a while; their replies are still on the way."""
    site.redis_relay.keeps_back = True
    await asyncio.sleep(_KEPT_BACK_S)
    site.signal(_PROGRAM, signal.SIGKILL)
    site.redis_relay.keeps_back = False


def _kept_back(site: Site) -> int:
    return site.redis_relay.kept_back


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
    Kind(
        "service killed after a debit, before its reply",
        plans.before_a_debit,
        _kill_before_reply,
        prepare=_through_relay,
        struck=_kept_back,
    ),
    Kind("service stopped before Dial", plans.before_dial, _stop, late_share=0.3, calls=60),
    Kind("service stopped in the prompt", plans.in_the_prompt, _stop, late_share=0.3, calls=60),
    Kind(
        "service stopped between key and bridge", plans.at_the_key, _stop, late_share=0.3, calls=60
    ),
    Kind("service stopped in the talk", plans.in_the_talk, _stop, late_share=0.3, calls=60),
    Kind("AGI port closed", plans.anywhere, _close, late_share=0.3, calls=60, refuses_calls=True),
)
