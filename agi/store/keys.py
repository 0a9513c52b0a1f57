"""Every Redis key name, once.

What belongs to one payer shares the payer's hash tag `{number}`, so that a script that moves money
touches one slot only and the same code runs on Redis Cluster. Keys without a tag are directories
and agendas: hints that can be rebuilt, written before what they point at.
"""

from __future__ import annotations

SUBSCRIBERS = "cc:subscribers"
"""Set of all subscribers' numbers."""
OWNERS = "cc:owners"
"""Set of all numbers that own CDRs or messages."""
CALL_AGENDA = "cc:agenda:calls"
"""Sorted set `owner/call_id` -> when that call is to be looked at, monotonic milliseconds."""
MESSAGE_AGENDA = "cc:agenda:messages"
"""Sorted set `recipient/message_id` -> when it is to be tried, epoch milliseconds."""


def call_owner(call_id: str) -> str:
    """String: the number whose tag the call's keys carry."""
    return f"cc:call-owner:{call_id}"


def subscriber(number: str) -> str:
    """Hash: the profile."""
    return f"cc:{{{number}}}:subscriber"


def answer(number: str, request_id: str) -> str:
    """String: what came of one request of a subscriber, so that it has effect once; for a day."""
    return f"cc:{{{number}}}:answer:{request_id}"


def personal_list(owner: str, name: str) -> str:
    """List of numbers, in the order of their entry; `name` is ``white`` or ``black``."""
    return f"cc:{{{owner}}}:list:{name}"


def usage(party: str, limit: str) -> str:
    """Sorted set use id -> when, epoch milliseconds: what counts against one limit of a party.

    `limit` names whose uses it is about, the operator and the limit.
    """
    return f"cc:{{{party}}}:usage:{limit}"


def account(number: str) -> str:
    """Hash: currency, balance_minor, reserved_minor, floor_minor, entries."""
    return f"cc:{{{number}}}:account"


def ledger(number: str) -> str:
    """List of JSON: every change of the balance, oldest first; never changed."""
    return f"cc:{{{number}}}:ledger"


def operations(number: str) -> str:
    """Hash: operation id -> `amount_minor:entry`, so that no operation has effect twice."""
    return f"cc:{{{number}}}:operations"


def call(owner: str, call_id: str) -> str:
    """Hash: one attempt while it lasts, and for a day after it was settled."""
    return f"cc:{{{owner}}}:call:{call_id}"


def story(owner: str, call_id: str) -> str:
    """List of JSON: what happened to one attempt, oldest first; kept for a month."""
    return f"cc:{{{owner}}}:story:{call_id}"


def cdrs(owner: str) -> str:
    """List of JSON: the CDRs of calls that the owner was, or should have been, the payer of."""
    return f"cc:{{{owner}}}:cdrs"


def messages(recipient: str) -> str:
    """List of message ids to one recipient, oldest first."""
    return f"cc:{{{recipient}}}:messages"


def message(recipient: str, message_id: str) -> str:
    """Hash: id, from, to, kind, text, state, created_at_ms, due_at_ms, attempts, error."""
    return f"cc:{{{recipient}}}:message:{message_id}"


def record_position(node: str) -> str:
    """String: up to which byte the record of one Asterisk was read for ends of calls."""
    return f"cc:record-position:{node}"
