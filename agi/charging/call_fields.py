"""A call as the flat hash that Redis keeps, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields

from agi.domain.call import Call, Phase
from agi.domain.tariff import Price
from agi.domain.terms import Terms

_PRICE = tuple(field.name for field in fields(Price))
_PLAIN = tuple(field.name for field in fields(Call) if field.name != "price")
_NUMBERS = frozenset(
    field.name
    for record in (Call, Price)
    for field in fields(record)
    if str(field.type).startswith("int")
)


def to_fields(call: Call) -> dict[str, str]:
    """Every field that has a value, as text; what is None is left out."""
    values = {name: getattr(call, name) for name in _PLAIN}
    values |= asdict(call.price) if call.price else {}
    values["warned"] = int(call.warned)
    return {name: str(value) for name, value in values.items() if value is not None}


def changed_fields(before: Call | None, after: Call) -> dict[str, str | None]:
    """What has to be written to make `before` `after`; None removes a field."""
    old = to_fields(before) if before else {}
    new = to_fields(after)
    changed: dict[str, str | None] = {k: v for k, v in new.items() if old.get(k) != v}
    return changed | {name: None for name in old if name not in new}


def from_fields(stored: Mapping[str, str]) -> Call:
    """The call that `to_fields` was made of."""
    values = {name: int(text) if name in _NUMBERS else text for name, text in stored.items()}
    price = Price(**{name: values[name] for name in _PRICE}) if "unit_ms" in stored else None  # type: ignore[arg-type]
    plain = {name: values[name] for name in _PLAIN if name in values}
    plain |= {"phase": Phase(stored["phase"]), "warned": stored["warned"] == "1"}
    plain["terms"] = Terms(stored.get("terms", Terms.ASKED))
    for name in ("called", "access_code"):
        plain.setdefault(name, None)  # type: ignore[arg-type]
    return Call(price=price, **plain)  # type: ignore[arg-type]
