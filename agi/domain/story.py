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
from agi.domain.events import ConsentGiven, Event
from agi.domain.money import format_amount
from agi.domain.terms import Terms

Facts = Mapping[str, Any]
"""`what` happened, and whatever belongs to it; values are what JSON can hold."""


def offered(
    call: Call, dialled: str, reason: Disposition | None, limit: str | None = None
) -> Facts:
    """The offer: on what terms, the checks that were passed, and the one that was not; `limit` is
    the one that is reached.
    """
    return {
        "what": "Offered",
        "calling": call.calling,
        "dialled": (call.access_code or "") + dialled,
        "terms": call.terms,
        "passed": offer.passed(reason, call.terms),
        "refused": reason,
        "limit": limit,
        **(asdict(call.price) if call.price else {}),
    }


def facts(event: Event, step: Step) -> Facts:
    """An event, and the charge that was stored with it."""
    terms = {"terms": step.call.terms} if isinstance(event, ConsentGiven) else {}
    return {"what": type(event).__name__, **asdict(event), **terms, **_charge(step)}


def notice(settled: Settle) -> Facts:
    """The notice that an attempt leaves, or the limit for which it leaves none."""
    left = settled.notice.id if settled.notice else None
    return {"notice": left, "withheld_by": settled.withheld_by}


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
                **notice(settled),
            }
        case None:
            return {}


def tell(line: Facts) -> str:
    """One line of the story as a sentence."""
    return f"{_happened(line)}{_charged(line)}"


_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "Unoffered": "ended before the service was asked: {disposition}",
        "ConsentAsked": "the called party answered on {called_channel}",
        "KeyPressed": "the called party pressed {key}",
        "CallerBarred": "the called party bars the caller for good (list full: {list_full})",
        "PromptEnded": "not agreed: {disposition}, last key: {digits}",
        "CallerHungUp": "the caller hung up before the bridge: the called party's leg is released",
        "TalkStarted": "both legs are in the bridge (Asterisk confirmed it)",
        "StillTalking": "both legs are still in the bridge (Asterisk confirmed it)",
        "FundsRefused": "the account does not cover the next unit",
        "LimitMoved": "Asterisk's limit on the called party's leg now allows {units} units",
        "TalkEnded": "the called party's leg left the bridge",
    }
)
_CONSENTS: Mapping[str, str] = MappingProxyType(
    {
        Terms.ASKED: "the called party pressed {digits}: agreed to pay; consent stored",
        Terms.WHITE_LISTED: "the caller is on the called party's white list: consent stored",
        Terms.ORDINARY: "an ordinary call, which the caller pays: consent stored",
    }
)
_KINDS: Mapping[str, str] = MappingProxyType(
    {
        Terms.ASKED: "",
        Terms.WHITE_LISTED: " (is on the white list)",
        Terms.ORDINARY: " (an ordinary call)",
    }
)


def _happened(line: Facts) -> str:
    if line["what"] == "Offered":
        return _offer(line)
    if line["what"] == "CallEnded":
        return _ending(line)
    if line["what"] == "ConsentGiven":
        return _CONSENTS[line.get("terms", Terms.ASKED)].format_map(line)
    return _SENTENCES[line["what"]].format_map(line)


def _offer(line: Facts) -> str:
    checks = ", ".join(line["passed"]) or "none"
    dialled = line["dialled"] or "what matches no code"
    kind = _KINDS[line.get("terms", Terms.ASKED)]
    said = f"{line['calling']} dialled {dialled}{kind}; passed: {checks}"
    if "unit_price_minor" in line:
        price = f"{format_amount(line['unit_price_minor'])} {line['currency']}"
        said += f"; {price} a unit of {line['unit_ms'] / 1000:g} s"
        said += f" by rule {line['rule']!r} of tariff {line['tariff_version']}"
    if not line["refused"]:
        return f"{said}; offered"
    limit = f" ({line['limit']})" if line.get("limit") else ""
    return f"{said}; refused: {line['refused']}{limit}{_notice_told(line)}"


def _ending(line: Facts) -> str:
    said = f"the call ended: {line['disposition']}"
    if line["talk_ms"]:
        said += f", {line['release_cause']}, after {line['talk_ms'] / 1000:g} s of talk"
    return said + _notice_told(line)


def _notice_told(line: Facts) -> str:
    if line.get("withheld_by"):
        return f"; no notice: the limit {line['withheld_by']} is reached"
    return f"; notice {line['notice']} stored" if line.get("notice") else ""


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
