"""The part of the dialplan that is generated: what can be dialled, words for outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from agi.domain.codes import Pattern
from agi.domain.dialling import Entry, Leads, entries
from agi.domain.dispositions import HANGUP_CAUSES, Disposition
from agi.domain.operators import OperatorRule
from agi.domain.services import ServiceRules
from agi.domain.speech import told

FILE: Final = "extensions.d/20-generated.conf"
"""Where it lies in Asterisk's configuration."""
_HEAD = "; Generated from the operators' files and agi/domain/dispositions.py. Do not edit.\n"
_CONTEXTS = {
    Leads.OFFER: "collect-dialled,offer,1",
    Leads.SERVICE: "collect-dialled,service,1",
    Leads.MENU: "collect-dialled,menu,1",
    Leads.EMERGENCY: f"collect-told,{Disposition.EMERGENCY},1",
}


def render(operators: Iterable[OperatorRule], services: Mapping[str, ServiceRules]) -> str:
    """The contexts `codes` and `collect-told`.

    Patterns are exact: a code, the national number with each prefix that its numbering plan knows,
    the suffix. Two operators may share a code; whose subscriber dialled it is the service's
    question.
    """
    lines = dict.fromkeys(
        line for entry in entries(operators, services) for line in _extension(entry)
    )
    return "\n".join([_HEAD, "[codes]", *lines, "", "[collect-told]", *_outcomes(), ""])


def _extension(entry: Entry) -> Iterator[str]:
    pattern = _asterisk_pattern(entry.pattern)
    yield f"exten => {pattern},1,Set(CC_CODE={entry.name})"
    yield f"exten => {pattern},n,Set(CC_TO={_number(entry.pattern)})"
    yield f"exten => {pattern},n,Goto({_CONTEXTS[entry.leads]})"


def _asterisk_pattern(pattern: Pattern) -> str:
    return f"_{pattern.text}" if pattern.number_length else pattern.text


def _number(pattern: Pattern) -> str:
    if not pattern.number_length:
        return ""
    return f"${{EXTEN:{pattern.number_at}:{pattern.number_length}}}"


def _outcomes() -> Iterator[str]:
    """The caller is told as early media, so that its leg is never answered, then released."""
    for disposition, cause in HANGUP_CAUSES.items():
        yield f"exten => {disposition},1,Set(CC_RESULT={disposition})"
        if disposition is Disposition.CALLER_NO_FUNDS:
            # More than one recording: what to dial instead is the operator's.
            yield " same => n,Goto(collect-caller-no-funds,s,1)"
            continue
        yield " same => n,Progress()"
        yield f" same => n,Gosub(collect-say,s,1({told(disposition)}))"
        yield f" same => n,Hangup({cause})"
    # Two letters at least: h, i, t and s are Asterisk's own.
    yield "exten => _[a-z][a-z_]!,1,Goto(unavailable,1)"
