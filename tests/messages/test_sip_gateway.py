"""The SIP gateway with an AMI that answers as it is told."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from agi.domain.messages import Message
from agi.messages.gateways import GatewayDown, PermanentFailure, RecipientAway, TemporaryFailure
from agi.messages.gateways.sip import SipGateway
from agi.telephony.ami import Ami, AmiError, AmiUncertainError
from agi.telephony.cleaning import UnsafeValueError
from tests.messages.conftest import message


class FakeAmi:
    def __init__(self) -> None:
        self.connected = True
        self.error: Exception | None = None
        self.sent: list[dict[str, str]] = []

    async def send_message(
        self, to_endpoint: str, from_number: str, text: str, message_id: str
    ) -> None:
        if self.error is not None:
            raise self.error
        self.sent.append({"to": to_endpoint, "from": from_number, "text": text, "id": message_id})


@pytest.fixture
def ami() -> FakeAmi:
    return FakeAmi()


@pytest.fixture
def gateway(ami: FakeAmi) -> SipGateway:
    return SipGateway(cast(Ami, ami))


async def test_a_message_goes_to_the_endpoint_of_its_number(
    gateway: SipGateway, ami: FakeAmi
) -> None:
    await gateway.send(message())
    assert ami.sent == [
        {
            "to": "9115550002",
            "from": "9115550001",
            "text": "Пожалуйста, позвони мне: 9115550001",
            "id": "call-1-call-me",
        }
    ]


@pytest.mark.parametrize(
    ("error", "connected", "failure"),
    [
        (AmiError("MessageSend: Message failed to send."), True, RecipientAway),
        (AmiError("MessageSend: AMI is not connected"), False, GatewayDown),
        (AmiUncertainError("MessageSend: no answer in 3 s"), True, TemporaryFailure),
        (UnsafeValueError("AMI header Variable holds a line end"), True, PermanentFailure),
    ],
)
async def test_each_refusal_is_the_failure_that_it_means(
    gateway: SipGateway,
    ami: FakeAmi,
    error: Exception,
    connected: bool,
    failure: type[Exception],
) -> None:
    ami.error, ami.connected = error, connected
    with pytest.raises(failure) as raised:
        await gateway.send(message())
    assert type(raised.value) is failure


@pytest.mark.parametrize(
    "bad",
    [
        replace(message(), recipient="9115550002/sip:x@198.51.100.1"),
        replace(message(), sender="9115550001@x>"),
        replace(message(), recipient="٩١١٥٥٥٠٠٠٢"),
        replace(message(), text=""),
    ],
)
async def test_what_asterisk_would_misunderstand_is_never_handed_over(
    gateway: SipGateway, ami: FakeAmi, bad: Message
) -> None:
    with pytest.raises(PermanentFailure):
        await gateway.send(bad)
    assert ami.sent == []


async def test_it_is_ready_while_ami_is_connected(gateway: SipGateway, ami: FakeAmi) -> None:
    assert gateway.ready
    ami.connected = False
    assert not gateway.ready
