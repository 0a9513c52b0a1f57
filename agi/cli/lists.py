"""``collectcall lists``: whose collect calls a subscriber takes unasked, and whose never."""

from __future__ import annotations

import click

from agi.cli.deployment import Deployment, run
from agi.cli.output import Row, json_option, show_row
from agi.subscribers.lists import Lists


@click.command()
@click.argument("number")
@json_option
def lists(number: str, as_json: bool) -> None:
    """Show the lists and opt-outs of NUMBER. Numbers are in the order of entry."""

    async def work(deployment: Deployment) -> Row:
        owner = await deployment.subscriber(number)
        kept = await Lists(deployment.store).of(owner.number)
        return {
            "number": owner.number,
            "on": owner.lists_on,
            "most": deployment.catalogue.operator(owner.operator).lists.most,
            "white": kept.white,
            "black": kept.black,
            "opted_out": owner.opted_out,
            "opted_out_abroad": owner.opted_out_abroad,
        }

    show_row(run(work), as_json)
