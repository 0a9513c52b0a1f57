"""The people of a world: callers, and payers with more or less money; some share all of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random

from agi.catalogue import Catalogue
from agi.domain.subscribers import Subscriber
from agi.store.redis import Store
from agi.subscribers.lists import Lists
from agi.subscribers.profiles import Opening, Profiles
from simulation.plans import ARRIVALS_MS, Pair, Plan, plan
from simulation.virtual_time import EPOCH_MS

BURST = 20
"""Calls that come at once to an account with money for a few units."""
_TODAY = datetime.fromtimestamp(EPOCH_MS / 1000, UTC).date()


@dataclass(frozen=True, slots=True)
class Payer:
    """A payer, the account, and who calls."""

    pair: Pair
    opening_minor: int
    floor_minor: int
    calls: int
    white_lists: bool
    """Whether the caller is on the payer's white list."""


def crowd(chance: Random, catalogue: Catalogue, calls: int) -> list[Payer]:
    """People enough for so many calls."""
    payers: list[Payer] = []
    while calls > 0:
        burst = chance.random() < 0.04  # noqa: PLR2004
        share = min(calls, BURST if burst else chance.randrange(1, 6))
        payers.append(_payer(chance, catalogue, len(payers), share, burst=burst))
        calls -= share
    return payers


def plans(chance: Random, payers: list[Payer]) -> list[Plan]:
    """Every attempt of a world, the first first."""
    made = []
    for payer in payers:
        begin_ms = chance.randrange(ARRIVALS_MS)
        within_ms = 300 if payer.calls == BURST else ARRIVALS_MS - begin_ms
        made += [
            plan(chance, payer.pair, begin_ms + chance.randrange(within_ms))
            for _ in range(payer.calls)
        ]
    return sorted(made, key=lambda one: one.at_ms)


async def settle_in(store: Store, payers: list[Payer]) -> None:
    """Store everybody and their accounts."""
    profiles = Profiles(store)
    for payer in payers:
        currency = payer.pair.price.currency
        empty = Opening(currency, 0, 0, EPOCH_MS)
        purse = Opening(currency, payer.floor_minor, payer.opening_minor, EPOCH_MS)
        await profiles.create(payer.pair.caller, "secret", empty)
        await profiles.create(payer.pair.payer, "secret", purse)
        if payer.white_lists:
            rule, number = payer.pair.rule, payer.pair.caller.number
            await Lists(store).add(payer.pair.payer.number, "white", number, rule.lists.most, "r-1")


def _payer(chance: Random, catalogue: Catalogue, index: int, calls: int, *, burst: bool) -> Payer:
    rule = chance.choice([rule for rule in catalogue.operators.values() if rule.collect])
    # A world is so short that the limits of a day would leave little of it.
    caller = Subscriber(f"9{2 * index:09}", rule.id, rule.default_region, unlimited=True)
    # The quick tariffs have units of two seconds: a conversation of many units, and no long world.
    plan_name = "fast" if chance.random() < 0.8 else ""  # noqa: PLR2004
    payer = replace(caller, number=f"9{2 * index + 1:09}", plan=plan_name)
    price = catalogue.tariff_for(payer, _TODAY).rate(caller, payer)
    units = 3 if burst else chance.choice([0, 3, 6, 12, 30] if plan_name else [0, 1, 2])
    floor_minor = -price.unit_price_minor * chance.choice([0, 0, 0, 2])
    opening_minor = units * price.unit_price_minor + chance.randrange(price.unit_price_minor)
    white_lists = chance.random() < 0.15  # noqa: PLR2004
    return Payer(Pair(caller, payer, price, rule), opening_minor, floor_minor, calls, white_lists)
