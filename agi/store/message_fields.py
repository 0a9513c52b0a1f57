"""A message as the fields of the hash that Redis keeps."""

from __future__ import annotations

import json

from agi.domain.messages import Message


def to_json(message: Message) -> str:
    """What ``put_message`` in ``lua/include/message.lua`` stores; every value is text."""
    fields = {
        "id": message.id,
        "from": message.sender,
        "to": message.recipient,
        "kind": message.kind,
        "text": message.text,
        "created_at_ms": str(message.created_at_ms),
        "due_at_ms": str(message.due_at_ms),
    }
    return json.dumps(fields, ensure_ascii=False)
