"""Legs that end without their phone's doing: the other side is released, told, and billed right."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agi.domain.call import Phase
from agi.domain.dispositions import SIP_STATUSES, Disposition
from agi.domain.events import ReleaseCause
from agi.telephony.ami import Ami
from lab.instance import Instance
from lab.scenario_files import Party
from lab.scenario_world import until
from tests.call.handset import SCENARIOS, Handset, Taking, Town
from tests.call.test_terms import COLLECT, COLLECT_MINOR, RICH, call, charges
from tests.call.together import together

pytestmark = pytest.mark.call

_CALLER = Party(operator="mts-ru")
_KEY = '<nop><action><exec rtp_stream="../media/key-1.event,1,101,iLBC/8000"/></action></nop>'
_SILENCE_S = 2
_GONE = "PJSIP/9000000000-ffffffff"


@together
async def test_a_called_phone_that_falls_silent(town: Town) -> None:
    """Its battery is flat, say: nobody's money ran out, and nobody is told so."""
    caller, called = await town.person(_CALLER), await town.person(RICH)
    _give_up_soon(town, called)
    await called.take(_silent_after_its_key(town.logs), after_ms=500)
    _, cdr = await call(caller, called, COLLECT)
    assert cdr.release_cause == ReleaseCause.CALLED_PARTY
    assert await charges(called) == [-COLLECT_MINOR] * cdr.minutes != []
    assert caller.heard == []


@together
async def test_a_caller_who_is_hung_up_in_asterisk(town: Town) -> None:
    """In the prompt, by an administrator: the called party is not asked any further."""
    caller, called = await town.person(_CALLER), await town.person(RICH)
    taking = await called.answer("", after_ms=20_000)
    dialling = asyncio.create_task(caller.dial(COLLECT.format(called.number)))
    asked = await town.world.in_phase(caller.number, Phase.ASKING)
    Instance(town.world.settings).asterisk_cli(f"channel request hangup {asked.calling_channel}")
    await until(lambda: _released(taking), 3, "the called party is asked on")
    assert (await dialling).status == SIP_STATUSES[Disposition.DECLINED]
    assert await charges(called) == []


@together
async def test_a_called_leg_that_ends_after_the_caller_s_logs_no_error(town: Town) -> None:
    """The legs end in threads of their own; here the caller's is gone long before."""
    settings = town.world.settings
    ami = Ami("127.0.0.1", settings.ami_port, settings.ami_user, settings.ami_secret)
    await ami.start()
    await until(lambda: _connected(ami), 5, "no AMI")
    leg = {"Application": "Wait", "Data": "1", "Variable": f"__CC_A={_GONE}"}
    await ami.originate("Local/s@collect-b-end", **leg)
    await asyncio.sleep(1)
    await ami.close()
    assert _GONE not in (settings.home / "log/asterisk.log").read_text(errors="replace")


async def _connected(ami: Ami) -> bool | None:
    return ami.connected or None


async def _released(taking: Taking) -> bool | None:
    return any(line.text.startswith("BYE") for line in taking.run.lines()) or None


def _give_up_soon(town: Town, called: Handset) -> None:
    """Five minutes of silence are too long for a test."""
    with closing(sqlite3.connect(town.world.settings.sip_accounts_db)) as db, db:
        statement = "UPDATE ps_endpoints SET rtp_timeout = ? WHERE id = ?"
        db.execute(statement, (_SILENCE_S, called.number))


def _silent_after_its_key(folder: Path) -> Path:
    script = folder / "silent-after-its-key.xml"
    text = (SCENARIOS / "callee.xml").read_text(encoding="utf-8")
    text = text.replace("<!-- keys -->", _KEY).replace('timeout="2500"', 'timeout="20000"')
    script.write_text(text, encoding="utf-8")
    return script
