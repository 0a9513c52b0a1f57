"""Compares what came of a scenario's call with what its expect.yml says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from agi.charging.accounts import LedgerEntry
from agi.domain.cdr import Cdr
from lab.scenario_files import Expectation

Pairs = dict[str, tuple[Any, Any]]
"""What is compared: by its name, what is expected and what was found."""


@dataclass(frozen=True)
class CallOutcome:
    """What came of one caller's call."""

    sip_status: int | None
    told: tuple[str, ...]
    cdrs: list[Cdr]


@dataclass(frozen=True)
class Outcome:
    """What came of a scenario. Money in minor units, of the called party's account."""

    calls: list[CallOutcome]
    asked: Counter[str]
    """How often each prompt was said to the called party."""
    ledger: list[LedgerEntry]
    """Without the opening balance."""
    balance_change_minor: int
    reserved_minor: int
    notices: tuple[str, ...]
    notices_before: tuple[str, ...]
    """The notices' states before the called party's phone registered."""
    notice_delay_ms: float | None


def differences(expected: Expectation, outcome: Outcome) -> list[str]:
    """One line for each thing that is not as expected."""
    of_calls = (_call_pairs(expected, call) for call in outcome.calls)
    return [
        line for pairs in (*of_calls, _other_pairs(expected, outcome)) for line in _lines(pairs)
    ]


def _call_pairs(expected: Expectation, call: CallOutcome) -> Pairs:
    record = asdict(call.cdrs[0]) if call.cdrs else {}
    return {
        "the caller's SIP status": (expected.sip_status, call.sip_status),
        "told to the caller": (expected.told, call.told),
        "number of CDRs": (1, len(call.cdrs)),
    } | {f"the CDR's {name}": (value, record.get(name)) for name, value in expected.cdr.items()}


def _other_pairs(expected: Expectation, outcome: Outcome) -> Pairs:
    pairs: Pairs = {
        "the ledger": (
            expected.ledger_minor,
            tuple(entry.amount_minor for entry in outcome.ledger),
        ),
        "change of the balance": (sum(expected.ledger_minor), outcome.balance_change_minor),
        "still reserved": (0, outcome.reserved_minor),
        "the notices": (expected.notices, outcome.notices),
    }
    if expected.notices_before_registration is not None:
        pairs["the notices before the registration"] = (
            expected.notices_before_registration,
            outcome.notices_before,
        )
    if expected.notice_within_ms is not None:
        pairs["milliseconds from the registration to the notice"] = (
            [0, expected.notice_within_ms],
            outcome.notice_delay_ms,
        )
    for prompt, times in expected.asked.items():
        pairs[f"how often {prompt} was said to the called party"] = (times, outcome.asked[prompt])
    return pairs


def _lines(pairs: Pairs) -> Iterator[str]:
    for what, (expected, found) in pairs.items():
        if isinstance(expected, list):
            low, high = expected
            if found is None or not low <= found <= high:
                yield f"{what}: {found}, expected {low} to {high}"
        elif found != expected:
            yield f"{what}: {found!r}, expected {expected!r}"
