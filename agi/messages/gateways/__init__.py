"""The ways out: each gateway carries a message towards its recipient, or says why it could not."""

from __future__ import annotations

from typing import ClassVar, Protocol

from agi.domain.messages import Message


class PermanentFailure(Exception):
    """This message will never go this way."""


class TemporaryFailure(Exception):
    """It may go later. Such a try counts: after too many the message is given up."""

    counted: ClassVar[bool] = True


class RecipientAway(TemporaryFailure):
    """The recipient can't be reached now; the message waits for it, however often it is tried."""

    counted = False


class GatewayDown(TemporaryFailure):
    """The gateway can't send anything now: no fault of this message."""

    counted = False


class Gateway(Protocol):
    """One way out."""

    @property
    def ready(self) -> bool:
        """Whether sending makes sense now; while it doesn't, messages stay in the outbox."""

    async def send(self, message: Message) -> None:
        """Hand `message` over, with its id, by which a repetition can be recognised.

        Raises:
            PermanentFailure: it will never go.
            TemporaryFailure: it did not go, or nobody knows whether it went; try again.
        """
