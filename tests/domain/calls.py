"""A collect call to put through its states, and a desk that runs one as the service would."""

from __future__ import annotations

from dataclasses import replace

from agi.domain import events
from agi.domain.call import Call, CallRules, Phase, Step, advance, next_wake_ms
from agi.domain.commands import Debit, MoveLimit, ReleaseCalledLeg, Reserve, Settle, WarnPayer
from agi.domain.dispositions import Disposition
from agi.domain.events import Event, ReleaseCause
from agi.domain.notices import FailedCallNotice
from agi.domain.tariff import Price

START_MS = 1_000_000
"""When the conversation starts, on the monotonic clock."""
UNIT_MS = 60_000
PRICE = Price(300, "RUB", UNIT_MS, "2019-08-29", "same-region")
NOTICE = FailedCallNotice(on=frozenset({Disposition.BUSY}), text="call {calling}")
RULES = CallRules(renew_lead_ms=15_000, warn_lead_ms=10_000, notice=NOTICE)

ASKED = events.ConsentAsked("PJSIP/9110000002-00000002")
GIVEN = events.ConsentGiven(at_ms=5_000, digits="1", mono_ms=900)
STARTED = events.TalkStarted(START_MS, at_ms=6_000)
LEG_ENDED = events.TalkEnded(START_MS + 30_000)
LIVE = (Phase.OFFERED, Phase.ASKING, Phase.GRANTED, Phase.TALKING, Phase.TALKED)


def offered(price: Price = PRICE) -> Call:
    return Call(
        call_id="cc-1700000000.1",
        owner="9110000002",
        calling="9110000001",
        called="9110000002",
        operator="mts-ru",
        access_code="0880",
        calling_channel="PJSIP/9110000001-00000001",
        started_at_ms=1_000,
        price=price,
    )


def in_phase(phase: Phase) -> Call:
    """A call that has come as far as `phase` by the events that lead there."""
    call = offered()
    for event in (ASKED, GIVEN, STARTED, LEG_ENDED, ended()):
        if call.phase is phase:
            break
        call = advance(call, event, RULES).call
    return call


def ended(
    mono_ms: int = START_MS + 30_000,
    told: Disposition | None = Disposition.ANSWERED,
    cause: ReleaseCause = ReleaseCause.CALLED_PARTY,
) -> events.CallEnded:
    return events.CallEnded(mono_ms, at_ms=90_000, told=told, release_cause=cause)


def tick(mono_ms: int) -> events.StillTalking:
    return events.StillTalking(mono_ms)


class Desk:
    """Runs one call on an account with money for some units, and notes when what was done."""

    def __init__(self, price: Price, rules: CallRules, affordable: int) -> None:
        self.call = offered(price)
        self.price = price
        self.rules = rules
        self.affordable = affordable
        """Units that can still be reserved."""
        self.limit_works = True
        self.reserved_at: dict[int, int] = {}
        self.debited_at: dict[int, int] = {}
        self.warned_at: list[int] = []
        self.released_at: list[int] = []
        self.limits: list[MoveLimit] = []
        self.settlements: list[Settle] = []

    def apply(self, event: Event, now_ms: int) -> bool:
        """One event, and what its step asks for; False when the money refused it."""
        step = advance(self.call, event, self.rules)
        match step.charge:
            case Reserve():
                if self.affordable == 0:
                    return False
                self.affordable -= 1
                assert step.charge.unit not in self.reserved_at
                self.reserved_at[step.charge.unit] = now_ms
            case Debit():
                assert step.charge.unit not in self.debited_at
                self.debited_at[step.charge.unit] = now_ms
            case Settle():
                self.settlements.append(step.charge)
        self.call = step.call
        self._do(step, now_ms)
        return True

    def look(self, now_ms: int) -> None:
        """Everything that is due in a conversation, as the metering does it."""
        for _ in range(20):
            before = self.call
            if not self.apply(tick(now_ms), now_ms):
                self.apply(events.FundsRefused(now_ms), now_ms)
            if self.call == before:
                return
        raise AssertionError("a look that never ends")

    def wake_ms(self, now_ms: int) -> int:
        return next_wake_ms(self.call, now_ms, self.rules)

    def connect(self) -> None:
        """Consent and bridge."""
        self.apply(ASKED, START_MS)
        self.apply(GIVEN, START_MS)
        self.apply(STARTED, START_MS)

    def _do(self, step: Step, now_ms: int) -> None:
        for effect in step.effects:
            if isinstance(effect, WarnPayer):
                self.warned_at.append(now_ms)
            elif isinstance(effect, ReleaseCalledLeg):
                self.released_at.append(now_ms)
            elif self.limit_works:
                self.limits.append(effect)
                self.call = advance(self.call, events.LimitMoved(effect.units), self.rules).call


def with_price(**changes: int) -> Price:
    return replace(PRICE, **changes)  # type: ignore[arg-type]
