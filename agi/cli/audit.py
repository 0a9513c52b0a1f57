"""``collectcall audit``: does everything about money agree?"""

from __future__ import annotations

import sys

import click

from agi.calls import witness
from agi.charging import audit as books
from agi.cli.deployment import Deployment, run
from agi.cli.output import Row, json_option, show_rows


@click.command()
@json_option
def audit(as_json: bool) -> None:
    """Recompute every balance; compare ledgers, CDRs, consents, reservations, Asterisk's record.

    Lists each difference; the exit status is 1 if there is one.
    """

    async def work(deployment: Deployment) -> list[Row]:
        found = await books.run(deployment.store)
        found += await witness.run(deployment.store, deployment.settings.cel_file)
        return [{"about": one.about, "what": one.what} for one in found]

    rows = run(work)
    if rows or as_json:
        show_rows(rows, as_json)
    else:
        click.echo("Everything agrees.")
    sys.exit(1 if rows else 0)
