"""What a kind of fault is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

from faults import plans
from faults.plans import Phase, Plan
from faults.site import Site

Strike = Callable[[Site], Awaitable[None]]
"""Does the harm, and returns when it is over: from then on recovery is measured."""


async def nothing(_: Site) -> None:
    """The persons' own doing is the fault."""


async def as_always(site: Site) -> None:
    """Every program runs as it does without the campaign."""
    await site.run_under()


@dataclass(frozen=True)
class Kind:
    """One row of the table."""

    name: str
    phase: Phase = plans.anywhere
    """When in its life the fault strikes a call."""
    strike: Strike = nothing
    prepare: Strike = as_always
    """What is done before the calls begin."""
    plan: Callable[[Random], Plan] = plans.ordinary
    calls: int = 42
    """How many calls one fault serves."""
    late_share: float = 0.0
    """Which part of them is dialled while the fault lasts."""
    payers: int = 6
    balance: str = "500"
    lasts: bool = False
    """It is with the calls from their beginning, and not over before they are."""
    bridges_unasked: bool = False
    """Asterisk itself bridges without asking: the service has to part the legs at once."""
    crashes_asterisk: bool = False
    """A unit that had begun when Asterisk died may stay unbilled."""
    refuses_calls: bool = False
    """Who dials while it lasts hears an announcement."""
    steps_record: bool = False
    """Asterisk's clock is stepped: what its record says of the length of calls is wrong."""
    forgets: bool = False
    """Redis itself loses what it had acknowledged: the audit has to name it."""
    struck: Callable[[Site], int] | None = None
    """How many calls it struck, where their being in progress does not tell."""
