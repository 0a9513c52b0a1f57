"""A subscriber of an operator: what the service knows of the person behind a number."""

from __future__ import annotations

from dataclasses import dataclass

HOME_ZONE = "home"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One subscriber; `number` is national."""

    number: str
    operator: str
    region: str
    roaming: str = HOME_ZONE
    """The zone where the subscriber is now, as the tariffs name it: `home`, `ru`, `world-20`."""
    plan: str = ""
    """The tariff plan; the empty one is the operator's ordinary plan."""
    blocked: bool = False
    postpaid: bool = False
    opted_out: bool = False
    """Wants no collect calls from callers inside the country."""
    opted_out_abroad: bool = False
    """Wants none from callers abroad."""
    lists_on: bool = False
    """The personal lists were switched on, by their code or the first number in one."""
    unlimited: bool = False
    """Limits on the number of requests do not apply (load tests)."""
    hidden: bool = False
    """A lab's own subscriber, shown in no list."""
    language: str = "ru"
