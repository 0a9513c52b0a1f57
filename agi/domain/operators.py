"""What an operator's file says: who may call collect, by which codes, and how consent is given."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from agi.domain.codes import Code, CodeText
from agi.domain.data import DataModel, Key, Word
from agi.domain.limits import Limit
from agi.domain.numbers import NumberingPlan
from agi.domain.subscribers import HOME_ZONE, Subscriber


class ConsentKeys(DataModel):
    """The keys of the consent prompt; without a `decline` key one declines by hanging up."""

    accept: Key
    decline: Key | None = None
    price: Key | None = None
    bar: Key | None = None
    """Declines, and puts the caller on the called party's black list."""

    @property
    def first_named(self) -> ConsentKeys:
        """What the first reading of the prompt names; it is short, so not barring [ours]."""
        return self.model_copy(update={"bar": None})

    @model_validator(mode="after")
    def _differ(self) -> ConsentKeys:
        keys = [key for _, key in self if key is not None]
        if len(set(keys)) < len(keys):
            raise ValueError("one key has two meanings: give each meaning a key of its own")
        return self


class CollectRule(DataModel):
    """The collect call of one operator."""

    access_codes: tuple[CodeText, ...] = Field(min_length=1)
    """Each takes a number."""
    keys: ConsentKeys
    prompt_repeats: int = Field(default=2, ge=0, le=5, description="readings after the first one")
    prepaid_callers_only: bool = False
    blocked_callers: bool = True
    """Whether a caller whose number is blocked may still call collect."""
    excluded_plans: frozenset[str] = frozenset()

    @field_validator("access_codes")
    @classmethod
    def _take_numbers(cls, codes: tuple[Code, ...]) -> tuple[Code, ...]:
        for code in codes:
            if not code.takes_number:
                raise ValueError(f"{code} has no place for the number: write N there")
        return codes

    def has_code(self, access_code: str) -> bool:
        """Whether what stands before the number is an access code of this operator."""
        return any(code.head == access_code for code in self.access_codes)

    def entitles(self, caller: Subscriber) -> bool:
        """Whether the contract of `caller` has collect calls."""
        return (
            not (self.prepaid_callers_only and caller.postpaid)
            and (self.blocked_callers or not caller.blocked)
            and caller.plan not in self.excluded_plans
        )


class ListRule(DataModel):
    """The personal lists of a subscriber."""

    most: int = Field(default=10, ge=1, le=1000, description="numbers in each list [S1]")


class OperatorRule(DataModel):
    """One operator: everything about it that is not a price or a text."""

    id: Word
    name: str = Field(min_length=1)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    time_zone: str
    """Where a day begins and ends, such as ``Europe/Moscow``."""
    default_region: Word
    roaming_zones: tuple[Word, ...] = ()
    """Where a subscriber may be besides `home`; the operator's tariffs have a price for each."""
    zones_abroad: frozenset[Word] = frozenset()
    """Those of `roaming_zones` that are outside the country."""
    numbering: NumberingPlan = NumberingPlan()
    postpaid_credit_limit_minor: int = Field(default=100_000, ge=0)
    """How far below zero a postpaid account may go, unless the account says otherwise [ours]."""
    collect: CollectRule | None = None
    """None: the operator has subscribers here, but no collect calls."""
    lists: ListRule = ListRule()
    limits: tuple[Limit, ...] = ()

    @property
    def zones(self) -> tuple[str, ...]:
        """Everywhere that a subscriber may be."""
        return (HOME_ZONE, *self.roaming_zones)

    @property
    def zone_info(self) -> ZoneInfo:
        """The zone of `time_zone`."""
        return ZoneInfo(self.time_zone)

    def limits_on(self, use: str) -> tuple[Limit, ...]:
        """The limits that count `use`: ``collect``, or a kind of notice."""
        return tuple(limit for limit in self.limits if limit.most and use in limit.counts)

    @field_validator("time_zone")
    @classmethod
    def _a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"no time zone {name!r}: write one like Europe/Moscow") from None
        return name

    @model_validator(mode="after")
    def _is_whole(self) -> OperatorRule:
        if not self.zones_abroad <= set(self.roaming_zones):
            strange = ", ".join(sorted(self.zones_abroad - set(self.roaming_zones)))
            raise ValueError(f"zones_abroad: {strange} is not among roaming_zones")
        names = [limit.name for limit in self.limits]
        if len(set(names)) < len(names):
            raise ValueError("limits: two have one name: give each a name of its own")
        return self
