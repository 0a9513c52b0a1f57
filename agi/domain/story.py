"""A call's story: what happened, as facts for a program, and as a line for a person.

A line of it is stored in the same step as what it tells of, so it is evidence and not a log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from agi.domain import offer
from agi.domain.call import Call, Step
from agi.domain.commands import Debit, Reserve, Settle
from agi.domain.dispositions import Disposition
from agi.domain.events import Event
from agi.domain.money import format_amount

Facts = Mapping[str, Any]
"""`what` happened, and whatever belongs to it; values are what JSON can hold."""


def offered(call: Call, dialled: str, reason: Disposition | None) -> Facts:
    """The offer: the checks that were passed, and the one that was not."""
    return {
        "what": "Offered",
        "calling": call.calling,
        "dialled": (call.access_code or "") + dialled,
        "passed": offer.passed(reason),
        "refused": reason,
        **(asdict(call.price) if call.price else {}),
    }


def facts(event: Event, step: Step) -> Facts:
    """An event, and the charge that was stored with it."""
    return {"what": type(event).__name__, **asdict(event), **_charge(step)}


def _charge(step: Step) -> Facts:
    match step.charge:
        case Reserve(unit, units):
            return {"reserved_unit": unit, "reserved_units": units}
        case Debit(unit):
            return {"debited_unit": unit}
        case Settle() as settled:
            return {
                "disposition": settled.cdr.disposition,
                "final_units": settled.final_units,
                "released_units": settled.released_units,
                "charged_minor": settled.cdr.charged_minor,
                "talk_ms": settled.cdr.talk_ms,
                "notice": settled.notice.id if settled.notice else None,
            }
        case None:
            return {}


def tell(line: Facts) -> str:
    """One line of the story as a sentence."""
    return f"{_happened(line)}{_charged(line)}"


_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "Unoffered": "ended before the service was asked: {disposition}",
        "ConsentAsked": "the called party answered on {called_channel}: the prompt starts",
        "KeyPressed": "the called party pressed {key}",
        "PromptEnded": "the prompt ended: {disposition}, last key: {digits}",
        "ConsentGiven": "the called party pressed {digits}: agreed to pay; consent stored",
        "CallerHungUp": "the caller hung up in the prompt: the called party's leg is released",
        "TalkStarted": "both legs are in the bridge (Asterisk confirmed it)",
        "StillTalking": "both legs are still in the bridge (Asterisk confirmed it)",
        "FundsRefused": "the account does not cover the next unit",
        "LimitMoved": "Asterisk's limit on the called party's leg now allows {units} units",
        "TalkEnded": "the called party's leg left the bridge",
    }
)


def _happened(line: Facts) -> str:
    if line["what"] == "Offered":
        return _offer(line)
    if line["what"] == "CallEnded":
        return _ending(line)
    return _SENTENCES[line["what"]].format_map(line)


def _offer(line: Facts) -> str:
    checks = ", ".join(line["passed"]) or "none"
    dialled = line["dialled"] or "what matches no code"
    said = f"{line['calling']} dialled {dialled}; passed: {checks}"
    if "unit_price_minor" in line:
        price = f"{format_amount(line['unit_price_minor'])} {line['currency']}"
        said += f"; {price} a unit of {line['unit_ms'] / 1000:g} s"
        said += f" by rule {line['rule']!r} of tariff {line['tariff_version']}"
    return f"{said}; refused: {line['refused']}" if line["refused"] else f"{said}; offered"


def _ending(line: Facts) -> str:
    said = f"the call ended: {line['disposition']}"
    if line["talk_ms"]:
        said += f", {line['release_cause']}, after {line['talk_ms'] / 1000:g} s of talk"
    if line["notice"]:
        said += f"; notice {line['notice']} stored"
    return said


def _charged(line: Facts) -> str:
    if "reserved_unit" in line:
        first, last = line["reserved_unit"], line["reserved_unit"] + line["reserved_units"] - 1
        return f"; unit {first} reserved" if first == last else f"; units {first}-{last} reserved"
    if "debited_unit" in line:
        return f"; unit {line['debited_unit']} debited"
    if "final_units" in line:
        return (
            f"; {line['final_units']} units debited at the end, {line['released_units']} released, "
            f"{format_amount(line['charged_minor'])} charged in all"
        )
    return ""
