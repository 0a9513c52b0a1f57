"""What an operator's file says: who may call collect, by which codes, and how consent is given."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agi.domain.numbers import NumberingPlan
from agi.domain.subscribers import HOME_ZONE, Subscriber

Key = Annotated[str, Field(pattern=r"^[0-9*#]$", description="one key of a telephone")]
WORD = r"^[a-z0-9][a-z0-9-]*$"
Word = Annotated[str, Field(pattern=WORD, description="a lower-case word")]


class DataModel(BaseModel):
    """Base of everything that is read from a data file: unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AccessCode(DataModel):
    """What starts a collect call: `code`, the number, `suffix`."""

    code: str = Field(pattern=r"^[0-9*]+$")
    suffix: str = Field(default="", pattern=r"^#?$")


class ConsentKeys(DataModel):
    """The keys of the consent prompt; without a `decline` key one declines by hanging up."""

    accept: Key
    decline: Key | None = None
    price: Key | None = None

    @model_validator(mode="after")
    def _differ(self) -> ConsentKeys:
        keys = [key for key in (self.accept, self.decline, self.price) if key is not None]
        if len(set(keys)) < len(keys):
            raise ValueError("one key has two meanings: give accept, decline and price a key each")
        return self


class CollectRule(DataModel):
    """The collect call of one operator."""

    access_codes: tuple[AccessCode, ...] = Field(min_length=1)
    keys: ConsentKeys
    prompt_repeats: int = Field(default=2, ge=0, le=5, description="readings after the first one")
    prepaid_callers_only: bool = False
    blocked_callers: bool = True
    """Whether a caller whose number is blocked may still call collect."""
    excluded_plans: frozenset[str] = frozenset()

    def entitles(self, caller: Subscriber, access_code: str) -> bool:
        """Whether `caller` may call collect by this code."""
        return (
            any(access.code == access_code for access in self.access_codes)
            and not (self.prepaid_callers_only and caller.postpaid)
            and (self.blocked_callers or not caller.blocked)
            and caller.plan not in self.excluded_plans
        )


class OperatorRule(DataModel):
    """One operator: everything about it that is not a price or a text."""

    id: Word
    name: str = Field(min_length=1)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    default_region: Word
    roaming_zones: tuple[Word, ...] = ()
    """Where a subscriber may be besides `home`; the operator's tariffs have a price for each."""
    numbering: NumberingPlan = NumberingPlan()
    postpaid_credit_limit_minor: int = Field(default=100_000, ge=0)
    """How far below zero a postpaid account may go, unless the account says otherwise [ours]."""
    collect: CollectRule | None = None
    """None: the operator has subscribers here, but no collect calls."""

    @property
    def zones(self) -> tuple[str, ...]:
        """Everywhere that a subscriber may be."""
        return (HOME_ZONE, *self.roaming_zones)
