"""The notices of an operator: which outcome or code sends one, to whom, and its text."""

from __future__ import annotations

from string import Formatter
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from agi.domain.data import DataModel, Kind, Word
from agi.domain.dispositions import Disposition

FAILED_CALL: Final = "call_me"
"""The kind of the notice after a failed call."""


def _only_known_fields(text: str) -> str:
    try:
        fields = {field for _, field, _, _ in Formatter().parse(text)} - {None}
    except ValueError as error:
        raise ValueError(f"{error}: write {{{{ and }}}} for braces") from None
    if not fields <= {"calling"}:
        raise ValueError("only {calling} may stand in braces")
    return text


NoticeText = Annotated[
    str,
    Field(min_length=1, description="{calling} is the sender's number"),
    AfterValidator(_only_known_fields),
]


class FailedCallNotice(DataModel):
    """The "call me" notice to the called party after a collect call that did not come about."""

    on: frozenset[Disposition]
    text: NoticeText


class CodeNotice(DataModel):
    """A notice that a subscriber sends by a code."""

    text: NoticeText
    networks: frozenset[Word] | None = None
    """The operators whose subscribers may get it; None: everybody's."""


class NoticeRules(DataModel):
    """Everything that an operator sends."""

    operator: Word
    call_me: FailedCallNotice | None = None
    by_code: dict[Kind, CodeNotice] = Field(default_factory=dict)
    """What service codes send, by kind."""
