"""To the subscriber's own phone, as a SIP MESSAGE through Asterisk."""

from __future__ import annotations

import re

from agi.domain.messages import Message
from agi.messages.gateways import GatewayDown, PermanentFailure, RecipientAway, TemporaryFailure
from agi.telephony.ami import Ami, AmiError, AmiUncertainError
from agi.telephony.cleaning import UnsafeValueError

_NUMBER = re.compile(r"[0-9]{1,15}")


class SipGateway:
    """Sends to phones that are registered with this Asterisk."""

    def __init__(self, ami: Ami) -> None:
        self._ami = ami

    @property
    def ready(self) -> bool:
        """See `Gateway.ready`."""
        return self._ami.connected

    async def send(self, message: Message) -> None:
        """See `Gateway.send`; done when Asterisk has sent it, whatever the phone makes of it.

        Asterisk refuses a phone that is not registered with the same words as anything else that
        it can't send, so every refusal is taken for that.
        """
        _check(message)
        try:
            await self._ami.send_message(
                to_endpoint=message.recipient,
                from_number=message.sender,
                text=message.text,
                message_id=message.id,
            )
        except UnsafeValueError as error:
            raise PermanentFailure(str(error)) from error
        except AmiUncertainError as error:
            raise TemporaryFailure(f"it may have been sent: {error}") from error
        except AmiError as error:
            kind = RecipientAway if self._ami.connected else GatewayDown
            raise kind(str(error)) from error


def _check(message: Message) -> None:
    # Asterisk would take more than a number for an address of somebody else's choice.
    for party in (message.sender, message.recipient):
        if not _NUMBER.fullmatch(party):
            raise PermanentFailure(f"{party!r} is no subscriber's number")
    if not message.text:
        raise PermanentFailure("it has no text")
