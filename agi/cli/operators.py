"""``collectcall operators``: what the operators' files say."""

from __future__ import annotations

import click

from agi import catalogue as catalogue_files
from agi.catalogue import Catalogue
from agi.cli.locations import load_settings
from agi.cli.output import Row, json_option, show_row, show_rows
from agi.domain.operators import OperatorRule
from agi.domain.services import Deed

_COLUMNS = ("id", "name", "currency", "time_zone", "zones", "access_codes")


@click.command()
@click.argument("operator_id", required=False, metavar="[OPERATOR]")
@json_option
def operators(operator_id: str | None, as_json: bool) -> None:
    """List the operators by id. With OPERATOR, show all that its files say."""
    catalogue = catalogue_files.load(load_settings().data_dirs)
    if operator_id is not None:
        show_row(_row(catalogue, catalogue.operator(operator_id)), as_json)
    else:
        rows = [_row(catalogue, rule) for _, rule in sorted(catalogue.operators.items())]
        show_rows(rows, as_json, _COLUMNS)


def _row(catalogue: Catalogue, rule: OperatorRule) -> Row:
    collect, services = rule.collect, catalogue.services.get(rule.id)
    return {
        "id": rule.id,
        "name": rule.name,
        "currency": rule.currency,
        "time_zone": rule.time_zone,
        "region": rule.default_region,
        "zones": rule.zones,
        "zones_abroad": sorted(rule.zones_abroad),
        "access_codes": [str(code) for code in collect.access_codes] if collect else [],
        "keys": collect.keys.model_dump() if collect else {},
        "service_codes": {str(one.code): _deed(one) for one in services.codes} if services else {},
        "emergency": services.emergency if services else (),
        "answers_from": services.answers_from if services else None,
        "lists_most": rule.lists.most,
        "limits": {limit.name: limit.most for limit in rule.limits},
    }


def _deed(deed: Deed) -> str:
    """``send call_back``: what is done, and with what."""
    callers = sorted(deed.callers or ())
    given = (deed.access, deed.menu, deed.notice, *callers, deed.list, deed.answer)
    return " ".join([deed.does, *filter(None, given)])
