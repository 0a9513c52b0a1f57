"""A message to a subscriber, as it waits in the outbox."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One message; its id makes storing it twice the same as storing it once."""

    id: str
    sender: str
    recipient: str
    kind: str
    """What it is: `call_me`, ..."""
    text: str
    created_at_ms: int
    due_at_ms: int = 0
    """Not to be sent before; 0 for at once. Unix milliseconds, like `created_at_ms`."""
