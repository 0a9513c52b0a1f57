"""A till: one account after another in a real Redis, and calls that are paid from them."""

from __future__ import annotations

from dataclasses import replace

from agi.charging.accounts import Accounts
from agi.charging.calls import CallBook, Outcome
from agi.domain.call import Call, Step, advance
from agi.domain.commands import Reserve
from agi.domain.events import Event
from agi.domain.subscribers import Subscriber
from agi.store.redis import Store
from agi.subscribers.profiles import Opening, Profiles
from tests.domain.calls import RULES, offered

PAYER = "9110000002"
NOW_MS = 1_700_000_000_000


class Till:
    """Accounts, the book of calls, and a way to apply events as any number of workers do."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.accounts = Accounts(store)
        self.book = CallBook(store)

    async def open_account(self, balance_minor: int, number: str = PAYER, floor: int = 0) -> None:
        payer = Subscriber(number=number, operator="mts-ru", region="moscow")
        opening = Opening("RUB", floor, balance_minor, NOW_MS)
        assert await Profiles(self.store).create(payer, "secret", opening)

    async def offer(self, call_id: str, payer: str = PAYER, unit_price: int = 300) -> Call:
        """A call that was offered and is stored."""
        call = offered()
        assert call.price is not None
        price = replace(call.price, unit_price_minor=unit_price)
        call = replace(call, call_id=call_id, owner=payer, called=payer, price=price)
        assert await self.book.commit(None, Step(call), NOW_MS, NOW_MS) is Outcome.OK
        return call

    async def apply(self, call_id: str, *events: Event) -> Outcome:
        """Apply events, each anew where another worker was quicker; how the last one went."""
        outcome = Outcome.OK
        for event in events:
            outcome = await self._apply_one(call_id, event)
        return outcome

    async def _apply_one(self, call_id: str, event: Event) -> Outcome:
        outcome = Outcome.CONFLICT
        while outcome is Outcome.CONFLICT:
            entry = await self.book.load(call_id)
            assert entry is not None
            step = advance(entry.call, event, RULES)
            if step == Step(entry.call):
                return Outcome.OK
            outcome = await self.book.commit(entry, step, NOW_MS, NOW_MS)
            assert outcome is not Outcome.REFUSED or isinstance(step.charge, Reserve)
        return outcome

    async def audit(self, balance_minor: int, reserved_minor: int, number: str = PAYER) -> None:
        """The account stands as expected, and its ledger explains every minor unit of it."""
        account = await self.accounts.get(number)
        assert account is not None
        assert (account.balance_minor, account.reserved_minor) == (balance_minor, reserved_minor)
        entries = await self.accounts.ledger(number)
        total = 0
        for entry in entries:
            total += entry.amount_minor
            assert entry.balance_minor == total
        assert total == balance_minor
        units = [(entry.call_id, entry.minute) for entry in entries if entry.reason == "debit"]
        assert len(units) == len(set(units))
        assert [entry.id for entry in entries] == [str(n + 1) for n in range(len(entries))]
