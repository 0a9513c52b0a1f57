"""The state machine of a call. Every transition is in this file.

    offered -> asking -> granted -> talking -> talked -> settled
       \\_________\\_________\\__________\\___________________^

A refused offer is settled at once. `advance` takes a call and an event and says what the call is
afterwards, the one charge that must be stored together with that, and what to do after it was
stored. An event that comes late, twice, or out of order leaves the call as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from agi.domain import events
from agi.domain.cdr import Cdr
from agi.domain.commands import (
    Charge,
    Debit,
    Effect,
    MoveLimit,
    ReleaseCalledLeg,
    Reserve,
    Settle,
    WarnPayer,
)
from agi.domain.dispositions import Disposition
from agi.domain.events import Event, ReleaseCause
from agi.domain.messages import Message
from agi.domain.notices import FAILED_CALL, FailedCallNotice
from agi.domain.tariff import Price
from agi.domain.terms import Terms

OVERRUN_MS = 250
"""How long after the paid time the service itself ends a leg that Asterisk's limit did not end."""
CUT_OFF_MS = 1_000
"""The latest that a leg is gone after its limit."""
LEAST_TALK_MS = 50
"""For how long two legs must have been in one bridge to have had a conversation [ours]. A caller
who gives up just as the key arrives is in the bridge for a millisecond and hears 487: nobody could
say a word in that time, so it is neither charged nor called answered."""


_NEVER_RANG = (Disposition.UNREACHABLE, Disposition.UNAVAILABLE)
"""What the caller was told of a call that nobody picked up, and no phone rang: in doubt, where the
service itself failed, the request does not count."""


class Phase(StrEnum):
    OFFERED = "offered"
    ASKING = "asking"
    GRANTED = "granted"
    TALKING = "talking"
    TALKED = "talked"
    """The conversation is over; the caller may still be hearing why."""
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt. `owner` is the payer's number: the one called, or the caller's where that is
    none or the call is an ordinary one."""

    call_id: str
    owner: str
    calling: str
    called: str | None
    operator: str
    access_code: str | None
    calling_channel: str
    started_at_ms: int
    terms: Terms = Terms.ASKED
    price: Price | None = None
    phase: Phase = Phase.OFFERED
    called_channel: str | None = None
    consent_at_ms: int | None = None
    consent_mono_ms: int | None = None
    consent_digits: str | None = None
    reserved_units: int = 0
    """Units reserved since the beginning; those debited are among them."""
    debited_units: int = 0
    limit_units: int = 0
    """Units that the limit on the called party's leg allows for."""
    talk_started_mono_ms: int | None = None
    talk_started_at_ms: int | None = None
    talk_ended_mono_ms: int | None = None
    funds_refused_mono_ms: int | None = None
    """When the reservation of the next unit was last refused."""
    warned: bool = False

    @property
    def payer_channel(self) -> str | None:
        """The payer's leg."""
        return self.calling_channel if self.terms is Terms.ORDINARY else self.called_channel


@dataclass(frozen=True, slots=True)
class CallRules:
    """What one call is run by, besides its price."""

    renew_lead_ms: int
    warn_lead_ms: int
    quota_units: int = 1
    """How many units are reserved at a time. More of them carry a conversation through a longer
    outage of the service, and keep more of the payer's money from other calls."""
    retry_ms: int = 1_000
    """How soon a refused reservation is tried again: a credit in mid-call lengthens the call."""
    notice: FailedCallNotice | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The outcome of one event: store `call` and `charge` together, then do the effects."""

    call: Call
    charge: Charge | None = None
    effects: tuple[Effect, ...] = ()
    noted: bool = False
    """Whether the call's story gains the event though the call is as it was."""


