"""``collectcall credit``, ``account`` and ``ledger``: the subscribers' money."""

from __future__ import annotations

import click

from agi.charging.accounts import Account, LedgerEntry, Posted
from agi.cli.deployment import Deployment, run
from agi.cli.output import Row, iso_time, json_option, show_row, show_rows
from agi.domain.money import parse_amount

_AMOUNT_WITH_A_SIGN = {"ignore_unknown_options": True}
"""So that -5 is an amount, right or wrong, and no option."""


@click.command(context_settings=_AMOUNT_WITH_A_SIGN)
@click.argument("number")
@click.argument("amount")
@click.option(
    "--id", "operation_id", required=True, metavar="KEY", help="Repeated, it changes nothing."
)
@json_option
def credit(number: str, amount: str, operation_id: str, as_json: bool) -> None:
    """Put AMOUNT, like 100 or 9.50, on the account of NUMBER."""

    async def work(deployment: Deployment) -> Row:
        amount_minor = parse_amount(amount)
        account = await deployment.account(number)
        result = await deployment.accounts.credit(
            account.number, amount_minor, operation_id, deployment.clock.wall_ms()
        )
        return _posted_row(account, operation_id, amount_minor, result)

    show_row(run(work), as_json)


@click.command(context_settings=_AMOUNT_WITH_A_SIGN)
@click.argument("number")
@click.argument("amount")
@click.option(
    "--id", "operation_id", required=True, metavar="KEY", help="Repeated, it changes nothing."
)
@click.option("--reason", required=True, help="Why, for whoever reads the ledger.")
@json_option
def correct(number: str, amount: str, operation_id: str, reason: str, as_json: bool) -> None:
    """Correct the balance of NUMBER by AMOUNT, like 5 or -5."""

    async def work(deployment: Deployment) -> Row:
        amount_minor = parse_amount(amount)
        account = await deployment.account(number)
        result = await deployment.accounts.correct(
            account.number, amount_minor, operation_id, reason, deployment.clock.wall_ms()
        )
        return _posted_row(account, operation_id, amount_minor, result)

    show_row(run(work), as_json)


@click.command()
@click.argument("call_id")
@click.option("--reason", required=True, help="Why, for whoever reads the ledger.")
@json_option
def refund(call_id: str, reason: str, as_json: bool) -> None:
    """Give back all that CALL_ID has cost. Repeated, it changes nothing."""

    async def work(deployment: Deployment) -> Row:
        cdr = await deployment.cdr(call_id)
        result = await deployment.accounts.refund(cdr, reason, deployment.clock.wall_ms())
        account = await deployment.account(cdr.payer or "")
        return _posted_row(account, call_id, cdr.charged_minor, result)

    show_row(run(work), as_json)


@click.command()
@click.argument("number")
@json_option
def account(number: str, as_json: bool) -> None:
    """Show the account of NUMBER."""

    async def work(deployment: Deployment) -> Row:
        return _account_row(await deployment.account(number))

    show_row(run(work), as_json)


@click.command()
@click.argument("number")
@json_option
def ledger(number: str, as_json: bool) -> None:
    """Show every change of NUMBER's balance, oldest first."""

    async def work(deployment: Deployment) -> list[Row]:
        account = await deployment.account(number)
        return [_entry_row(entry) for entry in await deployment.accounts.ledger(account.number)]

    show_rows(run(work), as_json)


def _posted_row(account: Account, operation_id: str, amount_minor: int, done: Posted) -> Row:
    return {
        "number": account.number,
        "id": operation_id,
        "amount_minor": amount_minor,
        "applied": done.applied,
        "currency": account.currency,
        "balance_minor": done.balance_minor,
    }


def _account_row(account: Account) -> Row:
    return {
        "number": account.number,
        "currency": account.currency,
        "balance_minor": account.balance_minor,
        "reserved_minor": account.reserved_minor,
        "floor_minor": account.floor_minor,
        "available_minor": account.available_minor,
    }


def _entry_row(entry: LedgerEntry) -> Row:
    return {
        "id": entry.id,
        "at": iso_time(entry.at_ms),
        "reason": entry.reason,
        "call_id": entry.call_id,
        "minute": entry.minute,
        "amount_minor": entry.amount_minor,
        "balance_minor": entry.balance_minor,
        "note": entry.note,
    }
