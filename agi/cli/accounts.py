"""``collectcall credit``, ``account`` and ``ledger``: the subscribers' money."""

from __future__ import annotations

import click

from agi.charging.accounts import Account, LedgerEntry
from agi.cli.deployment import Deployment, run
from agi.cli.output import Row, iso_time, json_option, show_row, show_rows
from agi.domain.money import parse_amount


@click.command()
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
        return {
            "number": account.number,
            "id": operation_id,
            "amount_minor": amount_minor,
            "applied": result.applied,
            "currency": account.currency,
            "balance_minor": result.balance_minor,
        }

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
    }
