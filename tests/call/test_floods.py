"""Much that nobody asked for, on a port that is not the phones': calls are taken all the same."""

from __future__ import annotations

import asyncio

import pytest

from agi.domain.dispositions import SIP_STATUSES, Disposition
from lab import ports
from lab.scenario_files import Party
from tests.call.handset import Town
from tests.call.together import together

pytestmark = pytest.mark.call

_CONNECTIONS, _MESSAGES = 100, 1000


@together
async def test_ami_flooded_without_a_password(town: Town) -> None:
    """Asterisk would take no INVITE while the queue of AMI's events is long."""
    caller = await town.person(Party(operator="mts-ru"))
    flood = [await _flood(town.world.settings.ami_port) for _ in range(_CONNECTIONS)]
    dialled = await caller.dial("08809000000000")
    for connection in flood:
        connection.close()
    assert dialled.status == SIP_STATUSES[Disposition.UNKNOWN_NUMBER]


async def _flood(port: int) -> asyncio.StreamWriter:
    """One connection with messages that say nothing; they wait in its socket."""
    _, connection = await asyncio.open_connection(ports.LOOPBACK, port)
    connection.write(b"\r\n\r\n" * _MESSAGES)
    return connection
