"""AMI messages, as Asterisk 22.10 sends them, and as a phone might forge them."""

from __future__ import annotations

import pytest

from agi.telephony.ami_events import (
    BridgeEntered,
    CalledLegEnded,
    CallerHungUp,
    CallerLegEnded,
    PhoneSeen,
    TelephonyEvent,
    parse,
)
from agi.telephony.ami_message import AmiMessage
from agi.telephony.end_report import EndReport

TOKEN = "a-token-of-tests"
BRIDGE = {
    "Event": "BridgeEnter",
    "Timestamp": "1795306933.822607",
    "BridgeUniqueid": "82f76b78",
    "BridgeNumChannels": "2",
    "Channel": "PJSIP/9110000002-00000008",
    "Uniqueid": "cc-1795306933.13",
    "Linkedid": "cc-1795306933.11",
}
NEEDED = ("Event", "Timestamp", "BridgeNumChannels", "Linkedid")
"""What of it is acted on."""
A_END = {
    "Event": "UserEvent",
    "Timestamp": "1795306935.573152",
    "UserEvent": "CollectA",
    "Token": TOKEN,
    "Call": "cc-1.1",
    "Result": "answered",
    "Ended": "called_party",
    "Calling": "9110000001",
    "Code": "0880",
    "To": "9110000002",
    "DialStatus": "ANSWER",
    "Cause": "16",
}
B_END = {
    "Event": "UserEvent",
    "Timestamp": "1795306935.5",
    "UserEvent": "CollectB",
    "Token": TOKEN,
    "Call": "cc-1.1",
}
SEEN = {"Event": "SuccessfulAuth", "Service": "PJSIP", "AccountID": "9110000001"}
HANGUP = {"Event": "HangupRequest", "Uniqueid": "cc-1.1", "Linkedid": "cc-1.1"}
REPORT = EndReport("answered", "called_party", "9110000001", "0880", "9110000002", "ANSWER", "16")


def without(message: dict[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in message.items() if key != name}


@pytest.mark.parametrize(
    ("headers", "event"),
    [
        (BRIDGE, BridgeEntered("cc-1795306933.11", 2, 1795306933823)),
        (A_END, CallerLegEnded("cc-1.1", REPORT, 1795306935573)),
        (B_END, CalledLegEnded("cc-1.1", 1795306935500)),
        (HANGUP, CallerHungUp("cc-1.1")),
        (HANGUP | {"Event": "SoftHangupRequest"}, CallerHungUp("cc-1.1")),
        (HANGUP | {"Uniqueid": "cc-1.2"}, None),
        (SEEN, PhoneSeen("9110000001")),
        (SEEN | {"Service": "AMI"}, None),
        (SEEN | {"Event": "ChallengeSent"}, None),
        (without(SEEN, "AccountID"), None),
        (BRIDGE | {"BridgeNumChannels": "two"}, None),
        (BRIDGE | {"Timestamp": "now"}, None),
        *((without(BRIDGE, name), None) for name in NEEDED),
        *((without(B_END, name), None) for name in B_END),
        (A_END | {"Token": "forged"}, None),
        (A_END | {"Token": ""}, None),
        (A_END | {"Token": "ключ"}, None),
        (A_END | {"UserEvent": "Other"}, None),
        ({"Event": "Hangup", "Linkedid": "cc-1.1"}, None),
        ({"Response": "Success"}, None),
        ({}, None),
    ],
)
def test_a_message_is_what_it_is(headers: dict[str, str], event: TelephonyEvent | None) -> None:
    assert parse(AmiMessage(headers.items()), TOKEN) == event
    shouted = {name.upper(): value for name, value in headers.items()}
    assert parse(AmiMessage(shouted.items()), TOKEN) == event


@pytest.mark.parametrize("name", ["Call", "Token", "UserEvent", "Event", "Timestamp"])
def test_a_header_that_is_there_twice_is_forged(name: str) -> None:
    doubled = [*A_END.items(), (name, A_END[name])]
    assert parse(AmiMessage(doubled), TOKEN) is None
