"""Cross-checks of the data files: what each of them says of things that another one knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from pathlib import Path

from agi.catalogue.files import CatalogueError, Model
from agi.domain import dialling, speech
from agi.domain.errors import TariffGap
from agi.domain.limits import COLLECT
from agi.domain.notices import FAILED_CALL, NoticeRules
from agi.domain.operators import OperatorRule
from agi.domain.services import MenuItem, ServiceRules
from agi.domain.speech import Language
from agi.domain.subscribers import Subscriber
from agi.domain.tariff import Tariff

_ELSEWHERE = ("here", "there")
"""Two regions that no rule names."""


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
    _check_each(files.tariffs, lambda tariff: _operator_faults(tariff.operator, files))
    _check_each(files.notices, lambda rules: _operator_faults(rules.operator, files))
    _check_each(files.services, lambda rules: _operator_faults(rules.operator, files))
    _check_each(files.tariffs, lambda tariff: _tariff_faults(tariff, files))
    _check_tariffs(files)
    _check_each(files.notices, lambda rules: _notice_faults(rules, files))
    _check_each(files.operators, lambda rule: _limit_faults(rule, files))
    _check_each(files.services, lambda rules: _service_faults(rules, files))
    _check_unique(files.notices, lambda r: (r.operator,), "one file of notices an operator")
    _check_unique(files.services, lambda r: (r.operator,), "one file of services an operator")
    _check_unique(files.languages, lambda one: (one.language,), "one file of prompts a language")
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


def _check_codes(files: Files) -> None:
    services = {rules.operator: rules for rules in files.services.values()}
    clash = dialling.collision(dialling.entries(files.operators.values(), services))
    if clash is not None:
        one, other = clash
        raise CatalogueError(
            f"operators, services: {one.pattern.text} ({one.name or 'an ordinary call'}) can't be "
            f"told from {other.pattern.text} ({other.name or 'an ordinary call'}) when it is "
            "dialled: change one of the two codes."
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
    for kind, notice in rules.by_code.items():
        unknown = (notice.networks or frozenset()) - files.known.keys()
        if unknown:
            yield f"by_code.{kind}.networks: no operator {', '.join(sorted(unknown))}."


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


def _tariff_faults(tariff: Tariff, files: Files) -> Iterator[str]:
    rule = files.known[tariff.operator]
    if tariff.currency != rule.currency:
        yield f"currency: {tariff.currency}, but the operator's accounts are in {rule.currency}."
    if tariff.currency not in speech.CURRENCIES:
        sayable = ", ".join(speech.CURRENCIES)
        yield f"currency: no words for {tariff.currency}: there are {sayable}."
    unknown = _zones_named(tariff) - set(rule.zones)
    if unknown:
        yield (
            f"rules, called_zone_supplements_minor: no zone {', '.join(sorted(unknown))}: "
            f"{tariff.operator} has {', '.join(rule.zones)}."
        )
    yield from _gaps(tariff, rule)


def _zones_named(tariff: Tariff) -> set[str]:
    rows = (*tariff.rules, *tariff.ordinary_rules)
    sets = (zones for row in rows for zones in (row.calling_zones, row.called_zones) if zones)
    return set().union(*sets, tariff.called_zone_supplements_minor)


def _gaps(tariff: Tariff, rule: OperatorRule) -> Iterator[str]:
    """Everywhere that two parties may be, with every region that a rule names."""
    rows = (*tariff.rules, *tariff.ordinary_rules)
    sets = (names for row in rows for names in (row.calling_regions, row.called_regions) if names)
    regions = sorted(set(_ELSEWHERE).union(*sets))
    home = Subscriber(number="", operator=rule.id, region="")
    for from_zone, to_zone, from_region, to_region in product(
        rule.zones, rule.zones, regions, regions
    ):
        calling = replace(home, roaming=from_zone, region=from_region)
        called = replace(home, roaming=to_zone, region=to_region)
        try:
            tariff.rate(calling, called)
            if tariff.ordinary_rules:
                tariff.rate_ordinary(calling, called)
        except TariffGap as gap:
            yield f"rules, called_zone_supplements_minor: {gap}"


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
