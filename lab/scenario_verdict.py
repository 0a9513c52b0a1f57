"""Compares what came of a scenario's call with what its expect.yml says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from agi.charging.accounts import LedgerEntry
from agi.domain.cdr import Cdr
from lab.scenario_files import Expectation


@dataclass(frozen=True)
class Outcome:
    """What came of a call. Money in minor units, of the called party's account."""

    sip_status: int | None
    told: tuple[str, ...]
    cdrs: list[Cdr]
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
    pairs: dict[str, tuple[Any, Any]] = {
        "the caller's SIP status": (expected.sip_status, outcome.sip_status),
        "told to the caller": (expected.told, outcome.told),
        "number of CDRs": (1, len(outcome.cdrs)),
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
    record = asdict(outcome.cdrs[0]) if outcome.cdrs else {}
    for name, value in expected.cdr.items():
        pairs[f"the CDR's {name}"] = (value, record.get(name))
    return list(_differing(pairs))


def _differing(pairs: dict[str, tuple[Any, Any]]) -> Iterator[str]:
    for what, (expected, found) in pairs.items():
        if isinstance(expected, list):
            low, high = expected
            if found is None or not low <= found <= high:
                yield f"{what}: {found}, expected {low} to {high}"
        elif found != expected:
            yield f"{what}: {found!r}, expected {expected!r}"