def advance(call: Call, event: Event, rules: CallRules) -> Step:
    """What `event` makes of `call`."""
    match call.phase, event:
        case Phase.OFFERED, events.ConsentAsked():
            return Step(replace(call, phase=Phase.ASKING, called_channel=event.called_channel))
        case Phase.ASKING, events.ConsentGiven():
            return _grant(call, event, rules)
        case Phase.ASKING, events.KeyPressed() | events.CallerBarred() | events.PromptEnded():
            return Step(call, noted=True)
        case Phase.ASKING, events.CallerHungUp():
            return Step(call, effects=(ReleaseCalledLeg(),), noted=True)
        case Phase.GRANTED, events.TalkStarted():
            return _start_talk(call, event)
        case Phase.TALKING, events.StillTalking():
            return _meter(call, event.mono_ms, rules)
        case Phase.TALKING, events.FundsRefused():
            return Step(replace(call, funds_refused_mono_ms=event.mono_ms))
        case Phase.TALKING, events.LimitMoved() if event.units > call.limit_units:
            return Step(replace(call, limit_units=event.units))
        case Phase.TALKING, events.TalkEnded():
            return Step(replace(call, phase=Phase.TALKED, talk_ended_mono_ms=event.mono_ms))
        case (
            Phase.OFFERED | Phase.ASKING | Phase.GRANTED | Phase.TALKING | Phase.TALKED,
            events.CallEnded(),
        ):
            return _end(call, event, rules)
        case _:
            return Step(call)


def refuse(call: Call, reason: Disposition, rules: CallRules, at_ms: int) -> Step:
    """The settlement of an offer that is refused at once."""
    return _settle(call, _Ending(reason, reason.value, at_ms, rang=False), rules)


def _grant(call: Call, event: events.ConsentGiven, rules: CallRules) -> Step:
    granted = replace(
        call,
        phase=Phase.GRANTED,
        consent_at_ms=event.at_ms,
        consent_mono_ms=event.mono_ms,
        consent_digits=event.digits,
        reserved_units=rules.quota_units,
        limit_units=rules.quota_units,
    )
    return Step(granted, Reserve(1, rules.quota_units))


def _start_talk(call: Call, event: events.TalkStarted) -> Step:
    talking = replace(
        call,
        phase=Phase.TALKING,
        talk_started_mono_ms=event.mono_ms,
        talk_started_at_ms=event.at_ms,
        debited_units=1,
    )
    return Step(talking, Debit(1))


def _meter(call: Call, now_ms: int, rules: CallRules) -> Step:
    """The next thing that is due in a conversation; called again until nothing is."""
    if _renewal_due(call, rules) <= now_ms < _ends(call, call.reserved_units):
        reserved = call.reserved_units + rules.quota_units
        renewed = replace(call, reserved_units=reserved, funds_refused_mono_ms=None, warned=False)
        return Step(renewed, Reserve(call.reserved_units + 1, rules.quota_units))
    if call.limit_units < call.reserved_units:
        units = call.reserved_units
        return Step(call, effects=(MoveLimit(units, _ends(call, units)),))
    # Not before the limit was moved: a leg that is being cut off has started no further unit.
    if call.debited_units < call.limit_units and now_ms >= _ends(call, call.debited_units):
        unit = call.debited_units + 1
        return Step(replace(call, debited_units=unit), Debit(unit))
    warning_due = _warning_due(call, rules)
    if warning_due is not None and now_ms >= warning_due:
        return Step(replace(call, warned=True), effects=(WarnPayer(),))
    if now_ms >= _ends(call, call.reserved_units) + OVERRUN_MS:
        return Step(call, effects=(ReleaseCalledLeg(),))
    return Step(call)


