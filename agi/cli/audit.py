"""``collectcall audit``: does everything about money agree?"""

from __future__ import annotations

import asyncio
import sys

import click

from agi.calls import witness
from agi.charging import audit as books
from agi.charging.audit import Difference
from agi.cli.deployment import Deployment, run
from agi.cli.output import Row, json_option, show_rows
from agi.settings import LOOPBACK
from agi.telephony.ami import Ami, AmiError

_CONNECT_WAIT_S = 3.0


@click.command()
@json_option
def audit(as_json: bool) -> None:
    """Recompute every balance and compare the books.

    Ledgers, CDRs, consents and reservations with each other, with Asterisk's record, and with its
    live channels.

    Lists each difference; the exit status is 1 if there is one.
    """

    async def work(deployment: Deployment) -> list[Row]:
        found = await books.run(deployment.store)
        found += await witness.run(deployment.store, deployment.settings.cel_file)
        found += await _channels(deployment)
        return [{"about": one.about, "what": one.what} for one in found]

    rows = run(work)
    if rows or as_json:
        show_rows(rows, as_json)
    else:
        click.echo("Everything agrees.")
    sys.exit(1 if rows else 0)


async def _channels(deployment: Deployment) -> list[Difference]:
    """What Asterisk's live channels contradict; without Asterisk a line says so."""
    settings = deployment.settings
    ami = Ami(LOOPBACK, settings.ami_port, settings.ami_user, settings.ami_secret)
    connected = asyncio.Event()

    async def note() -> None:
        connected.set()

    ami.on_connect(note)
    await ami.start()
    try:
        await asyncio.wait_for(connected.wait(), _CONNECT_WAIT_S)
        return await witness.channels(deployment.store, ami)
    except (TimeoutError, AmiError):
        click.echo(f"Asterisk's live channels are not compared (AMI: {ami.state}).", err=True)
        return []
    finally:
        await ami.close()
