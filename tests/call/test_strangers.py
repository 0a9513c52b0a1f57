"""A phone with an account of its own, and a conversation that is none of its business."""

from __future__ import annotations

import asyncio
import re
import socket
from pathlib import Path

import pytest

from agi.domain.call import Phase
from agi.domain.dispositions import SIP_STATUSES, Disposition
from agi.domain.events import ReleaseCause
from faults import sip
from lab import ports
from lab.scenario_files import Party
from tests.call import phone_logs
from tests.call.handset import SCENARIOS, Taking, Town
from tests.call.test_terms import COLLECT, COLLECT_MINOR, RICH, call, charges
from tests.call.together import together

pytestmark = pytest.mark.call

_POOR = Party(operator="mts-ru")
_CONTACT = "      Contact: "
_UNTIL_ITS_VOICE_CAME_S = 0.5


@together
async def test_a_conversation_is_not_taken_over_by_replaces(town: Town) -> None:
    """By one who knows all of the dialog with the called party, who would go on paying."""
    caller, called = await town.person(_POOR), await town.person(RICH)
    stranger = await town.person(_POOR)
    taking = await called.take(_talks_for_long(town.logs), after_ms=500, keys="1")
    calling = asyncio.create_task(call(caller, called, COLLECT))
    await town.world.in_phase(caller.number, Phase.TALKING)
    script = _replacing(_dialog_of(taking), town.logs)
    tried = await stranger.dial(COLLECT.format("9000000000"), script=script)
    assert tried.status == SIP_STATUSES[Disposition.UNKNOWN_NUMBER]
    _, cdr = await calling
    assert cdr.release_cause == ReleaseCause.CALLED_PARTY
    assert await charges(called) == [-COLLECT_MINOR] * cdr.minutes


@together
async def test_keys_that_do_not_come_from_the_phone_are_not_heard(town: Town) -> None:
    """Sent to the very port that the called phone's voice goes to."""
    caller, called = await town.person(_POOR), await town.person(RICH)
    taking = await called.answer("", after_ms=2000)
    calling = asyncio.create_task(call(caller, called, COLLECT))
    await town.world.in_phase(caller.number, Phase.ASKING)
    await asyncio.sleep(_UNTIL_ITS_VOICE_CAME_S)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as forger:
        for sequence in range(20):
            forger.sendto(sip.key_packet("1", sequence), (ports.LOOPBACK, _media_port(taking)))
            await asyncio.sleep(0.02)
    status, cdr = await calling
    assert (status, cdr.consent) == (SIP_STATUSES[Disposition.DECLINED], False)
    assert await charges(called) == []


def _media_port(taking: Taking) -> int:
    """Where Asterisk hears the called phone."""
    text = "\n".join(phone_logs.whole_messages(taking.run))
    return int(re.findall(r"^m=audio (\d+)", text, re.MULTILINE)[0])


def _talks_for_long(folder: Path) -> Path:
    text = (SCENARIOS / "callee.xml").read_text(encoding="utf-8")
    script = folder / "talks-for-long.xml"
    script.write_text(text.replace('timeout="2500"', 'timeout="10000"'), encoding="utf-8")
    return script


def _dialog_of(taking: Taking) -> str:
    """The dialog of the phone's call, as Replaces names it."""
    text = "\n".join(phone_logs.whole_messages(taking.run))
    names = (r"^Call-ID: (\S+)", r"^From: .*;tag=(\S+)", r"^To: .*;tag=(\S+)")
    call_id, from_tag, to_tag = (re.findall(name, text, re.MULTILINE)[0] for name in names)
    return f"{call_id};to-tag={from_tag};from-tag={to_tag}"


def _replacing(dialog: str, folder: Path) -> Path:
    text = (SCENARIOS / "caller.xml").read_text(encoding="utf-8")
    script = folder / "replacing.xml"
    header = f"      Replaces: {dialog}\n"
    script.write_text(text.replace(_CONTACT, header + _CONTACT), encoding="utf-8")
    return script
