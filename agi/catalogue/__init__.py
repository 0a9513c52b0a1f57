"""The operators, their tariffs, services and notices, and the languages, read from data files.

The shipped files are `agi/data`; a folder of a deployment (the setting `data_dirs`) is laid over
them: its `operators/x.toml` replaces the shipped file of that name, or is added. Everything is
checked when it is loaded, so that a mistake stops the start and not a call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from agi.catalogue import checks
from agi.catalogue.files import CatalogueError, check_folder, read_all
from agi.domain.errors import CollectError, TariffGap
from agi.domain.notices import NoticeRules
from agi.domain.operators import OperatorRule
from agi.domain.services import ServiceRules
from agi.domain.speech import Language
from agi.domain.subscribers import Subscriber
from agi.domain.tariff import Tariff

__all__ = ["DATA_DIR", "Catalogue", "CatalogueError", "UnknownOperator", "load"]

DATA_DIR = Path(__file__).parent.parent / "data"


class UnknownOperator(CollectError):
    """No operator has this id."""


@dataclass(frozen=True)
class Catalogue:
    """Everything that the data files say. `operators`, `notices` and `services` are by operator id,
    `languages` by code."""

    operators: Mapping[str, OperatorRule]
    tariffs: tuple[Tariff, ...]
    notices: Mapping[str, NoticeRules]
    services: Mapping[str, ServiceRules]
    languages: Mapping[str, Language]

    def operator(self, operator_id: str) -> OperatorRule:
        """The rule of one operator.

        Raises:
            UnknownOperator: there is none of this id.
        """
        try:
            return self.operators[operator_id]
        except KeyError:
            known = ", ".join(sorted(self.operators))
            raise UnknownOperator(f"no operator {operator_id!r}: there are {known}.") from None

    def today(self, operator_id: str, at_ms: int) -> date:
        """The day at an operator's at `at_ms`, Unix milliseconds."""
        return datetime.fromtimestamp(at_ms / 1000, self.operator(operator_id).zone_info).date()

    def tariff_for(self, payer: Subscriber, on: date) -> Tariff:
        """What `payer` pays by on a day: the newest version of the plan's tariff, or else of the
        operator's ordinary one.

        Raises:
            TariffGap: no tariff is valid on that day.
        """
        tariff = self.version_on(payer.operator, payer.plan, on) or self.version_on(
            payer.operator, "", on
        )
        if tariff is None:
            raise TariffGap(
                f"operator {payer.operator} has no tariff on {on}: add one to data/tariffs "
                "with a valid_from of that day or before."
            )
        return tariff

    def version_on(self, operator_id: str, plan: str, on: date) -> Tariff | None:
        """The newest version of one plan's tariff that is valid on a day."""
        versions = [
            tariff
            for tariff in self.tariffs
            if (tariff.operator, tariff.plan) == (operator_id, plan) and tariff.valid_from <= on
        ]
        return max(versions, key=lambda tariff: tariff.valid_from, default=None)

    def warnings(self, at_ms: int) -> Iterator[str]:
        """What is no mistake in a file, and yet refuses calls at `at_ms` (Unix milliseconds)."""
        for rule in self.operators.values():
            days = [t.valid_from for t in self.tariffs if (t.operator, t.plan) == (rule.id, "")]
            if rule.collect and min(days) > self.today(rule.id, at_ms):
                yield (
                    f"operator {rule.id} has no tariff without a plan before {min(days)}: until "
                    'then its collect calls end with "unavailable". Add one to data/tariffs with a '
                    "valid_from of today or before."
                )

    def notice_rules(self, operator_id: str) -> NoticeRules:
        """What an operator sends; nothing where it has no file."""
        return self.notices.get(operator_id) or NoticeRules(operator=operator_id)


def load(extra_dirs: Sequence[Path] = ()) -> Catalogue:
    """Read and check the shipped files with those of `extra_dirs` over them, the last on top.

    Raises:
        CatalogueError: a file can't be read or is wrong, or two files contradict each other.
    """
    for folder in extra_dirs:
        check_folder(folder)
    folders = (DATA_DIR, *extra_dirs)
    files = checks.Files(
        operators=read_all(folders, "operators", OperatorRule),
        tariffs=read_all(folders, "tariffs", Tariff),
        notices=read_all(folders, "notices", NoticeRules),
        services=read_all(folders, "services", ServiceRules),
        languages=read_all(folders, "prompts", Language),
    )
    checks.check(files)
    return Catalogue(
        {rule.id: rule for rule in files.operators.values()},
        tuple(files.tariffs.values()),
        {rules.operator: rules for rules in files.notices.values()},
        {rules.operator: rules for rules in files.services.values()},
        {one.language: one for one in files.languages.values()},
    )
