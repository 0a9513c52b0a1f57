"""All sorts of calls: what persons do to one another on an ordinary day."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from faults import plans
from faults.plans import UNIT_S, Plan


def any_sort(chance: Random) -> Plan:
    """One of the sorts; every other call is agreed to and talked."""
    sorts = (_declines, _presses_a_wrong_key, _says_nothing, _gives_up, _leaves, _both_leave)
    if chance.random() < 0.5:  # noqa: PLR2004  one half
        return plans.ordinary(chance)
    return chance.choice(sorts)(plans.ordinary(chance), chance)


def spread_over(seconds: float) -> plans.Phase:
    """As the moment of a fault that there is not: calls begin at any time within `seconds`."""
    return lambda _, chance: -chance.uniform(0.0, seconds)


def _declines(plan: Plan, _: Random) -> Plan:
    return replace(plan, key="0")


def _presses_a_wrong_key(plan: Plan, _: Random) -> Plan:
    return replace(plan, key="5")


def _says_nothing(plan: Plan, _: Random) -> Plan:
    return replace(plan, key_s=None)


def _gives_up(plan: Plan, chance: Random) -> Plan:
    """The caller, before or while the called party listens."""
    return replace(plan, cancel_s=chance.uniform(0.0, plan.bridged_s))


def _leaves(plan: Plan, chance: Random) -> Plan:
    """The called party, in the prompt or in the talk."""
    return replace(plan, called_leaves_s=chance.uniform(0.0, plan.bridged_s + plan.talk_s))


def _both_leave(plan: Plan, chance: Random) -> Plan:
    """Both at the same moment, when a unit ends."""
    talk_s = chance.randint(1, 3) * UNIT_S
    return replace(plan, talk_s=talk_s, called_leaves_s=(plan.key_s or 0.0) + talk_s)
