"""How results are shown: JSON to programs, tables to people.

A result is a row, or a list of rows; a row is a dict whose keys are the documented field names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click
from tabulate import tabulate

from agi.domain.money import format_amount

Row = Mapping[str, Any]

json_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON."
)


def iso_time(at_ms: int | None) -> str | None:
    """Milliseconds of the Unix epoch as ISO 8601 in UTC: ``2026-01-31T12:00:00.250Z``."""
    if at_ms is None:
        return None
    seconds, milliseconds = divmod(at_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}Z"


def show_row(row: Row, as_json: bool) -> None:
    """Print one result: a JSON object, or a line a field."""
    if as_json:
        _print_json(row)
    else:
        _print_table([[_label(name), _cell(name, value)] for name, value in _flat(row).items()])


def show_rows(rows: Sequence[Row], as_json: bool, columns: Sequence[str] = ()) -> None:
    """Print a list: a JSON array of whole rows, or a table with `columns` (all where none)."""
    if as_json:
        _print_json(rows)
    elif not rows:
        click.echo("None.")
    else:
        names = columns or list(rows[0])
        cells = [[_cell(name, row[name]) for name in names] for row in rows]
        _print_table(cells, [_label(name) for name in names])


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _print_table(cells: list[list[str]], headers: Sequence[str] = ()) -> None:
    # Numbers of telephones are text: nothing is to be rounded or aligned by its point.
    style = "simple" if headers else "plain"
    click.echo(tabulate(cells, headers=headers, tablefmt=style, disable_numparse=True))


def _flat(row: Row) -> dict[str, Any]:
    """The row with ``sip: {port: 5060}`` as ``sip_port: 5060``."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}_{inner}": v for inner, v in value.items()}
        else:
            flat[name] = value
    return flat


def _label(name: str) -> str:
    return name.replace("_minor", "").replace("_", " ")


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if "_minor" in name and isinstance(value, int):
        return format_amount(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{_label(inner)} {_cell(inner, v)}" for inner, v in value.items())
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
