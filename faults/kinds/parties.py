"""What the two persons do to each other, and to the account."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from dataclasses import replace
from random import Random

from agi.domain.money import format_amount
from faults import plans
from faults.kinds.kind import Kind, as_always
from faults.plans import UNIT_S, Plan
from faults.site import Site
from lab.steps import SetupError

_RTP_TIMEOUT_S = 3


def _caller_leaves(chance: Random) -> Plan:
    plan = replace(plans.ordinary(chance), key_s=chance.uniform(1.0, 6.0))
    return replace(plan, cancel_s=plans.in_the_prompt(plan, chance))


def _called_leaves(chance: Random) -> Plan:
    plan = replace(plans.ordinary(chance), key_s=chance.uniform(1.0, 6.0))
    return replace(plan, called_leaves_s=chance.uniform(0.0, plan.key_s or 0.0))


def _called_leaves_at_its_key(chance: Random) -> Plan:
    plan = plans.ordinary(chance)
    return replace(plan, called_leaves_s=(plan.key_s or 0.0) + chance.uniform(0.0, 0.05))


def _both_leave_at_a_boundary(chance: Random) -> Plan:
    plan = replace(plans.ordinary(chance), talk_s=chance.randint(1, 3) * UNIT_S)
    # The called party's clock starts at its pick-up, the caller's at the bridge.
    since_pick_up_s = (plan.key_s or 0.0) + plan.talk_s
    return replace(plan, called_leaves_s=since_pick_up_s + chance.uniform(0.0, 0.05))


def _bye_lost(chance: Random) -> Plan:
    return replace(plans.ordinary(chance), loses_bye=True, talk_s=chance.uniform(0.3, 2.0))


def _before(_: Plan, chance: Random) -> float:
    return -chance.uniform(0.5, 3.0)


def _at_once(chance: Random) -> Plan:
    return replace(plans.ordinary(chance), answer_s=chance.uniform(0.5, 2.0))


async def _shorten_rtp_timeout(site: Site) -> None:
    await as_always(site)
    with closing(sqlite3.connect(site.instance.settings.sip_accounts_db, timeout=5)) as accounts:
        accounts.execute("UPDATE ps_endpoints SET rtp_timeout = ?", [_RTP_TIMEOUT_S])
        accounts.commit()


async def _drain(site: Site) -> None:
    """Take all that is not reserved from each payer, by the command line."""
    for number in {call.called.subscriber.number for call in site.phones.calls.values()}:
        for _ in range(5):
            account = await site.world.account(number)
            amount = format_amount(-account.available_minor)
            operation = ("--id", secrets.token_hex(8), "--reason", "drained in mid-call")
            try:
                await site.collectcall("correct", number, amount, *operation)
            except SetupError:  # a call has reserved a unit meanwhile
                continue
            break


KINDS = (
    Kind("caller leaves in the prompt", plan=_caller_leaves, lasts=True),
    Kind("called party leaves in the prompt", plan=_called_leaves, lasts=True),
    Kind("called party leaves within 50 ms of its key", plan=_called_leaves_at_its_key, lasts=True),
    Kind("both leave at a unit's boundary", plan=_both_leave_at_a_boundary, lasts=True),
    Kind("a BYE that never arrives", _before, _shorten_rtp_timeout, plan=_bye_lost, lasts=True),
    Kind(
        "100 calls at once, money for 3",
        plan=_at_once,
        phase=plans.before_dial,
        calls=100,
        payers=1,
        balance="9.50",
        lasts=True,
    ),
    Kind("balance drained in mid-call", plans.in_the_talk, _drain, payers=4),
)
