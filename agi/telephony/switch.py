"""What calls ask of Asterisk while they last, in the words of a call."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from agi.telephony import variables
from agi.telephony.ami import Ami, AmiError

T = TypeVar("T")

NORMAL_CLEARING = 16
"""Q.850."""
LEAST_LIMIT_MS = 100
"""Asterisk takes a limit of nothing for no limit at all, so a passed one is set to a moment."""


class SwitchError(Exception):
    """Asterisk did not do what it was asked for, or can't be reached."""


class Switch:
    """The live channels of one Asterisk."""

    def __init__(self, ami: Ami) -> None:
        self._ami = ami

    async def in_bridge(self, channel: str, call_id: str) -> bool | None:
        """Whether `channel` of a call is bridged; None where the call has no such channel.

        After a restart Asterisk gives the same names to the channels of other calls.
        """
        found = await _done(self._ami.find_channel(channel))
        if found is None or found.linkedid != call_id:
            return None
        return found.bridge_id is not None

    async def wall_ms(self) -> int:
        """The wall clock that its reports are stamped by, Unix milliseconds."""
        return await _done(self._ami.wall_ms())

    async def move_limit(self, channel: str, left_ms: int) -> None:
        """Let `channel` live for `left_ms` more."""
        await _done(self._ami.set_limit(channel, max(left_ms, LEAST_LIMIT_MS) / 1000))

    async def hang_up(self, channel: str, call_id: str) -> None:
        """Hang `channel` of a call up; one that is gone already is as good."""
        if await self.in_bridge(channel, call_id) is not None:
            await _done(self._ami.hangup(channel, NORMAL_CLEARING))

    async def warn(self, channel: str) -> None:
        """Whisper the warning into `channel`; the other party hears nothing of it."""
        await _done(
            self._ami.originate(
                "Local/s@collect-warning/n",
                Application="ChanSpy",
                Data=f"{channel},wqESu",
                Variable=f"{variables.PAYER}={channel}",
            )
        )


async def _done(asked: Awaitable[T]) -> T:
    try:
        return await asked
    except AmiError as error:
        raise SwitchError(str(error)) from None
