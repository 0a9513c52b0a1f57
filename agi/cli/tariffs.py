"""``collectcall tariffs``: every price of the tariff files."""

from __future__ import annotations

from collections.abc import Iterator

import click

from agi import catalogue as catalogue_files
from agi.catalogue import Catalogue
from agi.cli.locations import load_settings
from agi.cli.output import Row, json_option, show_rows
from agi.clock import Clock
from agi.domain.tariff import PriceRule, Tariff

_COLUMNS = (
    "operator",
    "plan",
    "version",
    "valid_from",
    "in_force",
    "kind",
    "name",
    "conditions",
    "price_minor",
    "currency",
    "unit_ms",
)


@click.command()
@click.option("--operator", "operator_id", metavar="OPERATOR", help="Only of this operator.")
@json_option
def tariffs(operator_id: str | None, as_json: bool) -> None:
    """List the prices of a started unit. In the order in which they are tried.

    A supplement comes on top of a collect call's price where the called party is travelling.
    """
    catalogue = catalogue_files.load(load_settings().data_dirs)
    chosen = [catalogue.operator(operator_id).id] if operator_id else sorted(catalogue.operators)
    ordered = sorted(catalogue.tariffs, key=lambda one: (one.operator, one.plan, one.valid_from))
    rows = [row for one in ordered if one.operator in chosen for row in _rows(catalogue, one)]
    show_rows(rows, as_json, _COLUMNS)


def _rows(catalogue: Catalogue, tariff: Tariff) -> Iterator[Row]:
    today = catalogue.today(tariff.operator, Clock().wall_ms())
    head = {
        "operator": tariff.operator,
        "plan": tariff.plan or None,
        "version": tariff.version,
        "valid_from": tariff.valid_from.isoformat(),
        "in_force": catalogue.version_on(tariff.operator, tariff.plan, today) == tariff,
        "currency": tariff.currency,
        "unit_ms": tariff.unit_ms,
    }
    for kind, rules in (("collect", tariff.rules), ("ordinary", tariff.ordinary_rules)):
        for rule in rules:
            yield {
                **head,
                "kind": kind,
                "name": rule.name,
                "conditions": _conditions(rule),
                "price_minor": rule.price_minor,
            }
    for zone, price_minor in tariff.called_zone_supplements_minor.items():
        yield {
            **head,
            "kind": "supplement",
            "name": zone,
            "conditions": {"called_zones": [zone]},
            "price_minor": price_minor,
        }


def _conditions(rule: PriceRule) -> Row:
    given = rule.model_dump(exclude={"name", "price_minor"}, exclude_none=True)
    return {
        name: wanted if isinstance(wanted, bool) else sorted(wanted)
        for name, wanted in given.items()
    }
