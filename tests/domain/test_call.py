"""The transitions of a call, as tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agi.domain import events
from agi.domain.call import OVERRUN_MS, Phase, Step, advance, next_wake_ms, refuse
from agi.domain.commands import Debit, MoveLimit, ReleaseCalledLeg, Reserve, Settle, WarnPayer
from agi.domain.dispositions import Disposition
from agi.domain.events import Event, ReleaseCause
from agi.domain.terms import Terms
from tests.domain.calls import (
    ASKED,
    GIVEN,
    LEG_ENDED,
    LIVE,
    RULES,
    START_MS,
    STARTED,
    UNIT_MS,
    ended,
    in_phase,
    offered,
    tick,
)

EVENTS: tuple[Event, ...] = (
    ASKED,
    GIVEN,
    events.CallerHungUp(),
    events.KeyPressed("2"),
    events.CallerBarred(list_full=False),
    events.PromptEnded(Disposition.DECLINED, "0"),
    STARTED,
    tick(START_MS + 50_000),
    events.FundsRefused(START_MS + 45_000),
    events.LimitMoved(2),
    LEG_ENDED,
    ended(),
)
MOVES: dict[tuple[Phase, type[Event]], Phase] = {
    (Phase.OFFERED, events.ConsentAsked): Phase.ASKING,
    (Phase.ASKING, events.ConsentGiven): Phase.GRANTED,
    (Phase.GRANTED, events.TalkStarted): Phase.TALKING,
    (Phase.TALKING, events.TalkEnded): Phase.TALKED,
    **{(phase, events.CallEnded): Phase.SETTLED for phase in LIVE},
}
WITHIN_PROMPT = (
    events.CallerHungUp,
    events.KeyPressed,
    events.CallerBarred,
    events.PromptEnded,
)
WITHIN_TALK = (events.StillTalking, events.FundsRefused, events.LimitMoved)


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_is_reached(phase: Phase) -> None:
    assert in_phase(phase).phase is phase


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_moves_its_own_phase_and_no_other(phase: Phase, event: Event) -> None:
    call = in_phase(phase)
    step = advance(call, event, RULES)
    assert step.call.phase is MOVES.get((phase, type(event)), phase)
    acts = {Phase.TALKING: WITHIN_TALK, Phase.ASKING: WITHIN_PROMPT}.get(phase, ())
    if (phase, type(event)) not in MOVES and not isinstance(event, acts):
        assert step == Step(call)


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_that_comes_twice_has_effect_once(phase: Phase, event: Event) -> None:
    if isinstance(event, (events.StillTalking, *WITHIN_PROMPT)):
        return  # they ask for what is still to be done, or only tell of what was heard
    once = advance(in_phase(phase), event, RULES).call
    assert advance(once, event, RULES) == Step(once)


@pytest.mark.parametrize("quota", [1, 3])
def test_what_is_reserved_at_a_time_is_a_setting(quota: int) -> None:
    rules = replace(RULES, quota_units=quota)
    granted = advance(in_phase(Phase.ASKING), events.ConsentGiven(5_000, "1", 900), rules)
    assert granted.charge == Reserve(1, quota)
    assert (granted.call.reserved_units, granted.call.limit_units) == (quota, quota)
    talking = replace(in_phase(Phase.TALKING), reserved_units=quota, limit_units=quota)
    last_ms = START_MS + quota * 60_000 - rules.renew_lead_ms
    early = advance(replace(talking, debited_units=quota), tick(last_ms - 1), rules)
    assert early.charge is None
    due = advance(replace(talking, debited_units=quota), tick(last_ms), rules)
    assert due.charge == Reserve(quota + 1, quota)
    assert due.call.reserved_units == 2 * quota


def test_consent_reserves_one_unit_and_is_kept() -> None:
    step = advance(in_phase(Phase.ASKING), GIVEN, RULES)
    assert step.charge == Reserve(1)
    assert (step.call.reserved_units, step.call.debited_units, step.call.limit_units) == (1, 0, 1)
    assert (step.call.consent_at_ms, step.call.consent_digits) == (5_000, "1")


def test_nobody_is_asked_any_more_when_the_caller_has_hung_up() -> None:
    call = in_phase(Phase.ASKING)
    hung_up = Step(call, effects=(ReleaseCalledLeg(),), noted=True)
    assert advance(call, events.CallerHungUp(), RULES) == hung_up


@pytest.mark.parametrize(
    "event",
    [
        events.KeyPressed("2"),
        events.CallerBarred(list_full=True),
        events.PromptEnded(Disposition.DECLINED, "0"),
    ],
)
def test_what_is_pressed_in_the_prompt_is_noted_and_moves_nothing(event: Event) -> None:
    call = in_phase(Phase.ASKING)
    assert advance(call, event, RULES) == Step(call, noted=True)


def test_the_conversation_debits_its_first_unit() -> None:
    step = advance(in_phase(Phase.GRANTED), STARTED, RULES)
    assert step.charge == Debit(1)
    assert step.call.talk_started_mono_ms == START_MS


@pytest.mark.parametrize(
    ("at_ms", "state", "expected"),
    [
        (44_999, {}, Step),
        (45_000, {}, Reserve(2)),
        (59_999, {}, Reserve(2)),
        (60_000, {}, Step),  # too late: the unit would be nobody's
        (45_999, {"funds_refused_mono_ms": START_MS + 45_000}, Step),
        (46_000, {"funds_refused_mono_ms": START_MS + 45_000}, Reserve(2)),
        (
            50_000,
            {"funds_refused_mono_ms": START_MS + 49_900},
            WarnPayer(),
        ),
        (55_500, {"funds_refused_mono_ms": START_MS + 55_000, "warned": True}, Step),
        (45_000, {"reserved_units": 2}, MoveLimit(2, START_MS + 2 * UNIT_MS)),
        (45_000, {"reserved_units": 2, "limit_units": 2}, Step),
        (59_999, {"reserved_units": 2, "limit_units": 2}, Step),
        (60_000, {"reserved_units": 2, "limit_units": 2}, Debit(2)),
        (60_000, {"reserved_units": 2}, MoveLimit(2, START_MS + 2 * UNIT_MS)),
        (60_000 + OVERRUN_MS - 1, {"warned": True}, Step),
        (60_000 + OVERRUN_MS, {"warned": True}, ReleaseCalledLeg()),
    ],
)
def test_a_look_does_the_next_thing_that_is_due(
    at_ms: int, state: dict[str, Any], expected: object
) -> None:
    call = replace(in_phase(Phase.TALKING), **state)
    step = advance(call, tick(START_MS + at_ms), RULES)
    done = (step.charge, *step.effects)
    assert done == ((None,) if expected is Step else done)
    assert expected is Step or expected in done


def test_who_has_not_been_refused_is_not_warned() -> None:
    """A renewal that comes after the warning would be due makes a warning a false alarm."""
    rules = replace(RULES, renew_lead_ms=5_000)
    call = in_phase(Phase.TALKING)
    assert advance(call, tick(START_MS + 52_000), rules) == Step(call)
    assert next_wake_ms(call, START_MS + 50_000, rules) == START_MS + 55_000


@pytest.mark.parametrize(
    ("phase", "told", "disposition", "cause"),
    [
        (Phase.OFFERED, Disposition.BUSY, Disposition.BUSY, "busy"),
        (Phase.OFFERED, None, Disposition.ABANDONED, "calling_party"),
        (Phase.ASKING, Disposition.DECLINED, Disposition.DECLINED, "declined"),
        (Phase.ASKING, None, Disposition.ABANDONED, "calling_party"),
        (Phase.GRANTED, Disposition.ANSWERED, Disposition.ABANDONED, "calling_party"),
        (Phase.GRANTED, Disposition.UNAVAILABLE, Disposition.UNAVAILABLE, "unavailable"),
        (Phase.TALKING, None, Disposition.ANSWERED, "called_party"),
        (Phase.TALKED, Disposition.ANSWERED, Disposition.ANSWERED, "called_party"),
    ],
)
def test_the_end_is_written_as_what_it_was(
    phase: Phase, told: Disposition | None, disposition: Disposition, cause: str
) -> None:
    step = advance(in_phase(phase), ended(told=told), RULES)
    assert isinstance(step.charge, Settle)
    cdr = step.charge.cdr
    assert (cdr.disposition, cdr.release_cause) == (disposition, cause)
    assert cdr.consent == (phase in (Phase.GRANTED, Phase.TALKING, Phase.TALKED))
    talked = disposition is Disposition.ANSWERED
    assert (cdr.minutes, cdr.charged_minor, cdr.talk_ms) == (
        (1, 300, 30_000) if talked else (0, 0, 0)
    )
    assert (step.charge.notice is not None) == (disposition is Disposition.BUSY)
    assert (ReleaseCalledLeg() in step.effects) == (phase in (Phase.ASKING, Phase.GRANTED))


@pytest.mark.parametrize(
    ("talk_ms", "units", "final", "released"),
    [
        (0, (1, 1, 1), 0, 0),
        (30_000, (1, 2, 2), 0, 1),
        (60_000, (1, 2, 2), 0, 1),  # the second unit starts after the last millisecond of the first
        (60_001, (1, 2, 2), 1, 0),
        (60_001, (1, 1, 1), 0, 0),  # what was not allowed for is not charged
        (60_200, (1, 1, 2), 0, 1),  # cut off a moment late at a limit that was never moved
        (61_001, (1, 1, 2), 1, 0),  # the limit was moved by somebody who did not live to say so
        (59_999, (2, 2, 2), 0, 0),  # debited by a clock a moment ahead: it stands
        (150_000, (1, 3, 3), 2, 0),
        (-5, (1, 1, 1), 0, 0),
    ],
)
def test_the_settlement_charges_each_started_unit_that_was_allowed(
    talk_ms: int, units: tuple[int, int, int], final: int, released: int
) -> None:
    debited, limit, reserved = units
    call = replace(
        in_phase(Phase.TALKING),
        debited_units=debited,
        limit_units=limit,
        reserved_units=reserved,
    )
    talked = advance(call, events.TalkEnded(START_MS + talk_ms), RULES).call
    charge = advance(talked, ended(START_MS + 999_999), RULES).charge
    assert isinstance(charge, Settle)
    assert (charge.final_units, charge.released_units) == (final, released)
    assert charge.cdr.minutes == debited + final
    assert charge.cdr.charged_minor == 300 * charge.cdr.minutes


def test_a_consent_without_a_bridge_costs_nothing() -> None:
    charge = advance(in_phase(Phase.GRANTED), ended(told=None), RULES).charge
    assert isinstance(charge, Settle)
    assert (charge.final_units, charge.released_units) == (0, 1)
    assert charge.cdr.consent
    assert charge.cdr.charged_minor == 0


@pytest.mark.parametrize("cause", ReleaseCause)
def test_a_conversation_keeps_who_ended_it(cause: ReleaseCause) -> None:
    charge = advance(in_phase(Phase.TALKED), ended(cause=cause), RULES).charge
    assert isinstance(charge, Settle)
    assert charge.cdr.release_cause == cause.value


def test_a_refused_offer_is_settled_at_once() -> None:
    step = refuse(offered(), Disposition.BUSY, RULES, at_ms=2_000)
    assert step.call.phase is Phase.SETTLED
    assert isinstance(step.charge, Settle)
    assert (step.charge.final_units, step.charge.released_units) == (0, 0)
    assert step.charge.cdr.disposition is Disposition.BUSY
    assert step.charge.notice is not None
    assert step.charge.notice.text == "call 9110000001"
    assert step.charge.notice.id == "cc-1700000000.1-call-me"


def test_a_number_that_is_none_gets_no_notice() -> None:
    call = replace(offered(), called=None)
    charge = refuse(call, Disposition.BUSY, RULES, at_ms=2_000).charge
    assert isinstance(charge, Settle)
    assert charge.notice is None


def test_an_ordinary_call_that_fails_leaves_no_notice() -> None:
    call = replace(offered(), terms=Terms.ORDINARY)
    charge = advance(call, ended(told=Disposition.BUSY), RULES).charge
    assert isinstance(charge, Settle)
    assert (charge.notice, charge.cdr.terms) == (None, Terms.ORDINARY)


@pytest.mark.parametrize(
    ("phase", "told", "rang"),
    [
        (Phase.OFFERED, Disposition.UNREACHABLE, False),
        (Phase.OFFERED, Disposition.UNAVAILABLE, False),
        (Phase.OFFERED, Disposition.BUSY, True),
        (Phase.OFFERED, None, True),
        (Phase.ASKING, Disposition.UNAVAILABLE, True),
        (Phase.GRANTED, Disposition.UNAVAILABLE, True),
        (Phase.TALKING, Disposition.ANSWERED, True),
    ],
)
def test_whether_a_phone_was_rung(phase: Phase, told: Disposition | None, rang: bool) -> None:
    charge = advance(in_phase(phase), ended(told=told), RULES).charge
    assert isinstance(charge, Settle)
    assert charge.rang == rang


def test_a_refused_offer_rang_nowhere() -> None:
    charge = refuse(offered(), Disposition.NO_FUNDS, RULES, at_ms=2_000).charge
    assert isinstance(charge, Settle)
    assert not charge.rang


@pytest.mark.parametrize(
    ("terms", "number"),
    [
        (Terms.ASKED, "9110000002"),
        (Terms.WHITE_LISTED, "9110000002"),
        (Terms.ORDINARY, "9110000001"),
    ],
)
def test_whose_money_it_is(terms: Terms, number: str) -> None:
    call = replace(in_phase(Phase.TALKING), terms=terms)
    assert call.payer_channel is not None
    assert number in call.payer_channel
    charge = advance(call, ended(), RULES).charge
    assert isinstance(charge, Settle)
    assert charge.cdr.payer == number


def test_metering_before_the_conversation_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"cc-1700000000\.1"):
        next_wake_ms(in_phase(Phase.GRANTED), 0, RULES)
