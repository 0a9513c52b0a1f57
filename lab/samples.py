"""The sample subscribers of `data/samples.toml`: made once, found again by every later start."""

from __future__ import annotations

import asyncio
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agi import catalogue
from agi.domain.money import parse_amount
from agi.domain.operators import OperatorRule
from agi.domain.subscribers import Subscriber
from agi.settings import Settings
from lab.people import People, Person, people_of

_FILE = Path(__file__).resolve().parent / "data" / "samples.toml"


@dataclass(frozen=True)
class Sample:
    """One row: who it is, and what for."""

    person: Person
    operator: OperatorRule
    shows: str


def provide(settings: Settings) -> list[Sample]:
    """Make the sample subscribers that are missing; all of them, as they now are."""
    operators = catalogue.load(settings.data_dirs)
    rows = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    wanted = [(operators.operator(name), row) for name, people in rows.items() for row in people]
    return asyncio.run(_provide(settings, wanted))


async def _provide(
    settings: Settings, wanted: list[tuple[OperatorRule, dict[str, Any]]]
) -> list[Sample]:
    async with people_of(settings) as people:
        return [await _sample(people, operator, row) for operator, row in wanted]


async def _sample(people: People, operator: OperatorRule, row: dict[str, Any]) -> Sample:
    profile = {key: row[key] for key in ("number", "roaming", "blocked", "opted_out") if key in row}
    subscriber = Subscriber(
        operator=operator.id,
        region=row.get("region", operator.default_region),
        opted_out_abroad=row.get("opted_out", False),
        **profile,
    )
    balance_minor = parse_amount(row.get("balance", "0"))
    person = await people.provide(subscriber, operator, balance_minor)
    return Sample(person, operator, row["shows"])
