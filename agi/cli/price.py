"""``collectcall explain --price``: what a call would cost now, or on a day, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import click

from agi.cli.deployment import Deployment
from agi.cli.output import Row, show_row, show_rows
from agi.domain.errors import CollectError
from agi.domain.subscribers import Subscriber
from agi.domain.tariff import Condition, Price, PriceRule, Tariff


class NoPrice(CollectError):
    """There are no calls between the two."""


@dataclass(frozen=True, slots=True)
class PriceQuestion:
    """Whose call to whom; numbers as somebody typed them. `on` None: today."""

    calling: str
    called: str
    ordinary: bool
    on: date | None


@dataclass(frozen=True, slots=True)
class _Case:
    """The two parties, and the tariff of the one who pays."""

    calling: Subscriber
    called: Subscriber
    ordinary: bool
    tariff: Tariff

    @property
    def payer(self) -> Subscriber:
        return self.calling if self.ordinary else self.called

    def price(self) -> Price:
        """What a call is told, agreed to and charged at: by the very functions of a call."""
        rate = self.tariff.rate_ordinary if self.ordinary else self.tariff.rate
        return rate(self.calling, self.called)

    def tried(self) -> Iterator[tuple[PriceRule, tuple[Condition, ...]]]:
        """The rules up to the one that applies, with the conditions of each."""
        for rule in self.tariff.ordinary_rules if self.ordinary else self.tariff.rules:
            yield rule, rule.conditions(self.calling, self.called)
            if rule.covers(self.calling, self.called):
                return


async def explain(deployment: Deployment, question: PriceQuestion) -> Row:
    """The price of one started unit, and every rule that was tried for it.

    Raises:
        CollectError: a number is nobody's, or the two have no price.
    """
    calling = await deployment.subscriber(question.calling)
    called = await deployment.subscriber(question.called)
    if calling.operator != called.operator:
        raise NoPrice(
            f"{calling.number} is of {calling.operator} and {called.number} of {called.operator}: "
            "calls are within one operator only."
        )
    payer = calling if question.ordinary else called
    today = deployment.catalogue.today(payer.operator, deployment.clock.wall_ms())
    tariff = deployment.catalogue.tariff_for(payer, question.on or today)
    return _row(_Case(calling, called, question.ordinary, tariff), question.on or today)


def show(row: Row, as_json: bool) -> None:
    """Print what `explain` found; to people the rules as a table of their own."""
    if as_json:
        show_row(row, as_json)
        return
    show_row({name: value for name, value in row.items() if name != "tried"}, as_json)
    click.echo()
    show_rows(
        [rule | {"conditions": list(map(_told, rule["conditions"]))} for rule in row["tried"]],
        as_json,
    )


def _row(case: _Case, on: date) -> Row:
    tariff, price = case.tariff, case.price()
    supplement_minor = 0 if case.ordinary else tariff.supplement_minor(case.called)
    return {
        "calling": _party(case.calling),
        "called": _party(case.called),
        "call": "ordinary" if case.ordinary else "collect",
        "payer": case.payer.number,
        "on": on.isoformat(),
        "operator": tariff.operator,
        "plan": tariff.plan or None,
        "tariff_version": tariff.version,
        "valid_from": tariff.valid_from.isoformat(),
        "unit_ms": price.unit_ms,
        "rule": price.rule,
        "supplement_minor": supplement_minor,
        "price_minor": price.unit_price_minor,
        "currency": price.currency,
        "tried": [_tried(rule, conditions) for rule, conditions in case.tried()],
    }


def _party(party: Subscriber) -> Row:
    return {
        "number": party.number,
        "region": party.region,
        "roaming": party.roaming,
        "plan": party.plan or None,
    }


def _tried(rule: PriceRule, conditions: tuple[Condition, ...]) -> dict[str, object]:
    return {
        "rule": rule.name,
        "price_minor": rule.price_minor,
        "conditions": [
            {
                "condition": one.name,
                "wanted": sorted(one.wanted),
                "found": one.found,
                "holds": one.holds,
            }
            for one in conditions
        ],
        "applies": all(one.holds for one in conditions),
    }


def _told(condition: Row) -> str:
    """``calling zones: home (wants ru)``."""
    told = f"{condition['condition'].replace('_', ' ')}: {_word(condition['found'])}"
    wanted = " or ".join(map(_word, condition["wanted"]))
    return told if condition["holds"] else f"{told} (wants {wanted})"


def _word(value: str | bool) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
