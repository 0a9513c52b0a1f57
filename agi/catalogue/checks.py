"""Cross-checks of the data files: what each of them says of things that another one knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from agi.catalogue import prices
from agi.catalogue.files import CatalogueError, Model
from agi.domain import dialling, speech
from agi.domain.limits import COLLECT
from agi.domain.notices import FAILED_CALL, NoticeRules
from agi.domain.operators import OperatorRule
from agi.domain.services import MenuItem, ServiceRules
from agi.domain.speech import Language
from agi.domain.tariff import Tariff


@dataclass(frozen=True)
class Files:
    """Every file that was read, by path."""

    operators: Mapping[Path, OperatorRule]
    tariffs: Mapping[Path, Tariff]
    notices: Mapping[Path, NoticeRules]
    services: Mapping[Path, ServiceRules]
    languages: Mapping[Path, Language]

    @cached_property
    def known(self) -> Mapping[str, OperatorRule]:
        """The operators by id."""
        return {rule.id: rule for rule in self.operators.values()}

    @cached_property
    def notices_of(self) -> Mapping[str, NoticeRules]:
        """The notices by operator."""
        return {rules.operator: rules for rules in self.notices.values()}


def check(files: Files) -> None:
    """Compare the files with each other.

    Raises:
        CatalogueError: the first contradiction.
    """
    _check_unique(files.operators, lambda rule: (rule.id,), "one file an operator")
    _check_unique(files.notices, lambda r: (r.operator,), "one file of notices an operator")
    _check_unique(files.services, lambda r: (r.operator,), "one file of services an operator")
    _check_unique(files.languages, lambda one: (one.language,), "one file of prompts a language")
    _check_each(files.languages, speech.faults)
    _check_each(files.operators, _currency_faults)
    _check_each(files.tariffs, lambda tariff: _operator_faults(tariff.operator, files))
    _check_each(files.notices, lambda rules: _operator_faults(rules.operator, files))
    _check_each(files.services, lambda rules: _operator_faults(rules.operator, files))
    _check_each(files.tariffs, lambda tariff: prices.faults(tariff, files.known[tariff.operator]))
    _check_tariffs(files)
    _check_each(files.notices, lambda rules: _notice_faults(rules, files))
    _check_each(files.operators, lambda rule: _limit_faults(rule, files))
    _check_each(files.services, lambda rules: _service_faults(rules, files))
    _check_codes(files)


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


def _operator_faults(operator: str, files: Files) -> Iterator[str]:
    if operator not in files.known:
        known = ", ".join(sorted(files.known))
        yield f"operator: no operator {operator!r}: there are {known}."


def _currency_faults(rule: OperatorRule) -> Iterator[str]:
    if rule.currency not in speech.CURRENCIES:
        sayable = ", ".join(speech.CURRENCIES)
        yield f"currency: no words for {rule.currency}: there are {sayable}."


def _check_codes(files: Files) -> None:
    services = {rules.operator: rules for rules in files.services.values()}
    owners = {
        entry: rule.id
        for rule in files.operators.values()
        for entry in dialling.entries([rule], services)
    }
    clash = dialling.collision(owners)
    if clash is not None:
        one, other = (f"{entry.pattern.text} ({entry}, {owners[entry]})" for entry in clash)
        raise CatalogueError(
            f"operators, services: {one} can't be told from {other} when it is dialled: "
            "change one of the two codes."
        )


def _limit_faults(rule: OperatorRule, files: Files) -> Iterator[str]:
    notices = files.notices_of.get(rule.id)
    kinds = {COLLECT, FAILED_CALL, *(notices.by_code if notices else ())}
    for limit in rule.limits:
        unknown = limit.counts - kinds
        if unknown:
            yield (
                f"limits, {limit.name}: nothing is called {', '.join(sorted(unknown))}: "
                f"there are {', '.join(sorted(kinds))}."
            )


def _notice_faults(rules: NoticeRules, files: Files) -> Iterator[str]:
    for kind in sorted(rules.by_code.keys() & {COLLECT, FAILED_CALL}):
        yield f"by_code.{kind}: the service itself uses this name: choose another."
    for kind, notice in rules.by_code.items():
        unknown = (notice.networks or frozenset()) - files.known.keys()
        if unknown:
            known = ", ".join(sorted(files.known))
            yield (
                f"by_code.{kind}.networks: no operator {', '.join(sorted(unknown))}: "
                f"there are {known}."
            )


def _service_faults(rules: ServiceRules, files: Files) -> Iterator[str]:
    collect = files.known[rules.operator].collect
    notices = files.notices_of.get(rules.operator)
    for deed in rules.deeds():
        if deed.menu and deed.menu not in rules.menus:
            yield f"no menu {deed.menu!r}: there are {', '.join(rules.menus) or 'none'}."
        if deed.access and not (collect and collect.has_code(deed.access)):
            yield f"access: the operator has no access code {deed.access}N."
        if deed.notice and not (notices and deed.notice in notices.by_code):
            yield f"no notice {deed.notice!r}: add by_code.{deed.notice} to the notices."
        for language in files.languages.values():
            if deed.answer and deed.answer not in language.answers:
                yield f"no answer {deed.answer!r} in {language.language}: add it to answers there."
            if isinstance(deed, MenuItem) and deed.say not in language.texts:
                yield f"no prompt {deed.say!r} in {language.language}: add it to sentences there."


def _check_tariffs(files: Files) -> None:
    tariffs = files.tariffs
    _check_unique(
        tariffs, lambda t: (t.operator, t.plan, t.valid_from), "one tariff a day and plan"
    )
    _check_unique(tariffs, lambda t: (t.operator, t.plan, t.version), "one version, one tariff")
    priced = {tariff.operator for tariff in tariffs.values() if not tariff.plan}
    for rule in files.known.values():
        if rule.collect and rule.id not in priced:
            raise CatalogueError(
                f"operator {rule.id} has collect calls and no tariff without a plan: "
                f'add tariffs/{rule.id}.toml with operator = "{rule.id}".'
            )
