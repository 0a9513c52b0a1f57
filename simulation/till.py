"""Who puts money on accounts and takes it off, in mid-call."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from random import Random

from agi.charging.accounts import Accounts, NotCovered
from agi.store.redis import Store
from simulation.people import Payer
from simulation.plans import ARRIVALS_MS
from simulation.virtual_time import EPOCH_MS, VirtualLoop

_MOVES_FOR_US = 2 * ARRIVALS_MS * 1_000
"""For ever, they would keep a conversation alive."""
_CREDITS = 0.6
"""How often money comes; else all goes that can."""


class Till:
    """Credits and drains, at any moment of anybody's calls."""

    def __init__(
        self, store: Store, payers: list[Payer], loop: VirtualLoop, chance: Random
    ) -> None:
        self._accounts = Accounts(store)
        self._payers = payers
        self._loop = loop
        self._chance = chance
        self._operations = 0
        self.moved_minor = Counter({one.pair.payer.number: one.opening_minor for one in payers})
        """What was put on each account by hand in all, less what was taken off it."""

    async def run(self) -> None:
        """Move money until most conversations are over."""
        while self._loop.now_us < _MOVES_FOR_US:
            await asyncio.sleep(self._chance.random() / 4)
            payer = self._chance.choice(self._payers).pair
            amount_minor = self._chance.randrange(1, 3 * payer.price.unit_price_minor)
            self._operations += 1
            if self._chance.random() < _CREDITS:
                await self._credit(payer.payer.number, amount_minor)
            else:
                await self._drain(payer.payer.number)

    async def _credit(self, number: str, amount_minor: int) -> None:
        await self._accounts.credit(number, amount_minor, str(self._operations), EPOCH_MS)
        self.moved_minor[number] += amount_minor

    async def _drain(self, number: str) -> None:
        account = await self._accounts.get(number)
        amount_minor = account.available_minor if account else 0
        if amount_minor <= 0:
            return
        operation, note = str(self._operations), "drained"
        with suppress(NotCovered):
            await self._accounts.correct(number, -amount_minor, operation, note, EPOCH_MS)
            self.moved_minor[number] -= amount_minor
