"""What the dialplan says of a call at its end: in a UserEvent, and on disk in Asterisk's record."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EndReport:
    """The A-leg's last words; a field that was never set is ""."""

    result: str
    """The disposition that the caller was told, or "answered"; "" when it hung up before."""
    ended: str
    """Who or what ended a conversation; "" when it was the calling party."""
    calling: str
    """The endpoint that dialled."""
    code: str
    """The access code."""
    to: str
    """The digits after it."""
    dial_status: str
    cause: str
    """Q.850, as HANGUPCAUSE gives it."""

    @classmethod
    def from_text(cls, text: str) -> EndReport | None:
        """Read "result|ended|calling|code|to|dial status|cause"; None when it is not that."""
        fields = text.split("|")
        return cls(*fields) if len(fields) == len(cls.__slots__) else None
