"""What `make demo CASE=...` can show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from lab.scenario_files import Party
from lab.stage import OPERATOR

CALLING: Final = Party(operator=OPERATOR, balance="0.00")
_CALLED: Final = Party(operator=OPERATOR, plan="fast", balance="9.50")


@dataclass(frozen=True)
class Case:
    """One call, and how it goes."""

    shows: str
    called: Party = _CALLED
    unit: str = "two seconds"
    """How long a unit of the called party's plan is."""
    callee: str = "demo"
    """The folder of sipp-scenarios whose callee.xml is the called party's phone."""
    requests: int = 1
    """How many dialogues that phone goes through."""
    keys: str = ""
    """What the called party presses, a key after each reading of the prompt."""
    talk_ms: int = 5000
    """When the caller hangs up; 0: the money is to end first."""
    phone_on_after: bool = False
    """The called party's phone is off until the call is over."""


CASES: Final[Mapping[str, Case]] = MappingProxyType(
    {
        "accept": Case("B listens, agrees to pay, and they talk", keys="1"),
        "decline": Case("B listens, and does not agree", keys="0"),
        "price": Case("B asks for the price once more, then agrees", keys="21"),
        "busy": Case("B's phone is busy; B gets a notice", callee="busy", requests=2),
        "no-funds": Case(
            "B has less than a unit costs; B's phone does not ring, but gets a notice",
            called=Party(operator=OPERATOR, plan="fast", balance="2.50"),
            callee="called-without-funds",
        ),
        "silent": Case("B listens, and presses nothing"),
        "funds-run-out": Case(
            "they talk until B's money ends",
            called=Party(operator=OPERATOR, plan="demo", balance="6.50"),
            unit="six seconds",
            keys="1",
            talk_ms=0,
        ),
        "not-registered": Case(
            "B's phone is off; it gets a notice as soon as it is on",
            callee="not-registered",
            phone_on_after=True,
        ),
    }
)
