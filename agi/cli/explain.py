"""``collectcall explain``: the whole story of a call, with its evidence."""

from __future__ import annotations

import click

from agi.charging.calls import CallBook
from agi.cli.deployment import Deployment, UnknownCall, run
from agi.cli.output import Row, iso_time, json_option, show_rows
from agi.domain import story
from agi.messages.outbox import Outbox
from agi.store import keys


@click.command()
@click.argument("call_id")
@json_option
def explain(call_id: str, as_json: bool) -> None:
    """Tell what happened to the call CALL_ID, in order, each step with its evidence."""

    async def work(deployment: Deployment) -> list[Row]:
        owner = await deployment.store.client.get(keys.call_owner(call_id))
        if owner is None:
            raise UnknownCall(f"no call {call_id!r} within the last month: see `collectcall cdrs`.")
        rows = [
            *await _steps(deployment, str(owner), call_id),
            *await _entries(deployment, str(owner), call_id),
            *await _notices(deployment, str(owner), call_id),
        ]
        return sorted(rows, key=lambda row: row["at"])

    show_rows(run(work), as_json)


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
