"""Calls with a real Redis, and an Asterisk, its record on disk and two clocks that a test moves."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path

import pytest

from agi import catalogue
from agi.calls import reports
from agi.calls.allowances import Allowances
from agi.calls.metering import Metering
from agi.calls.offers import Offers
from agi.calls.recovery import Recovery
from agi.calls.reports import Reporter
from agi.calls.runner import CallRunner
from agi.calls.weighing import Asked
from agi.catalogue import Catalogue
from agi.charging import cdrs
from agi.charging.accounts import Accounts
from agi.charging.calls import CallBook
from agi.domain import events
from agi.domain.call import Call, CallRules, Phase
from agi.domain.cdr import Cdr
from agi.domain.dispositions import Disposition
from agi.domain.limits import COLLECT
from agi.domain.story import tell
from agi.domain.subscribers import Subscriber
from agi.store import keys
from agi.store.redis import Store
from agi.subscribers.lists import Lists
from agi.subscribers.profiles import Opening, Profiles
from agi.subscribers.usage import Usage
from agi.telephony.end_report import EndReport
from tests.calls.asterisk import WALL_MS, FakeSwitch, HandClock, Sleeper

CALLER, PAYER = "9110000001", "9110000002"
CALL = "cc-1700000000.1"
A_LEG, B_LEG = f"PJSIP/{CALLER}-00000001", f"PJSIP/{PAYER}-00000002"
UNIT_MS = 60_000
BY_CALLED = EndReport("answered", "called_party", CALLER, "0880", PAYER, "ANSWER", "16")
BY_CALLER = EndReport("answered", "", CALLER, "0880", PAYER, "ANSWER", "16")
FUNDS_OUT = EndReport("answered", "funds_ran_out", CALLER, "0880", PAYER, "ANSWER", "16")


@cache
def shipped() -> Catalogue:
    return catalogue.load()


class World:
    """One service at work; `second` shares its Redis and its Asterisk."""

    def __init__(self, store: Store, record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store = store
        self.clock = HandClock()
        monkeypatch.setattr(reports, "asyncio", Sleeper(self.clock))
        self.switch = FakeSwitch(self.clock)
        self.record = record
        self.rules = CallRules(renew_lead_ms=15_000, warn_lead_ms=10_000)
        self.start()

    def start(self, store: Store | None = None, data: Catalogue | None = None) -> None:
        """A service that has just begun: it knows only what Redis and the data files know."""
        store = store or self.store
        data = data or shipped()
        self.book = CallBook(store)
        self.lists = Lists(store)
        self.usage = Usage(store)
        allowances = Allowances(data, Profiles(store), self.usage)
        self.runner = CallRunner(
            self.book, self.switch, data, self.clock, rules=self.rules, allowances=allowances
        )
        self.accounts = Accounts(store)
        self.offers = Offers(
            self.runner,
            data,
            Profiles(store),
            accounts=self.accounts,
            lists=self.lists,
            allowances=allowances,
        )
        self.reporter = Reporter(self.runner, self.offers, self.switch, self.record)
        self.metering = Metering(self.runner, self.reporter, self.switch)
        self.recovery = Recovery(self.reporter, store, "cc")

    async def person(self, person: Subscriber, balance_minor: int = 0) -> None:
        opening = Opening("RUB", 0, balance_minor, WALL_MS)
        await Profiles(self.store).create(person, "secret", opening)

    async def people(self) -> None:
        """Who calls, and who pays."""
        await self.person(Subscriber(number=CALLER, operator="mts-ru", region="moscow"))
        await self.person(Subscriber(number=PAYER, operator="mts-ru", region="moscow"), 1_000)

    # What happens to the call.

    async def ask(
        self, dialled: str = PAYER, calling: str = CALLER, code: str = "0880", call_id: str = CALL
    ) -> Call | Disposition:
        return await self.offers.decide(Asked(call_id, calling, code, dialled, A_LEG))

    async def offer(self, call_id: str = CALL, calling: str = CALLER, code: str = "0880") -> Call:
        call = await self.ask(calling=calling, code=code, call_id=call_id)
        assert isinstance(call, Call)
        self.switch.legs[A_LEG] = (call_id, False)
        return call

    async def consent(self, code: str = "0880") -> None:
        await self.offer(code=code)
        await self.agree()

    async def agree(self) -> None:
        """The called party picks up, and whoever pays agrees."""
        self.switch.legs[A_LEG] = self.switch.legs[B_LEG] = (CALL, False)
        await self.runner.apply(CALL, events.ConsentAsked(B_LEG))
        applied = await self.runner.apply(
            CALL, events.ConsentGiven(self.clock.wall_ms(), "1", self.clock.mono_ms())
        )
        assert applied is not None
        assert not applied.refused

    def bridge(self) -> None:
        """The legs meet; nobody has reported it yet."""
        for leg in (A_LEG, B_LEG):
            self.switch.legs[leg] = (CALL, True)
            self.write("BRIDGE_ENTER", leg)

    async def talk(self, code: str = "0880") -> None:
        """The two talk; without a code it is an ordinary call."""
        await self.consent(code)
        self.bridge()
        await self.reporter.bridged(CALL, self.clock.wall_ms())

    def part(self, *, keep_caller: bool = False) -> None:
        """The called party's leg ends, and the caller's too unless it still hears why."""
        for leg in (B_LEG, A_LEG):
            if self.switch.legs.get(leg, ("", False))[1]:
                self.write("BRIDGE_EXIT", leg)
        self.switch.legs.pop(B_LEG, None)
        if keep_caller:
            self.switch.legs[A_LEG] = (CALL, False)
        else:
            self.switch.legs.pop(A_LEG, None)

    def close(self, report: EndReport, call_id: str = CALL) -> None:
        """The caller's leg ends, as Asterisk writes it down."""
        self.switch.legs.pop(A_LEG, None)
        text = "|".join(getattr(report, name) for name in report.__slots__)
        extra = f'{{""extra"":""{text}""}}'
        self.write("USER_DEFINED", A_LEG, "COLLECT_END", extra, call_id)
        self.write("CHAN_END", A_LEG, call_id=call_id)

    async def end_unanswered(self, told: Disposition, call_id: str = CALL) -> None:
        """The caller hears why there is no conversation."""
        report = EndReport(told.value, "", CALLER, "0880", PAYER, "", "")
        await self.reporter.call_ended(call_id, self.clock.wall_ms(), report)

    async def end(self, passed_ms: int) -> None:
        """Both legs end, and both ends are heard of."""
        self.clock.passed_ms = passed_ms
        self.part()
        self.close(BY_CALLED)
        await self.reporter.called_leg_ended(CALL, self.clock.wall_ms())
        await self.reporter.call_ended(CALL, self.clock.wall_ms(), BY_CALLED)

    def write(
        self, event: str, leg: str, user: str = "", extra: str = "", call_id: str = CALL
    ) -> None:
        seconds, millis = divmod(self.clock.wall_ms(), 1_000)
        uniqueid = call_id if leg == A_LEG else f"{call_id}0"
        fields = (event, f"{seconds}.{millis:03}000", user, uniqueid, call_id, leg, extra)
        with self.record.open("a") as file:
            file.write(",".join(f'"{field}"' for field in fields) + "\n")

    async def look(self) -> None:
        """One round of the metering."""
        await self.metering._claim()
        while self.metering._looks:
            await asyncio.gather(*self.metering._looks)

    async def pass_time(self, until_ms: int, step_ms: int = 250) -> None:
        """The metering looks at every `step_ms` until the clock has passed `until_ms` in all."""
        while self.clock.passed_ms < until_ms:
            next_ms = (self.clock.passed_ms // step_ms + 1) * step_ms
            self.clock.passed_ms = min(until_ms, next_ms)
            await self.look()

    # What came of it.

    async def cdr(self, call_id: str = CALL) -> Cdr:
        """The only CDR of the call."""
        (cdr,) = await cdrs.find(self.store, call_id=call_id)
        return cdr

    async def phase(self) -> Phase:
        entry = await self.book.load(CALL)
        assert entry is not None
        return entry.call.phase

    async def uses(self, use: str = COLLECT, caller: str = CALLER) -> dict[str, int]:
        """How often each limit on `use` is used by a caller, where it is at all."""
        rule = shipped().operator("mts-ru")
        counted = await self.usage.counts(
            rule.limits_on(use), rule, caller, PAYER, self.clock.wall_ms()
        )
        return {used.limit.name: used.times for used in counted if used.times}

    async def story(self, call_id: str = CALL) -> str:
        """What happened to a call, line by line."""
        owner = await self.store.client.get(keys.call_owner(call_id))
        return "\n".join(map(tell, await self.book.story(str(owner), call_id)))

    async def money(self, number: str = PAYER) -> tuple[int, int]:
        """Balance and reservation; the ledger must explain the balance."""
        accounts = Accounts(self.store)
        account = await accounts.get(number)
        assert account is not None
        ledger = await accounts.ledger(number)
        assert sum(entry.amount_minor for entry in ledger) == account.balance_minor
        debits = [(entry.call_id, entry.minute) for entry in ledger if entry.reason == "debit"]
        assert len(debits) == len(set(debits))
        return account.balance_minor, account.reserved_minor
