"""The operators, their tariffs and notices, and the languages, read from data files.

The shipped files are `agi/data`; a folder of a deployment (the setting `data_dirs`) is laid over
them: its `operators/x.toml` replaces the shipped file of that name, or is added. Everything is
checked when it is loaded, so that a mistake stops the start and not a call.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from agi.domain import speech
from agi.domain.errors import CollectError, TariffGap
from agi.domain.notices import NoticeRules
from agi.domain.operators import DataModel, OperatorRule
from agi.domain.speech import Language
from agi.domain.subscribers import Subscriber
from agi.domain.tariff import Tariff

DATA_DIR = Path(__file__).parent / "data"

Model = TypeVar("Model", bound=DataModel)


class CatalogueError(CollectError):
    """A data file is wrong; the text names the file, the key and the mend."""


class UnknownOperator(CollectError):
    """No operator has this id."""


@dataclass(frozen=True)
class Catalogue:
    """Everything that the data files say. `operators` and `notices` are by operator id, `languages`
    by code."""

    operators: Mapping[str, OperatorRule]
    tariffs: tuple[Tariff, ...]
    notices: Mapping[str, NoticeRules]
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

    def tariff_for(self, called: Subscriber, on: date) -> Tariff:
        """What `called` pays by on a day: the newest version of the plan's tariff, or else of the
        operator's ordinary one.

        Raises:
            TariffGap: no tariff is valid on that day.
        """
        valid = [t for t in self.tariffs if t.operator == called.operator and t.valid_from <= on]
        for plan in (called.plan, ""):
            versions = [tariff for tariff in valid if tariff.plan == plan]
            if versions:
                return max(versions, key=lambda tariff: tariff.valid_from)
        raise TariffGap(
            f"operator {called.operator} has no tariff on {on}: add one to data/tariffs "
            "with a valid_from of that day or before."
        )

    def notice_rules(self, operator_id: str) -> NoticeRules:
        """What an operator sends unasked; nothing where it has no file."""
        return self.notices.get(operator_id) or NoticeRules(operator=operator_id)


def load(extra_dirs: Sequence[Path] = ()) -> Catalogue:
    """Read and check the shipped files with those of `extra_dirs` over them, the last on top.

    Raises:
        CatalogueError: a file can't be read or is wrong, or two files contradict each other.
    """
    for folder in extra_dirs:
        if not folder.is_dir():
            raise CatalogueError(f"{folder} is no folder: correct data_dirs in settings.toml.")
    folders = (DATA_DIR, *extra_dirs)
    operators = _read_all(folders, "operators", OperatorRule)
    tariffs = _read_all(folders, "tariffs", Tariff)
    notices = _read_all(folders, "notices", NoticeRules)
    languages = _read_all(folders, "prompts", Language)
    _check_operators(operators)
    known = {rule.id: rule for rule in operators.values()}
    _check_each(tariffs, lambda tariff: _tariff_faults(tariff, known))
    _check_tariffs(tariffs, known)
    _check_each(notices, lambda rules: _operator_faults(rules.operator, known))
    _check_unique(notices, lambda rules: (rules.operator,), "one file of notices an operator")
    _check_unique(languages, lambda one: (one.language,), "one file of prompts a language")
    return Catalogue(
        known,
        tuple(tariffs.values()),
        {rules.operator: rules for rules in notices.values()},
        {one.language: one for one in languages.values()},
    )


def _read_all(folders: Iterable[Path], kind: str, model: type[Model]) -> dict[Path, Model]:
    """The files of one kind, by path; of files of one name the last folder's."""
    paths = {
        path.name: path for folder in folders for path in sorted((folder / kind).glob("*.toml"))
    }
    return {path: _read(path, model) for path in paths.values()}


def _read(path: Path, model: type[Model]) -> Model:
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path}: {error}. Correct that place.") from None
    except OSError as error:
        raise CatalogueError(f"{path} can't be read: {error.strerror}.") from None
    except ValidationError as error:
        faults = (f"{_key(fault['loc'])}: {fault['msg']}" for fault in error.errors())
        raise CatalogueError(f"{path}: {'; '.join(faults)}. Correct these keys.") from None


