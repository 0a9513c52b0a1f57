"""The notices of an operator: which outcome sends one, and its text."""

from __future__ import annotations

from string import Formatter

from pydantic import Field, field_validator

from agi.domain.dispositions import Disposition
from agi.domain.operators import DataModel, Word


class FailedCallNotice(DataModel):
    """The "call me" notice to the called party after a collect call that did not come about."""

    on: frozenset[Disposition]
    text: str = Field(min_length=1, description="{calling} is the caller's number")

    @field_validator("text")
    @classmethod
    def _only_known_fields(cls, text: str) -> str:
        try:
            fields = {field for _, field, _, _ in Formatter().parse(text)} - {None}
        except ValueError as error:
            raise ValueError(f"{error}: write {{{{ and }}}} for braces") from None
        if not fields <= {"calling"}:
            raise ValueError("only {calling} may stand in braces")
        return text


class NoticeRules(DataModel):
    """Everything that an operator sends unasked."""

    operator: Word
    call_me: FailedCallNotice | None = None
