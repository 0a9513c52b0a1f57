"""What holds for every call, whatever happens to it and in whichever order."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from agi.domain import events
from agi.domain.call import CUT_OFF_MS, OVERRUN_MS, CallRules, Phase
from agi.domain.dispositions import Disposition
from agi.domain.events import ReleaseCause
from agi.domain.terms import Terms
from tests.domain.calls import ASKED, GIVEN, LIVE, RULES, START_MS, UNIT_MS, Desk, with_price

TOLD = st.sampled_from([None, *Disposition])


class AnyCall(RuleBasedStateMachine):
    """One call to which anything happens: late, twice, out of order, with and without money."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(with_price(), RULES, affordable=2)
        self.now_ms = START_MS
        self.started = self.consented = False

    @initialize(terms=st.sampled_from(Terms))
    def terms_are_chosen(self, terms: Terms) -> None:
        self.desk.call = replace(self.desk.call, terms=terms)

    @rule(passed_ms=st.sampled_from([1, 900, 5_000, 15_000, 44_999, 45_000, 60_000, 61_000]))
    def time_passes(self, passed_ms: int) -> None:
        self.now_ms += passed_ms

    @rule()
    def consent_is_asked(self) -> None:
        self.desk.apply(ASKED, self.now_ms)

    @rule()
    def consent_is_given(self) -> None:
        self.desk.apply(GIVEN, self.now_ms)
        self.consented |= self.desk.call.phase is Phase.GRANTED

    @rule()
    def the_caller_hangs_up(self) -> None:
        self.desk.apply(events.CallerHungUp(), self.now_ms)

    @rule(lag_ms=st.integers(0, 3_000))
    def talk_starts(self, lag_ms: int) -> None:
        at_ms = self.now_ms - lag_ms
        self.desk.apply(events.TalkStarted(at_ms, at_ms), self.now_ms)
        self.started |= self.desk.call.phase is Phase.TALKING

    @rule()
    def a_look(self) -> None:
        self.desk.look(self.now_ms)

    @rule(lag_ms=st.integers(0, 3_000))
    def a_late_look(self, lag_ms: int) -> None:
        """By a worker that asked Asterisk a while ago."""
        self.desk.look(self.now_ms - lag_ms)

    @rule(units=st.integers(0, 4))
    def a_limit_is_confirmed_again(self, units: int) -> None:
        if units <= self.desk.call.reserved_units:
            self.desk.apply(events.LimitMoved(units), self.now_ms)

    @rule()
    def funds_are_refused(self) -> None:
        self.desk.apply(events.FundsRefused(self.now_ms), self.now_ms)

    @rule(units=st.integers(1, 3))
    def money_comes(self, units: int) -> None:
        self.desk.affordable += units

    @rule(works=st.booleans())
    def the_switch_changes(self, works: bool) -> None:
        self.desk.limit_works = works

    @rule(lag_ms=st.integers(-5, 70_000))
    def the_leg_ends(self, lag_ms: int) -> None:
        self.desk.apply(events.TalkEnded(self.now_ms - lag_ms), self.now_ms)

    @rule(lag_ms=st.integers(-5, 70_000), told=TOLD, cause=st.sampled_from(ReleaseCause))
    @precondition(lambda self: self.now_ms > START_MS + 30_000)
    def the_call_ends(self, lag_ms: int, told: Disposition | None, cause: ReleaseCause) -> None:
        before = self.desk.call
        event = events.CallEnded(self.now_ms - lag_ms, 0, told, cause)
        self.desk.apply(event, self.now_ms)
        assert self.desk.call.phase is Phase.SETTLED
        if before.phase in LIVE:
            self.check_settlement(before.debited_units, event.mono_ms)

    def check_settlement(self, debited_before: int, ended_ms: int) -> None:
        call, charge = self.desk.call, self.desk.settlements[0]
        minutes = 0
        if call.talk_started_mono_ms is not None:
            end_ms = ended_ms if call.talk_ended_mono_ms is None else call.talk_ended_mono_ms
            talk_ms = max(0, end_ms - call.talk_started_mono_ms)
            over_ms = talk_ms - call.limit_units * UNIT_MS
            allowed = call.limit_units if over_ms <= CUT_OFF_MS else call.reserved_units
            minutes = max(min(max(1, -(-talk_ms // UNIT_MS)), allowed), debited_before)
        assert charge.cdr.minutes == call.debited_units == minutes
        assert charge.cdr.charged_minor == minutes * 300
        assert charge.final_units == minutes - debited_before >= 0
        assert charge.released_units == call.reserved_units - minutes >= 0
        assert charge.cdr.consent == self.consented
        assert (charge.cdr.disposition is Disposition.ANSWERED) == self.started
        assert charge.cdr.terms is call.terms
        assert charge.notice is None or call.terms is not Terms.ORDINARY
        assert charge.rang or not self.consented

    @invariant()
    def money_is_sound(self) -> None:
        call = self.desk.call
        assert 0 <= call.debited_units <= call.reserved_units
        assert call.limit_units <= call.reserved_units
        assert bool(self.desk.debited_at) == self.started
        assert bool(self.desk.reserved_at) == self.consented
        assert self.consented or not self.started
        assert len(self.desk.settlements) == (call.phase is Phase.SETTLED)
        assert list(self.desk.reserved_at) == list(range(1, call.reserved_units + 1))
        if call.phase in (Phase.GRANTED, Phase.ASKING, Phase.OFFERED):
            assert call.reserved_units == call.limit_units == (call.phase is Phase.GRANTED)

    @invariant()
    def no_unit_is_reserved_or_debited_early(self) -> None:
        started_ms = self.desk.call.talk_started_mono_ms
        if started_ms is None:
            return
        for unit, at_ms in self.desk.reserved_at.items():
            assert unit == 1 or at_ms >= started_ms + (unit - 1) * UNIT_MS - RULES.renew_lead_ms
        for unit, at_ms in self.desk.debited_at.items():
            assert at_ms >= started_ms + (unit - 1) * UNIT_MS

    @invariant()
    def the_next_look_is_ahead(self) -> None:
        if self.desk.call.phase is Phase.TALKING:
            assert self.now_ms < self.desk.wake_ms(self.now_ms)


TestAnyCall = AnyCall.TestCase
TestAnyCall.settings = settings(
    max_examples=100, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)


@settings(max_examples=200, deadline=None)
@given(
    unit_ms=st.integers(200, 90_000),
    renew_lead_ms=st.integers(1, 120_000),
    warn_lead_ms=st.integers(0, 120_000),
    affordable=st.integers(1, 6),
    credit=st.none() | st.tuples(st.floats(0, 6), st.integers(1, 3)),
)
def test_a_call_that_is_looked_at_only_when_it_is_due(
    unit_ms: int,
    renew_lead_ms: int,
    warn_lead_ms: int,
    affordable: int,
    credit: tuple[float, int] | None,
) -> None:
    """Each unit in its time, the warning once, the end with the money, and no busy loop."""
    rules = CallRules(renew_lead_ms, warn_lead_ms)
    desk = Desk(with_price(unit_ms=unit_ms), rules, affordable)
    desk.connect()
    credit_ms = START_MS + round(credit[0] * unit_ms) if credit else None
    now_ms, looks = START_MS, 0
    while not desk.released_at:
        now_ms, looks = desk.wake_ms(now_ms), looks + 1
        if credit and credit_ms is not None and credit_ms <= now_ms:
            desk.affordable, credit_ms = desk.affordable + credit[1], None
        desk.look(now_ms)

    units = desk.call.reserved_units
    lead = min(renew_lead_ms, unit_ms // 2)
    ends_ms = START_MS + units * unit_ms
    assert desk.affordable == 0 or credit_ms is None
    assert units >= affordable
    assert desk.debited_at == {n: START_MS + (n - 1) * unit_ms for n in range(1, units + 1)}
    assert desk.released_at == [ends_ms + OVERRUN_MS]
    for unit, at_ms in desk.reserved_at.items():
        renewed = START_MS + (unit - 1) * unit_ms - lead
        assert unit == 1 or renewed <= at_ms < renewed + lead
        assert unit == 1 or at_ms == renewed or credit
    assert [move.mono_ms for move in desk.limits] == [
        START_MS + n * unit_ms for n in range(2, units + 1)
    ]
    assert 1 <= len(desk.warned_at) <= (2 if credit else 1)
    assert ends_ms - desk.warned_at[-1] <= min(warn_lead_ms, unit_ms // 3)
    retries = lead // max(1, min(rules.retry_ms, lead // 4)) + 1
    assert looks <= units * 4 + 2 * retries + 2


def test_a_limit_that_can_not_be_moved_is_tried_again_and_again() -> None:
    desk = Desk(with_price(), RULES, affordable=3)
    desk.connect()
    desk.limit_works = False
    desk.look(START_MS + 45_000)
    assert desk.wake_ms(START_MS + 45_000) == START_MS + 45_000 + RULES.retry_ms // 4
    desk.limit_works = True
    desk.look(START_MS + 45_250)
    assert desk.limits[-1].mono_ms == START_MS + 120_000
    assert desk.wake_ms(START_MS + 45_250) == START_MS + 60_000


def test_a_credit_after_the_warning_lengthens_the_call_and_arms_the_warning_again() -> None:
    desk = Desk(with_price(), RULES, affordable=1)
    desk.connect()
    for at_ms in (45_000, 50_000):
        desk.look(START_MS + at_ms)
    assert desk.warned_at == [START_MS + 50_000]
    desk.affordable = 1
    for at_ms in (51_000, 60_000, 105_000, 110_000):
        desk.look(START_MS + at_ms)
    assert desk.call.debited_units == 2
    assert desk.warned_at == [START_MS + 50_000, START_MS + 110_000]


def test_an_overrun_leg_is_released_again_until_it_is_gone() -> None:
    desk = Desk(with_price(), RULES, affordable=1)
    desk.connect()
    now_ms = START_MS + UNIT_MS + OVERRUN_MS
    for _ in range(3):
        desk.look(now_ms)
        now_ms = desk.wake_ms(now_ms)
    assert [at - START_MS - UNIT_MS for at in desk.released_at] == [250, 1_250, 2_250]
