"""The notices of an operator: which outcome sends one, and its text."""

from __future__ import annotations

from pydantic import Field

from agi.domain.dispositions import Disposition
from agi.domain.operators import DataModel, Word


class FailedCallNotice(DataModel):
    """The "call me" notice to the called party after a collect call that did not come about."""

    on: frozenset[Disposition]
    text: str = Field(min_length=1, description="{calling} is the caller's number")


class NoticeRules(DataModel):
    """Everything that an operator sends unasked."""

    operator: Word
    call_me: FailedCallNotice | None = None
