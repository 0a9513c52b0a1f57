"""What Asterisk reports of calls, told to the state machine: live events, and its record on disk.

Every way of hearing the same thing ends in the same events, which have effect once.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agi.calls.offers import Offers
from agi.calls.runner import CallRunner
from agi.calls.weighing import Asked
from agi.domain.call import LEAST_TALK_MS, Call, Phase
from agi.domain.dispositions import Disposition
from agi.domain.events import CallEnded, CallerHungUp, ReleaseCause, TalkEnded, TalkStarted
from agi.subscribers.profiles import UnknownCallerError
from agi.telephony import cel
from agi.telephony.end_report import EndReport
from agi.telephony.switch import Switch, SwitchError

log = logging.getLogger(__name__)

_RECORD_WAIT_MS = 1_000
"""How long Asterisk's record on disk may lag behind its events."""
_RECORD_STEP_S = 0.05
_UNASKED = (Phase.OFFERED, Phase.ASKING)
"""Nobody has agreed yet."""
_MOST_EVENT_LAG_MS = 5_000
"""An event that seems to be older came from a clock that was stepped."""
_EVENT_LATENCY_MS = 100
"""How long an event may have been on its way: in doubt no unit is charged for that time."""
_BRIDGED_WITHIN_MS = 500
"""How soon after its consent a conversation begins, where the clocks don't tell."""
_ROUNDED_MS = 2
"""What rounding may make an end later than it was heard of."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """Turns reports into events of calls."""

    runner: CallRunner
    offers: Offers
    switch: Switch
    record: Path
    """Asterisk's record of channel events."""

    async def bridged(self, call_id: str, at_ms: int | None = None) -> None:
        """Somebody says that the legs of a call are in a bridge since `at_ms` (Asterisk's clock),
        or now, as nothing tells since when.

        Money follows from this, so Asterisk is asked again, when the bridge is old enough to be a
        conversation by a clock that never steps. Where it can't be asked, the next look at the call
        asks, or its record tells.
        """
        entry = await self.runner.book.load(call_id)
        if entry is None or entry.call.phase not in (*_UNASKED, Phase.GRANTED):
            return
        call = entry.call
        with suppress(SwitchError):
            if call.phase in _UNASKED:
                await self._part(call)
            elif call.called_channel:
                await asyncio.sleep(LEAST_TALK_MS / 1000)
                if await self.switch.in_bridge(call.called_channel, call_id):
                    now_ms = await self.switch.wall_ms()
                    await self._start_talk(call, now_ms if at_ms is None else at_ms, now_ms)

    async def _part(self, call: Call) -> None:
        """A dialplan that lost the consent subroutine while the phone rang lets Dial bridge."""
        if await self.switch.in_bridge(call.calling_channel, call.call_id):
            log.error("call %s is bridged without a consent, and is parted", call.call_id)
            await self.switch.hang_up(call.calling_channel, call.call_id)

    async def caller_hung_up(self, call_id: str) -> None:
        """The caller no longer waits: the called party need not be asked any further."""
        await self.runner.apply(call_id, CallerHungUp())

    async def called_leg_ended(self, call_id: str, at_ms: int) -> None:
        """The called party's leg is gone since `at_ms`."""
        heard_ms = self.runner.clock.mono_ms()  # before anything takes its time
        entry = await self.runner.book.load(call_id)
        if entry is None:
            return
        if entry.call.phase is Phase.GRANTED:
            await self.read_talk(entry.call)
            entry = await self.runner.book.load(call_id) or entry
        ended_ms = self._ended(entry.call, at_ms)
        if ended_ms > heard_ms + _ROUNDED_MS:
            # Asterisk's clock was set forward in mid-call: what is left is when it was heard of.
            ended_ms = heard_ms - _EVENT_LATENCY_MS
        await self.runner.apply(call_id, TalkEnded(ended_ms))

    async def call_ended(self, call_id: str, at_ms: int, report: EndReport) -> None:
        """The caller's leg is gone since `at_ms`: settle, whatever is known of the call."""
        entry = await self.runner.book.load(call_id)
        if entry is None:
            await self._leave_cdr(call_id, at_ms, report)
            return
        if entry.call.phase in (Phase.GRANTED, Phase.TALKING):
            # The called party's end was not heard of, and the caller has been told why since.
            await self.read_talk(entry.call)
        await self._settle(call_id, self._mono(at_ms), at_ms, report)

    async def ended_unheard(self, call_id: str, at_ms: int, report: EndReport) -> None:
        """A call is over by Asterisk's record, and nobody may have heard of it."""
        entry = await self.runner.book.load(call_id)
        if entry is None:
            await self._leave_cdr(call_id, at_ms, report)
            return
        if entry.call.phase is Phase.SETTLED:
            return
        found = await self.find(call_id)
        if found is None:
            return
        await self.note_talk(entry.call, found)
        await self._settle(call_id, self.runner.clock.mono_ms(), at_ms, report)

    async def note_talk(self, call: Call, found: cel.DarkCall) -> None:
        """Both ends of a conversation by one clock, Asterisk's: its length is exact."""
        from_ms, to_ms = found.bridged_at_ms, found.bridge_left_at_ms
        if from_ms is None:
            return
        if call.phase is Phase.GRANTED:
            if found.talk_ms is not None and found.talk_ms < LEAST_TALK_MS:
                return
            await self._start_talk(call, from_ms, await self._asterisk_ms())
        entry = await self.runner.book.load(call.call_id)
        started_ms = entry.call.talk_started_mono_ms if entry else None
        if started_ms is not None and to_ms is not None:
            ended_ms = min(started_ms + to_ms - from_ms, self.runner.clock.mono_ms())
            await self.runner.apply(call.call_id, TalkEnded(ended_ms))

    async def _settle(self, call_id: str, mono_ms: int, at_ms: int, report: EndReport) -> None:
        ended = CallEnded(mono_ms, at_ms, _told(report), _release_cause(report))
        await self.runner.apply(call_id, ended)

    async def _leave_cdr(self, call_id: str, at_ms: int, report: EndReport) -> None:
        """The CDR of an attempt that the service never heard of while it lasted.

        Only its end is known; it did not last long before.
        """
        asked = Asked(call_id, report.calling, report.code, report.to, at_ms=at_ms)
        with suppress(UnknownCallerError):
            await self.offers.settle_unoffered(asked, _told(report) or Disposition.ABANDONED)

    async def _asterisk_ms(self) -> int:
        """What Asterisk's clock says; ours, where it can't be asked."""
        try:
            return await self.switch.wall_ms()
        except SwitchError:
            return self.runner.clock.wall_ms()

    async def _start_talk(self, call: Call, at_ms: int, now_ms: int) -> None:
        """The conversation of `call` is known to have begun at `at_ms`, and it is `now_ms`, both by
        Asterisk's clock: so no step of ours matters.

        It began after its consent, on a clock that never steps, and soon after. Where Asterisk's
        clock contradicts that, it was stepped: a start that is told too early would debit units
        early, so then it is not believed.
        """
        clock = self.runner.clock
        since_consent_ms = clock.mono_ms() - (call.consent_mono_ms or 0)
        lag_ms = now_ms - at_ms
        if not 0 <= lag_ms <= since_consent_ms:
            lag_ms = max(0, since_consent_ms - _BRIDGED_WITHIN_MS)
        await self.runner.apply(call.call_id, TalkStarted(clock.next_mono_ms() - lag_ms, at_ms))

    async def read_talk(self, call: Call) -> None:
        """Look up from when to when the legs were bridged, once the call's record is complete."""
        found = await self.find(call.call_id)
        deadline_ms = self.runner.clock.mono_ms() + _RECORD_WAIT_MS
        while (found is None or found.report is None) and self.runner.clock.mono_ms() < deadline_ms:
            await asyncio.sleep(_RECORD_STEP_S)
            found = await self.find(call.call_id)
        if found is not None:
            await self.note_talk(call, found)

    async def find(self, call_id: str) -> cel.DarkCall | None:
        """What Asterisk's record holds of a call."""
        return await asyncio.to_thread(cel.find_call, self.record, call_id)

    async def ends_since(self, position: int) -> tuple[list[cel.EndOfCall], int]:
        """The ends of calls that came into the record after `position`, and the position now."""
        return await asyncio.to_thread(cel.ends_since, self.record, position)

    def _ended(self, call: Call, at_ms: int) -> int:
        """When a conversation was over, by both of its ends on Asterisk's clock where it told both.

        So the talk has its true length also while that clock and ours disagree.
        """
        if call.talk_started_mono_ms is None or call.talk_started_at_ms is None:
            return self._mono(at_ms)
        return call.talk_started_mono_ms + max(0, at_ms - call.talk_started_at_ms)

    def _mono(self, at_ms: int) -> int:
        """A moment of Asterisk's clock on ours: as long ago as it says, within reason."""
        lag_ms = self.runner.clock.wall_ms() - at_ms
        return self.runner.clock.mono_ms() - min(max(lag_ms, 0), _MOST_EVENT_LAG_MS)


def _told(report: EndReport) -> Disposition | None:
    try:
        return Disposition(report.result)
    except ValueError:
        return None


def _release_cause(report: EndReport) -> ReleaseCause:
    """Who ended the conversation; the dialplan names nobody when it was the caller."""
    try:
        return ReleaseCause(report.ended)
    except ValueError:
        return ReleaseCause.CALLING_PARTY
