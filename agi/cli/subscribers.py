"""``collectcall subscriber``: add, show and list subscribers."""

from __future__ import annotations

from typing import Any

import click

from agi.cli.deployment import Deployment, run
from agi.cli.locations import sip_host
from agi.cli.output import Row, json_option, show_row, show_rows
from agi.domain.money import parse_amount
from agi.domain.subscribers import HOME_ZONE, Subscriber
from agi.subscribers.registration import Registrar, Wanted


@click.group()
def subscriber() -> None:
    """Add, show and list subscribers."""


@subscriber.command()
@click.argument("number")
@click.option("--operator", required=True, help="Its id; `collectcall operators` lists them.")
@click.option("--region", help="A lower-case word; the operator's default where it is not given.")
@click.option("--roaming", default=HOME_ZONE, metavar="ZONE", show_default=True)
@click.option("--plan", default="", help="The tariff plan; the ordinary one where not given.")
@click.option("--language", metavar="CODE", help="Such as kk; the deployment's where not given.")
@click.option("--balance", default="0", help="The opening balance of a new account, like 100.00.")
@click.option("--blocked", is_flag=True, help="The number is blocked.")
@click.option("--postpaid", is_flag=True, help="The balance may go below zero, to a limit.")
@click.option("--opted-out", is_flag=True, help="Wants no collect calls, wherever from.")
@click.option("--unlimited", is_flag=True, help="Daily limits do not apply (load tests).")
@click.option("--hidden", is_flag=True, help="Left out of lists (the lab's own subscribers).")
@click.option("--replace", is_flag=True, help="Change a subscriber; money and password stay.")
@json_option
def add(as_json: bool, replace: bool, balance: str, **given: Any) -> None:
    """Add the subscriber NUMBER. The account and the SIP account work at once."""

    async def work(deployment: Deployment) -> Row:
        settings = deployment.settings
        registrar = Registrar(
            deployment.catalogue, deployment.profiles, deployment.sip_accounts, settings.language
        )
        wanted, balance_minor = Wanted(**given), parse_amount(balance)
        done = await registrar.replace(wanted) if replace else None
        if done is None:
            done = await registrar.add(wanted, balance_minor, deployment.clock.wall_ms())
        return await _row(deployment, done)

    show_row(run(work), as_json)


@subscriber.command()
@click.argument("number")
@json_option
def show(number: str, as_json: bool) -> None:
    """Show the subscriber NUMBER."""

    async def work(deployment: Deployment) -> Row:
        return await _row(deployment, await deployment.subscriber(number))

    show_row(run(work), as_json)


@subscriber.command("list")
@click.option("--all", "include_hidden", is_flag=True, help="The lab's own subscribers too.")
@json_option
def list_all(include_hidden: bool, as_json: bool) -> None:
    """List the subscribers by number."""

    async def work(deployment: Deployment) -> list[Row]:
        found = await deployment.profiles.all(include_hidden)
        return [await _row(deployment, one) for one in found]

    columns = (
        "number",
        "operator",
        "region",
        "roaming",
        "plan",
        "blocked",
        "postpaid",
        "opted_out",
        "balance_minor",
        "reserved_minor",
        "currency",
    )
    show_rows(run(work), as_json, columns)


async def _row(deployment: Deployment, subscriber: Subscriber) -> Row:
    settings = deployment.settings
    account = await deployment.account(subscriber.number)
    return {
        "number": subscriber.number,
        "operator": subscriber.operator,
        "region": subscriber.region,
        "roaming": subscriber.roaming,
        "plan": subscriber.plan or None,
        "language": subscriber.language,
        "blocked": subscriber.blocked,
        "postpaid": subscriber.postpaid,
        "opted_out": subscriber.opted_out,
        "opted_out_abroad": subscriber.opted_out_abroad,
        "lists_on": subscriber.lists_on,
        "unlimited": subscriber.unlimited,
        "hidden": subscriber.hidden,
        "currency": account.currency,
        "balance_minor": account.balance_minor,
        "reserved_minor": account.reserved_minor,
        "sip": {
            "username": subscriber.number,
            "password": await deployment.profiles.sip_password(subscriber.number),
            "domain": sip_host(settings),
            "port": settings.sip_port,
        },
    }
