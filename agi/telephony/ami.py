"""What the service asks of Asterisk over AMI, a verb each.

Events are hints: they can be lost with the connection, and a phone can forge their text. Whoever
acts on one that matters asks again with `Ami.find_channel`.
"""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass

from agi.telephony.ami_connection import AmiConnection
from agi.telephony.ami_link import AmiError, AmiUncertainError

__all__ = ["Ami", "AmiError", "AmiUncertainError", "LiveChannel"]

_LEAST_LIMIT_S = 0.05
"""Well above what rounds to 0, which Asterisk would take for "no limit at all"."""


@dataclass(frozen=True)
class LiveChannel:
    """A channel as Asterisk has it now; `bridge_id` is None outside a bridge."""

    channel: str
    linkedid: str
    bridge_id: str | None


class Ami(AmiConnection):
    """Every verb raises as `AmiConnection.action` does."""

    async def find_channel(self, channel: str) -> LiveChannel | None:
        """One live channel by its name; None when there is no such channel."""
        try:
            response = await self.action("Status", Channel=_exact(channel))
        except AmiUncertainError:
            raise
        except AmiError as error:
            if "No such channel" in str(error):
                return None
            raise
        event = next(iter(response.events), None)
        if event is None:
            return None
        return LiveChannel(channel, event.get("Linkedid") or "", event.get("BridgeID") or None)

    async def live_channels(self) -> list[LiveChannel]:
        """Every channel that Asterisk has."""
        response = await self.action("Status")
        return [
            LiveChannel(
                event.get("Channel") or "",
                event.get("Linkedid") or "",
                event.get("BridgeID") or None,
            )
            for event in response.events
        ]

    async def wall_ms(self) -> int:
        """Asterisk's own wall clock now, Unix milliseconds."""
        response = await self.action("Ping")
        now_us = response.headers.at_us()
        if now_us is None:
            raise AmiError(f"Ping: {response.headers.get('Timestamp')!r} is no time")
        return now_us // 1000

    async def hangup(self, channel: str, cause: int) -> None:
        """Hang up one channel with a Q.850 `cause`. Raises AmiError when it is gone already."""
        await self.action("Hangup", Channel=_exact(channel), Cause=str(cause))

    async def set_limit(self, channel: str, seconds: float) -> None:
        """Have Asterisk itself hang `channel` up `seconds` from now, whatever happens to us.

        Raises:
            ValueError: not a number, or none of at least 0.05 s.
        """
        if not math.isfinite(seconds) or seconds < _LEAST_LIMIT_S:
            raise ValueError(f"a limit of {seconds} s on {channel}: {_LEAST_LIMIT_S} s or more")
        await self.action(
            "Setvar",
            Channel=_exact(channel),
            Variable="TIMEOUT(absolute)",
            Value=f"{seconds:.3f}",
        )

    async def originate(self, channel: str, **headers: str | list[str]) -> None:
        """Start a call; returns as soon as Asterisk has accepted the order."""
        await self.action("Originate", Channel=channel, Async="true", **headers)

    async def send_message(
        self, to_endpoint: str, from_number: str, text: str, message_id: str
    ) -> None:
        """Send `text` as a SIP MESSAGE; `message_id` goes along as the header X-SMS-Id.

        Success means that Asterisk sent it, not that the phone has it. Raises AmiError when the
        endpoint is not registered.
        """
        await self.action(
            "MessageSend",
            To=f"pjsip:{to_endpoint}",
            From=f"sip:{from_number}@collectcall",
            Base64Body=base64.b64encode(text.encode()).decode(),
            Variable=f"X-SMS-Id={message_id}",
        )


def _exact(channel: str) -> str:
    """A channel's name; Asterisk would take one in slashes for a pattern of many."""
    if not channel or channel.startswith("/"):
        raise ValueError(f"{channel!r} is no channel name")
    return channel
