"""What a folder of ``sipp-scenarios`` says: who calls whom, and what must come of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agi.domain.call import Phase
from agi.domain.errors import CollectError
from lab.sipp import Transport

FOLDER = Path(__file__).resolve().parent.parent / "sipp-scenarios"
REGISTER = FOLDER / "register.xml"


class ScenarioError(CollectError):
    """A scenario is missing or its files are wrong; the text names the file and the key."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Part = TypeVar("Part", bound=_Part)


class Party(_Part):
    """A subscriber that is made for the scenario, with an unused number."""

    operator: str
    region: str | None = None
    roaming: str | None = None
    plan: str | None = None
    balance: str = "0.00"
    blocked: bool = False
    postpaid: bool = False
    opted_out: bool = False
    unlimited: bool = False


class Fault(_Part):
    """What happens to the service: it is killed, or stopped until the caller's call has ended."""

    signal: Literal["KILL", "STOP"]
    phase: Phase
    """It happens when the call is in this phase,"""
    after_ms: int = 0
    """and so much later."""


class Setting(_Part):
    """scenario.yml"""

    calling: Party
    callers: int = Field(default=1, ge=1)
    """How many subscribers like `calling` call at the same time."""
    called: Party
    dial: str
    """What is dialled; ``{called}`` and ``{calling}`` stand for the numbers."""
    phone_on: Literal["before_the_call", "after_the_call"] = "before_the_call"
    """When the called party's phone registers."""
    called_requests: int = Field(default=1, ge=0)
    """How many dialogues the called party's phone goes through; 0: it must be left in peace."""
    transport: Transport = "udp"
    """How both phones reach Asterisk."""
    fault: Fault | None = None


class Expectation(_Part):
    """expect.yml"""

    sip_status: int
    """What the caller's phone got for its INVITE in the end."""
    told: tuple[str, ...]
    """The prompts that the caller heard."""
    asked: dict[str, Any] = {}
    """How often prompts were said to the called party: a number, or a range as in `cdr`."""
    cdr: dict[str, Any]
    """Fields of the call's one CDR; a list of two numbers is the range that the value lies in."""
    ledger_minor: tuple[int, ...]
    """The changes of the called party's account by the call, in order."""
    notices: tuple[str, ...]
    """The states of the notices to the called party, once its phone is on."""
    notices_before_registration: tuple[str, ...] | None = None
    notice_within_ms: int | None = Field(default=None, gt=0)
    """How soon after its registration the phone must have a notice."""


class Scenario(_Part):
    """One folder."""

    name: str
    setting: Setting
    expectation: Expectation

    @property
    def caller(self) -> Path:
        return FOLDER / self.name / "caller.xml"

    @property
    def callee(self) -> Path:
        return FOLDER / self.name / "callee.xml"


def names() -> list[str]:
    """All scenarios."""
    return sorted(path.parent.name for path in FOLDER.glob("*/scenario.yml"))


def load(name: str) -> Scenario:
    """The scenario of that name.

    Raises:
        ScenarioError: there is none, or a file of it is wrong.
    """
    if name not in names():
        raise ScenarioError(f"no scenario {name!r}: there are {', '.join(names())}.")
    folder = FOLDER / name
    return Scenario(
        name=name,
        setting=_read(folder / "scenario.yml", Setting),
        expectation=_read(folder / "expect.yml", Expectation),
    )


def _read(path: Path, model: type[Part]) -> Part:
    try:
        return model.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise ScenarioError(f"{path}: {error}. Correct that file.") from None
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ScenarioError(f"{path}: {'; '.join(faults)}. Correct these keys.") from None
