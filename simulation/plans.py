"""What people do: who calls whom, and how each of them behaves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from random import Random

from agi.domain.operators import OperatorRule
from agi.domain.subscribers import Subscriber
from agi.domain.tariff import Price

ARRIVALS_MS = 20_000
"""Within which time all calls of a world begin."""
_ORDINARY = 0.15
"""How often the payer calls instead, at their own expense."""
_ROUNDING_MS = (-1, 0, 1)


class Ringing(Enum):
    """Why it is not picked up."""

    BUSY = auto()
    NO_ANSWER = auto()
    UNREACHABLE = auto()
    REFUSED = auto()
    CALLER_LEAVES = auto()


class Parting(Enum):
    """Who hangs up in the conversation."""

    CALLER = auto()
    CALLED = auto()
    BOTH = auto()


@dataclass(frozen=True, slots=True)
class Plan:
    """One attempt; times in milliseconds, each from the beginning of its own part."""

    at_ms: int
    caller: Subscriber
    called: Subscriber
    payer: Subscriber
    unit_ms: int
    code: str
    """Empty for an ordinary call."""
    dialled: str
    ringing: Ringing | None
    """None: it is picked up."""
    ring_ms: int
    keys: tuple[tuple[int, str], ...]
    """Keys pressed, each with its time since the prompt began."""
    called_leaves_prompt_ms: int | None
    caller_leaves_prompt_ms: int | None
    parting: Parting | None
    """None: nobody hangs up."""
    talk_ms: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people, and what the one pays for the other."""

    caller: Subscriber
    payer: Subscriber
    price: Price
    """Of a collect call."""
    rule: OperatorRule


def plan(chance: Random, pair: Pair, at_ms: int) -> Plan:
    """One attempt between two people."""
    collect = pair.rule.collect
    assert collect is not None  # noqa: S101  every operator of the catalogue in use has one
    code = chance.choice([access.head for access in collect.access_codes])
    caller, called = pair.caller, pair.payer
    if chance.random() < _ORDINARY:
        code, caller, called = "", pair.payer, pair.caller
    prompt_ms = chance.randrange(100, 12_000)
    return Plan(
        at_ms=at_ms,
        caller=caller,
        called=called,
        payer=pair.payer,
        unit_ms=pair.price.unit_ms,
        code=code,
        dialled=called.number if chance.random() > 0.01 else "12",  # noqa: PLR2004
        ringing=_ringing(chance),
        ring_ms=chance.randrange(50, 6_000),
        keys=_keys(chance, pair.rule, prompt_ms),
        called_leaves_prompt_ms=_leaves(chance, prompt_ms),
        caller_leaves_prompt_ms=_leaves(chance, prompt_ms),
        parting=chance.choices([*Parting, None], (40, 40, 10, 10))[0],
        talk_ms=_talk_ms(chance, pair.price.unit_ms),
    )


def _ringing(chance: Random) -> Ringing | None:
    fates: list[Ringing | None] = [None, *Ringing]
    return chance.choices(fates, (80, 4, 4, 4, 4, 4))[0]


def _keys(chance: Random, rule: OperatorRule, prompt_ms: int) -> tuple[tuple[int, str], ...]:
    assert rule.collect is not None  # noqa: S101  see `plan`
    keys = rule.collect.keys
    first = [(prompt_ms // 2, chance.choice([keys.price or "5", "7", "#"]))]
    if chance.random() > 0.1:  # noqa: PLR2004
        first = []
    last = chance.choices([keys.accept, keys.decline, None], (85, 8, 7))[0]
    return (*first, (prompt_ms, last)) if last else tuple(first)


def _leaves(chance: Random, prompt_ms: int) -> int | None:
    """Seldom in the prompt, and then often about when the key is pressed."""
    if chance.random() > 0.1:  # noqa: PLR2004
        return None
    return max(0, prompt_ms + chance.choice([0, 1, 2, 5, 10, 30, 50, -prompt_ms // 2]))


def _talk_ms(chance: Random, unit_ms: int) -> int:
    kind = chance.randrange(4)
    if kind == 0:
        return chance.randrange(1, 60)
    if kind == 1:
        return unit_ms * chance.randrange(1, 4) + chance.choice(_ROUNDING_MS)
    return chance.randrange(1, 3 * unit_ms)
