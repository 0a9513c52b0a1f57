"""How a message lies in Redis; every value of its hash is text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from agi.domain.errors import CollectError
from agi.domain.messages import Message


class DamagedMessage(CollectError):
    """A message's hash in Redis lacks something."""


class MessageState(StrEnum):
    PENDING = "pending"
    """It waits, or is being sent just now."""
    SENT = "sent"
    """A gateway took it; that a person read it nobody knows."""
    DEAD = "dead"
    """The dead letter: it was given up, and `error` says why."""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message and what has become of it."""

    message: Message
    state: MessageState
    attempts: int
    """Tries that count: not those that found the recipient away."""
    error: str
    """Why the last try failed; empty where none has."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one message, until its lease is over."""

    token: str
    message: Message
    attempts: int
    """Tries, this one included."""
    error: str
    """Why the last try failed; empty where none has."""


def from_row(row: Mapping[str, str]) -> StoredMessage:
    """The message in a hash.

    Raises:
        DamagedMessage: a field is missing, a number is none, or the state is unknown.
    """
    try:
        message = Message(
            id=row["id"],
            sender=row["from"],
            recipient=row["to"],
            kind=row["kind"],
            text=row["text"],
            created_at_ms=int(row["created_at_ms"]),
            due_at_ms=int(row.get("due_at_ms", "0")),
        )
        state, attempts = MessageState(row["state"]), int(row["attempts"])
    except (KeyError, ValueError) as error:
        raise DamagedMessage(
            f"the stored message {row.get('id', '?')} to {row.get('to', '?')} can't be read "
            f"({error!r}): somebody else wrote to its hash in Redis. Correct or delete that hash."
        ) from None
    return StoredMessage(message, state, attempts, row.get("error", ""))
