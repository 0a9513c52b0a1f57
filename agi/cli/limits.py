"""``collectcall limits``: how often a subscriber may still ask."""

from __future__ import annotations

from collections.abc import Iterable

import click

from agi.cli.deployment import Deployment, run
from agi.cli.output import Row, iso_time, json_option, show_rows
from agi.domain.limits import Limit, Per
from agi.domain.subscribers import Subscriber
from agi.subscribers.usage import Usage, Used


@click.command()
@click.argument("number")
@click.option("--to", "called", metavar="NUMBER", help="What is between the two as well.")
@json_option
def limits(number: str, called: str | None, as_json: bool) -> None:
    """Show the limits of NUMBER. What is used, of how many, and until when.

    Limits per called party count what was asked of NUMBER; with --to, of that other number.
    """

    async def work(deployment: Deployment) -> list[Row]:
        caller = await deployment.subscriber(number)
        other = (await deployment.subscriber(called)).number if called else None
        return [_row(used, caller) for used in await _used(deployment, caller, other)]

    show_rows(run(work), as_json)


async def _used(deployment: Deployment, caller: Subscriber, other: str | None) -> list[Used]:
    rule = deployment.catalogue.operator(caller.operator)
    shown = _shown(rule.limits, with_pairs=other is not None)
    return await Usage(deployment.store).counts(
        shown,
        rule,
        caller.number,
        other or caller.number,
        deployment.clock.wall_ms(),
    )


def _shown(limits: Iterable[Limit], with_pairs: bool) -> list[Limit]:
    return [limit for limit in limits if with_pairs or limit.per is not Per.PAIR]


def _row(used: Used, caller: Subscriber) -> Row:
    limit = used.limit
    return {
        "limit": limit.name,
        "counts": sorted(limit.counts),
        "per": limit.per.value,
        "window": limit.window.value,
        "used": used.times,
        "most": limit.most,
        "on": limit.most > 0 and not caller.unlimited,
        "until": iso_time(used.until_ms),
    }
