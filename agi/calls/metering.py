"""Looks at each call when it is due: debits, renewals, and whether it is still there at all."""

from __future__ import annotations

import asyncio
import logging

from agi.calls.reports import Reporter
from agi.calls.runner import CHECK_MS, CallRunner
from agi.domain.call import LEAST_TALK_MS, Call, Phase, next_wake_ms, paid_until_ms
from agi.domain.dispositions import Disposition
from agi.domain.events import CallEnded, ReleaseCause, StillTalking, TalkEnded
from agi.store.redis import end_if_cancelled
from agi.telephony import cel
from agi.telephony.switch import Switch, SwitchError

log = logging.getLogger(__name__)

_TICK_S = 0.1
_LEASE_MS = CHECK_MS
"""How long a worker has for one look at a call before another one takes it over; and when the next
look is, where this one sets no time."""
_RETRY_MS = 500
_GRACE_MS = 2_000
"""How long the events of a channel that is gone may take to arrive."""
_FORGOTTEN_MS = 60_000


class Metering:
    """One worker of any number: what is due is claimed in Redis, so each look is one worker's."""

    def __init__(
        self,
        runner: CallRunner,
        reporter: Reporter,
        switch: Switch,
        validity_ms: int = 60_000,
    ) -> None:
        self._runner = runner
        self._reporter = reporter
        self._switch = switch
        self._validity_ms = validity_ms
        self._looks: set[asyncio.Task[None]] = set()
        self._missing: dict[str, int] = {}

    async def run(self) -> None:
        """Work until cancelled; Redis being away is waited out."""
        while True:
            end_if_cancelled()
            try:
                await self._claim()
            except Exception as error:
                log.warning("metering waits: %s: %s", type(error).__name__, error)
                await asyncio.sleep(_RETRY_MS / 1000)
            await asyncio.sleep(_TICK_S)

    async def sweep(self) -> None:
        """Look at every call now: something may have happened to it that nobody heard of."""
        agenda = self._runner.book.agenda
        for member in await agenda.members():
            await agenda.move(member, self._runner.clock.mono_ms())

    async def _claim(self) -> None:
        now_ms = self._runner.clock.mono_ms()
        for member in await self._runner.book.agenda.claim(now_ms, _LEASE_MS):
            look = asyncio.create_task(self._look(member), name=f"look at {member}")
            self._looks.add(look)
            look.add_done_callback(self._looks.discard)

    async def _look(self, member: str) -> None:
        agenda = self._runner.book.agenda
        try:
            entry = await self._runner.book.load(member.partition("/")[2])
            if entry is None or entry.call.phase is Phase.SETTLED:
                await agenda.drop(member)
                return
            due_ms = await self._attend_or_expire(entry.call)
            if due_ms is not None:
                await agenda.move(member, due_ms)
        except Exception:
            log.exception("call %s: the look failed, and is repeated after its lease", member)

    async def _attend_or_expire(self, call: Call) -> int | None:
        try:
            return await self._attend(call)
        except SwitchError as error:
            log.debug("call %s can't be looked at: %s", call.call_id, error)
        now_ms = self._runner.clock.mono_ms()
        if self._is_expired(call):
            # Its limit has ended it long ago, if Asterisk lives at all.
            return await self._search(call, now_ms)
        return now_ms + _RETRY_MS

    def _is_expired(self, call: Call) -> bool:
        """Whether all that is reserved for a call was used up long ago."""
        if call.phase is Phase.TALKING:
            return self._runner.clock.mono_ms() > paid_until_ms(call) + self._validity_ms
        if call.phase is Phase.GRANTED and call.price and call.consent_mono_ms:
            paid_ms = call.consent_mono_ms + call.reserved_units * call.price.unit_ms
            return self._runner.clock.mono_ms() > paid_ms + self._validity_ms
        return False

    async def _attend(self, call: Call) -> int | None:
        """Do what is due for a live call; returns when to look again, None for after the lease."""
        # Taken before Asterisk is asked: what it then says was so at this moment.
        now_ms = self._runner.clock.mono_ms()
        channel = call.calling_channel
        if call.phase is Phase.TALKING and call.called_channel is not None:
            channel = call.called_channel
        bridged = await self._switch.in_bridge(channel, call.call_id)
        if bridged is None or (call.phase is Phase.TALKING and not bridged):
            return await self._search(call, now_ms)
        self._missing.pop(call.call_id, None)
        if bridged and call.phase is not Phase.TALKING:
            if call.phase is Phase.GRANTED:
                await self._reporter.read_talk(call)
            # A record that can't be written, by a full disk say, must not make the talk free.
            await self._reporter.bridged(call.call_id)
            return now_ms + _RETRY_MS
        if call.phase is Phase.GRANTED:
            return now_ms + _RETRY_MS  # the bridge is a matter of milliseconds
        if call.phase is not Phase.TALKING:
            return None  # it may have come to talk meanwhile: then its time is set already
        await self._runner.meter(call, StillTalking(now_ms))
        entry = await self._runner.book.load(call.call_id)
        if entry is None or entry.call.phase is not Phase.TALKING:
            return now_ms + _RETRY_MS
        return next_wake_ms(entry.call, now_ms, self._runner.rules_of(call))

    async def _search(self, call: Call, now_ms: int) -> int:
        """A leg is gone: give its events a moment, then settle by what Asterisk wrote down."""
        self._forget_missing(now_ms)
        since_ms = self._missing.setdefault(call.call_id, now_ms)
        found = await self._reporter.find(call.call_id)
        if found is not None and found.report is not None and found.ended_at_ms is not None:
            await self._reporter.ended_unheard(call.call_id, found.ended_at_ms, found.report)
        elif found is not None and _is_news(call, found):
            # The caller may still be hearing why: its leg is looked for next.
            await self._reporter.note_talk(call, found)
        elif now_ms - since_ms < _GRACE_MS:
            return now_ms + _RETRY_MS
        else:
            await self._settle_lost(call)
        self._missing.pop(call.call_id, None)
        return now_ms + _RETRY_MS

    def _forget_missing(self, now_ms: int) -> None:
        """Of most calls that were missed the end was heard a moment later."""
        old = [call for call, since in self._missing.items() if now_ms - since > _FORGOTTEN_MS]
        for call_id in old:
            del self._missing[call_id]

    async def _settle_lost(self, call: Call) -> None:
        """Asterisk went down with the call: it ends with the last unit that was debited."""
        log.warning("call %s is gone without a trace", call.call_id)
        mono_ms = self._runner.clock.mono_ms()
        if call.talk_started_mono_ms is not None and call.price is not None:
            paid_ms = call.talk_started_mono_ms + call.debited_units * call.price.unit_ms
            mono_ms = min(mono_ms, paid_ms)
            await self._runner.apply(call.call_id, TalkEnded(mono_ms))
        ended = CallEnded(
            mono_ms, self._runner.clock.wall_ms(), Disposition.UNAVAILABLE, ReleaseCause.LOST
        )
        await self._runner.apply(call.call_id, ended)


def _is_news(call: Call, found: cel.DarkCall) -> bool:
    """Whether Asterisk's record knows more of the conversation than the call does.

    Of a bridge without an end nobody knows whether it was one.
    """
    if call.phase is Phase.GRANTED:
        return found.talk_ms is not None and found.talk_ms >= LEAST_TALK_MS
    return call.phase is Phase.TALKING and found.bridge_left_at_ms is not None
