"""Runs calls: an event goes through the state machine, is stored, and has its effects."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from agi.calls.allowances import Allowances
from agi.catalogue import Catalogue
from agi.charging.calls import CallBook, Entry, Outcome
from agi.clock import Clock
from agi.domain import story
from agi.domain.call import Call, CallRules, Phase, Step, advance, next_wake_ms
from agi.domain.commands import Effect, MoveLimit, ReleaseCalledLeg, Reserve, Settle, WarnPayer
from agi.domain.events import Event, FundsRefused, LimitMoved, StillTalking
from agi.domain.story import Facts
from agi.telephony.switch import Switch, SwitchError

log = logging.getLogger(__name__)

CHECK_MS = 5_000
"""How often a call that is not being metered is looked for in Asterisk: soon enough that one that
nobody told of is settled within ten seconds."""
_MOST_TRIES = 50


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of an event: the call afterwards, and whether money refused it."""

    call: Call
    refused: bool = False


class CallRunner:
    """Applies events to calls. Any number of runners may work on the same calls."""

    def __init__(
        self,
        book: CallBook,
        switch: Switch,
        catalogue: Catalogue,
        clock: Clock,
        *,
        rules: CallRules,
        allowances: Allowances,
    ) -> None:
        self.book = book
        self.clock = clock
        self._switch = switch
        self._catalogue = catalogue
        self._rules = rules
        self._allowances = allowances

    async def apply(self, call_id: str, event: Event) -> Applied | None:
        """Apply `event`, and again where somebody else changed the call meanwhile.

        None where no such call is known.
        """
        quota_units = self._rules.quota_units
        for _ in range(_MOST_TRIES):
            entry = await self.book.load(call_id)
            if entry is None:
                return None
            rules = replace(self.rules_of(entry.call), quota_units=quota_units)
            step = await self._allowances.settled(advance(entry.call, event, rules))
            outcome = await self._commit(entry, step, event)
            if outcome is Outcome.OK:
                return Applied(await self._perform(step))
            if outcome is Outcome.REFUSED and quota_units == 1:
                return Applied(entry.call, refused=True)
            if outcome is Outcome.REFUSED:
                quota_units -= 1  # as many units as the account does cover
        raise RuntimeError(f"call {call_id} keeps changing under {event!r}")

    async def open(self, step: Step, facts: Facts) -> bool:
        """Store a call that is new, or refused at once; False where it is known already."""
        due_ms = self.clock.mono_ms() + CHECK_MS
        step = await self._allowances.settled(step)
        if isinstance(step.charge, Settle):
            facts = {**facts, **story.notice(step.charge)}
        outcome = await self.book.commit(None, step, self.clock.wall_ms(), due_ms, facts)
        return outcome is Outcome.OK

    async def meter(self, call: Call, event: StillTalking) -> None:
        """Apply `event` to a conversation until nothing more is due at its time."""
        while True:
            applied = await self.apply(call.call_id, event)
            if applied is None:
                return
            if applied.refused:
                applied = await self.apply(call.call_id, FundsRefused(event.mono_ms))
            if applied is None or applied.call == call:
                return
            call = applied.call

    def rules_of(self, call: Call) -> CallRules:
        """What a call is run by; an operator that is gone from the files sends nothing."""
        notices = self._catalogue.notices.get(call.operator)
        return replace(self._rules, notice=notices.call_me if notices else None)

    async def _commit(self, entry: Entry, step: Step, event: Event) -> Outcome:
        if step.call == entry.call and step.charge is None and not step.noted:
            return Outcome.OK
        now_ms = self.clock.mono_ms()
        due_ms = now_ms + CHECK_MS
        if step.call.phase is Phase.TALKING:
            due_ms = next_wake_ms(step.call, now_ms, self.rules_of(step.call))
        facts = story.facts(event, step)
        outcome = await self.book.commit(entry, step, self.clock.wall_ms(), due_ms, facts)
        if outcome is Outcome.REFUSED and isinstance(step.charge, Reserve):
            log.info("call %s: no money for unit %d", entry.call.call_id, step.charge.unit)
        return outcome

    async def _perform(self, step: Step) -> Call:
        """Do the effects; returns the call after them."""
        call = step.call
        for effect in step.effects:
            try:
                call = await self._perform_one(call, effect)
            except SwitchError as error:
                # A limit is moved again at the next look; the leg's own limit ends the rest.
                log.warning("call %s: %s: %s", step.call.call_id, type(effect).__name__, error)
        return call

    async def _perform_one(self, call: Call, effect: Effect) -> Call:
        if call.called_channel is None or call.payer_channel is None:
            return call
        match effect:
            case MoveLimit(units, mono_ms):
                left_ms = mono_ms - self.clock.mono_ms()
                await self._switch.move_limit(call.called_channel, left_ms)
                moved = await self.apply(call.call_id, LimitMoved(units))
                return moved.call if moved else call
            case WarnPayer():
                await self._switch.warn(call.payer_channel)
            case ReleaseCalledLeg():
                await self._switch.hang_up(call.called_channel, call.call_id)
        return call
