"""Everything that can be dialled: each exact pattern, and where it leads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from agi.domain.codes import PLAIN_NUMBER, Code, Pattern
from agi.domain.operators import OperatorRule
from agi.domain.services import SPEAK_WITH, ServiceRules


class Leads(StrEnum):
    """Where something that was dialled leads; each is a part of the dialplan."""

    OFFER = "offer"
    """A collect call, or an ordinary one."""
    SERVICE = "service"
    """A service code, answered without answering the leg."""
    MENU = "menu"
    """A service code that answers the leg, and asks for keys."""
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class Entry:
    """One pattern. `name` is how the service is told which code it was: for a call what stands
    before the number (empty for an ordinary one), for a service code its written form."""

    pattern: Pattern
    name: str
    leads: Leads

    def __str__(self) -> str:
        """``service *7#``."""
        return f"{self.leads} {self.name}".rstrip()


def entries(
    operators: Iterable[OperatorRule], services: Mapping[str, ServiceRules]
) -> Iterator[Entry]:
    """All entries, those of one operator together. Two operators may share a code: which of them
    it means is the question of whose subscriber dialled it."""
    for operator in operators:
        for code, name, leads in _codes(operator, services.get(operator.id)):
            for pattern in code.patterns(operator.numbering):
                yield Entry(pattern, name, leads)


def _codes(operator: OperatorRule, rules: ServiceRules | None) -> Iterator[tuple[Code, str, Leads]]:
    yield PLAIN_NUMBER, "", Leads.OFFER
    for access in operator.collect.access_codes if operator.collect else ():
        yield access, access.head, Leads.OFFER
    for service in rules.codes if rules else ():
        leads = Leads.MENU if service.does in SPEAK_WITH else Leads.SERVICE
        yield service.code, str(service.code), leads
    for number in rules.emergency if rules else ():
        yield Code(number), number, Leads.EMERGENCY


def collision(all_entries: Iterable[Entry]) -> tuple[Entry, Entry] | None:
    """Two entries that can't be told apart by what is dialled; None where there are none."""
    by_length: dict[int, dict[Pattern, Entry]] = {}
    for entry in all_entries:
        known = by_length.setdefault(len(entry.pattern.text), {})
        for other in known.values():
            differ = (entry.name, entry.leads) != (other.name, other.leads)
            if differ and entry.pattern.collides(other.pattern):
                return other, entry
        known[entry.pattern] = entry
    return None
