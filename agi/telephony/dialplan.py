"""The part of the dialplan that is generated: access codes of the operators, words for outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agi.domain.dispositions import HANGUP_CAUSES
from agi.domain.operators import AccessCode, OperatorRule
from agi.domain.speech import told

_HEAD = "; Generated from the operators' files and agi/domain/dispositions.py. Do not edit.\n"


def render(operators: Iterable[OperatorRule]) -> str:
    """The contexts `access-codes` and `collect-told`.

    Patterns are exact: a code, the national number with each prefix that its numbering plan knows,
    the suffix. Two operators may share a code; whose subscriber dialled it is the offer's question.
    """
    patterns = dict.fromkeys(
        line
        for operator in operators
        if operator.collect is not None
        for access in operator.collect.access_codes
        for line in _patterns(operator, access)
    )
    return "\n".join([_HEAD, "[access-codes]", *patterns, "", "[collect-told]", *_outcomes(), ""])


def _patterns(operator: OperatorRule, access: AccessCode) -> Iterator[str]:
    digits = operator.numbering.national_digits
    for prefix in operator.numbering.prefixes:
        pattern = f"_{access.code}{prefix}{'X' * digits}{access.suffix}"
        number = f"${{EXTEN:{len(access.code)}:{len(prefix) + digits}}}"
        yield f"exten => {pattern},1,Set(CC_CODE={access.code})"
        yield f"exten => {pattern},n,Set(CC_TO={number})"
        yield f"exten => {pattern},n,Goto(collect-offer,start,1)"


def _outcomes() -> Iterator[str]:
    """The caller is told as early media, so that its leg is never answered, then released."""
    for disposition, cause in HANGUP_CAUSES.items():
        yield f"exten => {disposition},1,Set(CC_RESULT={disposition})"
        yield " same => n,Progress()"
        yield f" same => n,Gosub(collect-say,s,1({told(disposition)}))"
        yield f" same => n,Hangup({cause})"
    # Two letters at least: h, i, t and s are Asterisk's own.
    yield "exten => _[a-z][a-z_]!,1,Goto(unavailable,1)"
