"""AMI message -> typed event, or nothing.

Events are hints. A phone can forge the text of one, so a UserEvent counts only with this
deployment's token, which no phone knows.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from agi.telephony.ami_message import AmiMessage, is_number
from agi.telephony.end_report import EndReport

_HANGUP_REQUESTS = ("HangupRequest", "SoftHangupRequest")
"""By the phone itself, and by Asterisk: an administrator, or a phone without a sign of life."""


@dataclass(frozen=True, slots=True)
class BridgeEntered:
    """A channel entered a bridge that now holds `channels_in_bridge`; `call_id` is its linkedid.

    `at_wall_ms` is Asterisk's own clock, Unix milliseconds, rounded up: a conversation is not taken
    for longer than it is.
    """

    call_id: str
    channels_in_bridge: int
    at_wall_ms: int


@dataclass(frozen=True, slots=True)
class CallerHungUp:
    """The A-leg is to be hung up; it may live on until a subroutine on the B-leg is over."""

    call_id: str


@dataclass(frozen=True, slots=True)
class CallerLegEnded:
    """The A-leg is going: the call is over."""

    call_id: str
    report: EndReport
    at_wall_ms: int


@dataclass(frozen=True, slots=True)
class CalledLegEnded:
    """The B-leg, which was asked for consent, is going."""

    call_id: str
    at_wall_ms: int


@dataclass(frozen=True, slots=True)
class PhoneSeen:
    """A phone of `number` proved its password: it is about to register, or to call.

    ContactStatus would say it better, but Asterisk sends none for an account that was added after
    its own start.
    """

    number: str


TelephonyEvent = BridgeEntered | CallerHungUp | CallerLegEnded | CalledLegEnded | PhoneSeen


def parse(message: AmiMessage, token: str) -> TelephonyEvent | None:
    """The event that `message` stands for; None for any other message and for a forged one."""
    name = message.get("Event")
    if name == "BridgeEnter":
        return _bridge_entered(message)
    if name in _HANGUP_REQUESTS:
        call_id = message.get("Linkedid")
        return CallerHungUp(call_id) if call_id and call_id == message.get("Uniqueid") else None
    if name == "UserEvent":
        return _leg_ended(message, token)
    if name == "SuccessfulAuth" and message.get("Service") == "PJSIP":
        number = message.get("AccountID")
        return PhoneSeen(number) if number else None
    return None


def _bridge_entered(message: AmiMessage) -> BridgeEntered | None:
    call_id, at_us = message.get("Linkedid"), message.at_us()
    count = message.get("BridgeNumChannels") or ""
    if not call_id or at_us is None or not is_number(count):
        return None
    return BridgeEntered(call_id, int(count), -(-at_us // 1000))


def _leg_ended(message: AmiMessage, token: str) -> CallerLegEnded | CalledLegEnded | None:
    given = (message.get("Token") or "").encode()
    call_id, at_us = message.get("Call"), message.at_us()
    if not hmac.compare_digest(given, token.encode()) or not call_id or at_us is None:
        return None
    at_ms = at_us // 1000
    kind = message.get("UserEvent")
    if kind == "CollectB":
        return CalledLegEnded(call_id, at_ms)
    return CallerLegEnded(call_id, _report(message), at_ms) if kind == "CollectA" else None


def _report(message: AmiMessage) -> EndReport:
    names = ("Result", "Ended", "Calling", "Code", "To", "DialStatus", "Cause")
    return EndReport(*(message.get(name) or "" for name in names))
