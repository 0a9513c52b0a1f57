"""Asterisk killed, its link to the service cut, its events doubled, its dialplan damaged."""

from __future__ import annotations

import asyncio
import signal
from random import Random

from faults import plans
from faults.kinds.kind import Kind
from faults.plans import Plan
from faults.site import Site
from lab.render import write_private

_BEFORE_S = 3.0


async def _kill(site: Site) -> None:
    site.signal("asterisk", signal.SIGKILL)
    site.phones.lose()


async def _cut_link(site: Site) -> None:
    site.relay.is_cut = True
    site.relay.cut()
    await asyncio.sleep(site.outage_s)
    site.relay.is_cut = False


async def _double_events(site: Site) -> None:
    """Until the round is over; the next one begins with a relay as it was."""
    site.relay.doubles_events = True


async def _lose_consent(site: Site) -> None:
    """The subroutine that asks is gone from the dialplan."""
    path = site.instance.settings.asterisk_etc / "extensions.d" / "40-consent.conf"
    text = path.read_text(encoding="utf-8")
    try:
        write_private(path, "; nothing\n")
        await site.console("dialplan reload")
        await asyncio.sleep(site.outage_s)
    finally:
        write_private(path, text)
        await site.console("dialplan reload")


def _before(_: Plan, chance: Random) -> float:
    """The calls begin when it has struck."""
    return -chance.uniform(0.5, _BEFORE_S)


def _while_ringing(plan: Plan, chance: Random) -> float:
    return chance.uniform(0.0, plan.asked_s)


KINDS = (
    Kind("Asterisk killed while bridged", plans.in_the_talk, _kill, crashes_asterisk=True),
    Kind("AMI link cut", plans.anywhere, _cut_link, late_share=0.3, calls=60),
    Kind("every event twice", _before, _double_events, lasts=True),
    Kind(
        "consent subroutine missing",
        _while_ringing,
        _lose_consent,
        late_share=0.5,
        calls=60,
        bridges_unasked=True,
    ),
)