def _key(location: tuple[int | str, ...]) -> str:
    """``("rules", 2, "price_minor")`` as ``rules[2].price_minor``; entries count from 0."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).lstrip(".") or "the file"


def _check_each(files: Mapping[Path, Model], faults: Callable[[Model], Iterator[str]]) -> None:
    for path, model in files.items():
        for fault in faults(model):
            raise CatalogueError(f"{path}: {fault}")


def _check_unique(
    files: Mapping[Path, Model], identity: Callable[[Model], tuple[object, ...]], rule: str
) -> None:
    seen: dict[tuple[object, ...], Path] = {}
    for path, model in files.items():
        first = seen.setdefault(identity(model), path)
        if first != path:
            raise CatalogueError(f"{path} says the same as {first}: {rule}. Remove one of them.")


def _check_operators(operators: Mapping[Path, OperatorRule]) -> None:
    _check_unique(operators, lambda rule: (rule.id,), "one file an operator")
    starts: dict[tuple[str, str, int], tuple[str, Path]] = {}
    for path, rule in operators.items():
        for access in rule.collect.access_codes if rule.collect else ():
            for prefix in rule.numbering.prefixes:
                dialled = (access.code + prefix, access.suffix, rule.numbering.national_digits)
                code, first = starts.setdefault(dialled, (access.code, path))
                if code != access.code:
                    raise CatalogueError(
                        f"{path}: collect.access_codes: {access.code} with {prefix or 'nothing'} "
                        f"before the number can't be told from {code} of {first}: change one."
                    )


def _operator_faults(operator: str, operators: Mapping[str, OperatorRule]) -> Iterator[str]:
    if operator not in operators:
        yield f"operator: no operator {operator!r}: there are {', '.join(sorted(operators))}."


def _tariff_faults(tariff: Tariff, operators: Mapping[str, OperatorRule]) -> Iterator[str]:
    yield from _operator_faults(tariff.operator, operators)
    rule = operators[tariff.operator]
    if tariff.currency != rule.currency:
        yield f"currency: {tariff.currency}, but the operator's accounts are in {rule.currency}."
    if tariff.currency not in speech.CURRENCIES:
        sayable = ", ".join(speech.CURRENCIES)
        yield f"currency: no words for {tariff.currency}: there are {sayable}."
    named = {zone for row in tariff.rules for zone in row.calling_zones or ()}
    unknown = (named | set(tariff.called_zone_supplements_minor)) - set(rule.zones)
    if unknown:
        yield (
            f"rules, called_zone_supplements_minor: no zone {', '.join(sorted(unknown))}: "
            f"{tariff.operator} has {', '.join(rule.zones)}."
        )
    home = Subscriber(number="", operator=rule.id, region="here")
    for calling_zone, called_zone, region in product(rule.zones, rule.zones, ("here", "there")):
        calling = replace(home, roaming=calling_zone, region=region)
        try:
            tariff.rate(calling, replace(home, roaming=called_zone))
        except TariffGap as gap:
            yield f"rules, called_zone_supplements_minor: {gap}"


def _check_tariffs(tariffs: Mapping[Path, Tariff], operators: Mapping[str, OperatorRule]) -> None:
    _check_unique(
        tariffs, lambda t: (t.operator, t.plan, t.valid_from), "one tariff a day and plan"
    )
    _check_unique(tariffs, lambda t: (t.operator, t.plan, t.version), "one version, one tariff")
    priced = {tariff.operator for tariff in tariffs.values() if not tariff.plan}
    for rule in operators.values():
        if rule.collect and rule.id not in priced:
            raise CatalogueError(
                f"operator {rule.id} has collect calls and no tariff without a plan: "
                f'add tariffs/{rule.id}.toml with operator = "{rule.id}".'
            )