def next_wake_ms(call: Call, now_ms: int, rules: CallRules) -> int:
    """When, on the monotonic clock, a talking call has to be looked at again."""
    due = [_renewal_due(call, rules), _ends(call, call.reserved_units) + OVERRUN_MS]
    if call.debited_units < call.reserved_units:
        due.append(_ends(call, call.debited_units))
    if call.limit_units < call.reserved_units:
        due.append(now_ms + rules.retry_ms // 4)
    warning_due = _warning_due(call, rules)
    if warning_due is not None:
        due.append(warning_due)
    return min((time for time in due if time > now_ms), default=now_ms + 1_000)


def paid_until_ms(call: Call) -> int:
    """When, on the monotonic clock, what is reserved for a conversation has been talked."""
    return _ends(call, call.reserved_units)


def _ends(call: Call, units: int) -> int:
    """When unit number `units` of the conversation ends, and so the next one starts."""
    price, started = _talking(call)
    return started + units * price.unit_ms


def _renewal_due(call: Call, rules: CallRules) -> int:
    """When the next unit is to be reserved: never before the last reserved one has started."""
    price, _ = _talking(call)
    lead = min(rules.renew_lead_ms, price.unit_ms // 2)
    due = _ends(call, call.reserved_units) - lead
    if call.funds_refused_mono_ms is not None:
        due = max(due, call.funds_refused_mono_ms + min(rules.retry_ms, lead // 4))
    return due


def _warning_due(call: Call, rules: CallRules) -> int | None:
    """When the payer is to be warned; None while the money is not known to run out."""
    if call.warned or call.funds_refused_mono_ms is None:
        return None
    price, _ = _talking(call)
    return _ends(call, call.reserved_units) - min(rules.warn_lead_ms, price.unit_ms // 3)


def _talking(call: Call) -> tuple[Price, int]:
    if call.price is None or call.talk_started_mono_ms is None:
        raise ValueError(f"call {call.call_id} is metered before its conversation started")
    return call.price, call.talk_started_mono_ms


@dataclass(frozen=True, slots=True)
class _Ending:
    """How a call ended. Without a bridge there is no `talk_ms`, and nothing is debited."""

    disposition: Disposition
    release_cause: str
    at_ms: int
    talk_ms: int | None = None
    rang: bool = True


def _end(call: Call, event: events.CallEnded, rules: CallRules) -> Step:
    if call.talk_started_mono_ms is not None:
        ended_ms = event.mono_ms if call.talk_ended_mono_ms is None else call.talk_ended_mono_ms
        talk_ms = max(0, ended_ms - call.talk_started_mono_ms)
        cause = event.release_cause.value
        ending = _Ending(Disposition.ANSWERED, cause, event.at_ms, talk_ms)
    elif event.told in (None, Disposition.ANSWERED):
        # Nobody was told anything, or the legs were to be bridged and one was already gone.
        ending = _Ending(Disposition.ABANDONED, ReleaseCause.CALLING_PARTY.value, event.at_ms)
    else:
        rang = call.phase is not Phase.OFFERED or event.told not in _NEVER_RANG
        ending = _Ending(event.told, event.told.value, event.at_ms, rang=rang)
    return _settle(call, ending, rules)


def _settle(call: Call, ending: _Ending, rules: CallRules) -> Step:
    units = 0
    if call.price is not None and ending.talk_ms is not None:
        started = call.price.units_started(ending.talk_ms)
        units = max(min(started, _allowed_units(call, ending.talk_ms)), call.debited_units)
    charge = Settle(
        final_units=units - call.debited_units,
        released_units=call.reserved_units - units,
        cdr=_cdr(call, ending, units),
        notice=_notice(call, ending, rules.notice),
        rang=ending.rang,
    )
    settled = replace(call, phase=Phase.SETTLED, debited_units=units)
    leg_may_live = call.phase in (Phase.ASKING, Phase.GRANTED)
    return Step(settled, charge, (ReleaseCalledLeg(),) if leg_may_live else ())


def _allowed_units(call: Call, talk_ms: int) -> int:
    """How many units the conversation can have had; what was not reserved is never charged.

    A leg that is cut off at its limit ends a moment late, and a moment starts no unit. Further on,
    the limit must have been moved, though whoever moved it did not live to store that.
    """
    if call.price is None or talk_ms > call.limit_units * call.price.unit_ms + CUT_OFF_MS:
        return call.reserved_units
    return min(call.reserved_units, call.limit_units)


def _cdr(call: Call, ending: _Ending, units: int) -> Cdr:
    price = call.price
    return Cdr(
        call_id=call.call_id,
        calling=call.calling,
        called=call.called,
        operator=call.operator,
        access_code=call.access_code,
        disposition=ending.disposition,
        consent=call.consent_at_ms is not None,
        consent_at_ms=call.consent_at_ms,
        consent_digits=call.consent_digits,
        started_at_ms=call.started_at_ms,
        answered_at_ms=call.talk_started_at_ms,
        ended_at_ms=ending.at_ms,
        talk_ms=ending.talk_ms or 0,
        minutes=units,
        price_minor_per_minute=price.unit_price_minor if price else 0,
        charged_minor=units * price.unit_price_minor if price else 0,
        currency=price.currency if price else None,
        tariff_version=price.tariff_version if price else None,
        release_cause=ending.release_cause,
        terms=call.terms,
    )


def _notice(call: Call, ending: _Ending, rule: FailedCallNotice | None) -> Message | None:
    if rule is None or ending.disposition not in rule.on or call.called is None:
        return None
    if call.terms is Terms.ORDINARY:
        return None
    return Message(
        id=f"{call.call_id}-call-me",
        sender=call.calling,
        recipient=call.called,
        kind=FAILED_CALL,
        text=rule.text.format(calling=call.calling),
        created_at_ms=ending.at_ms,
    )
