"""``collectcall explain``: the whole story of a call, with its evidence, or of a price."""

from __future__ import annotations

from datetime import datetime

import click

from agi.charging.calls import CallBook
from agi.cli import price
from agi.cli.deployment import Deployment, UnknownCall, run
from agi.cli.output import Row, iso_time, json_option, show_rows
from agi.domain import story
from agi.messages.outbox import Outbox
from agi.store import keys


@click.command()
@click.argument("call_id", required=False)
@click.option("--price", "parties", nargs=2, metavar="CALLING CALLED", help="What costs a call?")
@click.option("--ordinary", is_flag=True, help="With --price: the caller pays.")
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="With --price: that day."
)
@json_option
def explain(
    call_id: str | None,
    parties: tuple[str, str] | None,
    ordinary: bool,
    on: datetime | None,
    as_json: bool,
) -> None:
    """Tell what happened to the call CALL_ID. In order, each step with its evidence.

    With --price, tell what a started unit of a call costs, by which rule, and why.
    """
    if (call_id is None) == (parties is None):
        raise click.UsageError("Give either a CALL_ID or --price CALLING CALLED.")
    if parties is not None:
        question = price.PriceQuestion(*parties, ordinary, on.date() if on else None)
        price.show(run(lambda deployment: price.explain(deployment, question)), as_json)
    elif call_id is not None:
        if ordinary or on:
            raise click.UsageError("--ordinary and --on go with --price.")
        show_rows(run(lambda deployment: _story(deployment, call_id)), as_json)


async def _story(deployment: Deployment, call_id: str) -> list[Row]:
    owner = await deployment.store.client.get(keys.call_owner(call_id))
    if owner is None:
        raise UnknownCall(f"no call {call_id!r} within the last month: see `collectcall cdrs`.")
    rows = [
        *await _steps(deployment, str(owner), call_id),
        *await _entries(deployment, str(owner), call_id),
        *await _notices(deployment, str(owner), call_id),
    ]
    return sorted(rows, key=lambda row: row["at"])


async def _steps(deployment: Deployment, owner: str, call_id: str) -> list[Row]:
    lines = await CallBook(deployment.store).story(owner, call_id)
    return [_row(line["at_ms"], "call", story.tell(line)) for line in lines]


async def _entries(deployment: Deployment, owner: str, call_id: str) -> list[Row]:
    entries = await deployment.accounts.ledger(owner)
    return [
        _row(
            entry.at_ms,
            f"ledger {entry.id}",
            f"{entry.reason} {entry.minute or ''}".strip()
            + f": {entry.amount_minor} minor units, balance {entry.balance_minor}"
            + (f" ({entry.note})" if entry.note else ""),
        )
        for entry in entries
        if entry.call_id == call_id
    ]


async def _notices(deployment: Deployment, owner: str, call_id: str) -> list[Row]:
    found = await Outbox(deployment.store).find(owner)
    return [
        _row(one.message.created_at_ms, "notice", f"{one.message.kind}, {one.state}")
        for one in found
        if one.message.id.startswith(f"{call_id}-")
    ]


def _row(at_ms: int, evidence: str, what: str) -> Row:
    return {"at": iso_time(at_ms), "evidence": evidence, "what": what}
