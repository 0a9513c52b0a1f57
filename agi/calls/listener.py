"""Hears Asterisk: each call's reports are handled in the order in which they came."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from agi.calls.reports import Reporter
from agi.telephony import ami_events
from agi.telephony.ami_message import AmiMessage

log = logging.getLogger(__name__)

_LEGS_IN_A_CALL = 2
_ADDRESS_DELAYS_S = (0.2, 1.5)
"""How long Asterisk may take to store the address of a phone that it has just let in."""


class Listener:
    """Takes AMI messages. What fails is left to the next look at the call, or at the record."""

    def __init__(self, reporter: Reporter, token: str, on_phone: Callable[[str], None]) -> None:
        self._reporter = reporter
        self._token = token
        self._on_phone = on_phone
        self._last: dict[str, asyncio.Task[None]] = {}

    def hear(self, message: AmiMessage) -> None:
        """Take one message; returns at once."""
        event = ami_events.parse(message, self._token)
        if event is None:
            return
        about = event.number if isinstance(event, ami_events.PhoneSeen) else event.call_id
        task = asyncio.create_task(self._after(self._last.get(about), event), name=about)
        self._last[about] = task
        task.add_done_callback(lambda done: self._forget(about, done))

    async def _after(
        self, previous: asyncio.Task[None] | None, event: ami_events.TelephonyEvent
    ) -> None:
        if previous is not None:
            await asyncio.wait({previous})
        try:
            await self._handle(event)
        except Exception:
            log.exception("%r was not handled", event)

    async def _handle(self, event: ami_events.TelephonyEvent) -> None:
        match event:
            case ami_events.BridgeEntered():
                if event.channels_in_bridge == _LEGS_IN_A_CALL:
                    await self._reporter.bridged(event.call_id, event.at_wall_ms)
            case ami_events.CallerHungUp():
                await self._reporter.caller_hung_up(event.call_id)
            case ami_events.CalledLegEnded():
                await self._reporter.called_leg_ended(event.call_id, event.at_wall_ms)
            case ami_events.CallerLegEnded():
                await self._reporter.call_ended(event.call_id, event.at_wall_ms, event.report)
            case ami_events.PhoneSeen():
                self._announce(event.number)

    def _announce(self, number: str) -> None:
        """Asterisk says that a phone may register, and stores its address after that."""
        for delay_s in _ADDRESS_DELAYS_S:
            asyncio.get_running_loop().call_later(delay_s, self._on_phone, number)

    def _forget(self, about: str, task: asyncio.Task[None]) -> None:
        if self._last.get(about) is task:
            del self._last[about]
