"""``collectcall cdrs``, ``messages`` and ``calls``: what happened and what happens now."""

from __future__ import annotations

import click

from agi.charging import cdrs as cdr_store
from agi.charging.calls import CallBook
from agi.cli.deployment import Deployment, run
from agi.cli.output import Row, iso_time, json_option, show_rows
from agi.domain.call import Call
from agi.domain.cdr import Cdr
from agi.messages.outbox import Outbox
from agi.messages.rows import StoredMessage


@click.command()
@click.option("--calling", metavar="NUMBER", help="Only attempts of this caller.")
@click.option("--called", metavar="NUMBER", help="Only attempts to this number.")
@click.option("--call", "call_id", metavar="ID", help="Only this call.")
@json_option
def cdrs(calling: str | None, called: str | None, call_id: str | None, as_json: bool) -> None:
    """Show the call detail records. One for each attempt, oldest first."""

    async def work(deployment: Deployment) -> list[Row]:
        found = await cdr_store.find(
            deployment.store,
            calling=_number(deployment, calling),
            called=_number(deployment, called),
            call_id=call_id,
        )
        rows = [_cdr_row(cdr) for cdr in found]
        return rows if calling or called or call_id else await _public(deployment, rows)

    columns = (
        "started_at",
        "calling",
        "called",
        "terms",
        "disposition",
        "talk_ms",
        "minutes",
        "charged_minor",
        "currency",
        "release_cause",
        "call_id",
    )
    show_rows(run(work), as_json, columns)


@click.command()
@click.option("--to", "recipient", metavar="NUMBER", help="Only messages to this number.")
@json_option
def messages(recipient: str | None, as_json: bool) -> None:
    """Show the messages. Pending, sent and dead ones, oldest first."""

    async def work(deployment: Deployment) -> list[Row]:
        found = await Outbox(deployment.store).find(_number(deployment, recipient))
        rows = [_message_row(row) for row in found]
        return rows if recipient else await _public(deployment, rows)

    show_rows(run(work), as_json)


@click.command()
@json_option
def calls(as_json: bool) -> None:
    """Show the calls that are live now, oldest first."""

    async def work(deployment: Deployment) -> list[Row]:
        live = await CallBook(deployment.store).live()
        rows = [_call_row(call) for call in sorted(live, key=lambda call: call.started_at_ms)]
        return await _public(deployment, rows)

    show_rows(run(work), as_json)


def _number(deployment: Deployment, text: str | None) -> str | None:
    return None if text is None else deployment.number(text)


async def _public(deployment: Deployment, rows: list[Row]) -> list[Row]:
    """Without what the lab's own subscribers did: it is shown to whoever asks for it by number."""
    sides = ("calling", "called", "from", "to")
    parties = {row[side] for row in rows for side in sides if row.get(side)}
    hidden = await deployment.profiles.hidden(parties)
    return [row for row in rows if not hidden & {row.get(side) for side in sides}]


def _cdr_row(cdr: Cdr) -> Row:
    return {
        "call_id": cdr.call_id,
        "calling": cdr.calling,
        "called": cdr.called,
        "operator": cdr.operator,
        "access_code": cdr.access_code,
        "terms": cdr.terms.value,
        "disposition": cdr.disposition.value,
        "consent": cdr.consent,
        "consent_at": iso_time(cdr.consent_at_ms),
        "consent_digits": cdr.consent_digits,
        "started_at": iso_time(cdr.started_at_ms),
        "answered_at": iso_time(cdr.answered_at_ms),
        "ended_at": iso_time(cdr.ended_at_ms),
        "talk_ms": cdr.talk_ms,
        "minutes": cdr.minutes,
        "price_minor_per_minute": cdr.price_minor_per_minute,
        "charged_minor": cdr.charged_minor,
        "currency": cdr.currency,
        "tariff_version": cdr.tariff_version,
        "release_cause": cdr.release_cause,
    }


def _message_row(row: StoredMessage) -> Row:
    return {
        "id": row.message.id,
        "created_at": iso_time(row.message.created_at_ms),
        "from": row.message.sender,
        "to": row.message.recipient,
        "kind": row.message.kind,
        "text": row.message.text,
        "state": row.state.value,
        "attempts": row.attempts,
        "error": row.error or None,
    }


def _call_row(call: Call) -> Row:
    price = call.price
    return {
        "call_id": call.call_id,
        "calling": call.calling,
        "called": call.called,
        "operator": call.operator,
        "access_code": call.access_code,
        "terms": call.terms.value,
        "phase": call.phase.value,
        "started_at": iso_time(call.started_at_ms),
        "consent_at": iso_time(call.consent_at_ms),
        "answered_at": iso_time(call.talk_started_at_ms),
        "price_minor_per_minute": price.unit_price_minor if price else 0,
        "currency": price.currency if price else None,
        "reserved_units": call.reserved_units,
        "debited_units": call.debited_units,
    }
