"""Service codes and voice menus: what is dialled or pressed, and what it does."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field, model_validator

from agi.domain.codes import CodeText
from agi.domain.data import DataModel, Key, Kind, Word


class Does(StrEnum):
    """Everything that a code or a key can do."""

    CALL = "call"
    """Ask for a number, and call it collect by the access code `access`."""
    OPEN_MENU = "open_menu"
    SEND = "send"
    """Send the notice `notice` to a number."""
    OPT_OUT = "opt_out"
    """Refuse collect calls from the callers `callers`."""
    OPT_IN = "opt_in"
    OPT_TOGGLE = "opt_toggle"
    """The one or the other: whichever changes something."""
    LIST_ADD = "list_add"
    """Put a number on the own list `list`."""
    LIST_REMOVE = "list_remove"
    TELL_LISTS = "tell_lists"
    """Switch the personal lists on, and say what is in them."""
    TELL_BALANCE = "tell_balance"
    INFORM = "inform"
    """Say the answer `answer`."""


class Callers(StrEnum):
    """Where the callers are whom an opt-out is about."""

    INSIDE = "inside"
    ABROAD = "abroad"


ListName = Literal["white", "black"]

_TAKES: Mapping[Does, frozenset[str]] = MappingProxyType(
    {
        Does.CALL: frozenset({"access"}),
        Does.OPEN_MENU: frozenset({"menu"}),
        Does.SEND: frozenset({"notice"}),
        Does.OPT_OUT: frozenset({"callers"}),
        Does.OPT_IN: frozenset({"callers"}),
        Does.OPT_TOGGLE: frozenset({"callers"}),
        Does.LIST_ADD: frozenset({"list"}),
        Does.LIST_REMOVE: frozenset({"list"}),
        Does.TELL_LISTS: frozenset(),
        Does.TELL_BALANCE: frozenset(),
        Does.INFORM: frozenset({"answer"}),
    }
)
"""The keys that each needs besides `does`."""
NEED_NUMBER = frozenset({Does.SEND, Does.LIST_ADD, Does.LIST_REMOVE})
"""What is done to a number."""
SPEAK_WITH = frozenset({Does.CALL, Does.OPEN_MENU})
"""What answers the caller's leg, and asks for keys."""


class Deed(DataModel):
    """What is to be done, and the one thing it is done with."""

    does: Does
    access: str | None = None
    menu: Word | None = None
    notice: Kind | None = None
    callers: frozenset[Callers] | None = Field(default=None, min_length=1)
    list: ListName | None = None
    answer: Word | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Deed:
        wanted = _TAKES[self.does]
        given = {name for name in Deed.model_fields if getattr(self, name) is not None} - {"does"}
        if given != wanted:
            rule = ", ".join(sorted(wanted)) or "nothing else"
            raise ValueError(f"does = {self.does.value!r} goes with {rule}")
        return self


class ServiceCode(Deed):
    """A code and its deed; it takes a number where the deed needs one."""

    code: CodeText

    @model_validator(mode="after")
    def _has_place_for_the_number(self) -> ServiceCode:
        if self.code.takes_number != (self.does in NEED_NUMBER):
            place = "write N where the number goes" if self.does in NEED_NUMBER else "remove the N"
            raise ValueError(f"code {self.code}: {place}")
        return self


class MenuItem(Deed):
    """A key of a menu; `say` is the prompt that names it, before "press" and the key."""

    key: Key
    say: Word


class Menu(DataModel):
    """One level of a voice menu. The caller's leg is answered, and pays nothing."""

    items: tuple[MenuItem, ...] = Field(min_length=1)
    repeats: int = Field(default=2, ge=0, le=5, description="readings after the first one")

    @model_validator(mode="after")
    def _keys_differ(self) -> Menu:
        keys = [item.key for item in self.items]
        if len(set(keys)) < len(keys):
            raise ValueError("items: two have one key: give each a key of its own")
        return self

    def item(self, key: str) -> MenuItem | None:
        """What `key` means."""
        return next((item for item in self.items if item.key == key), None)


class ServiceRules(DataModel):
    """The service codes and menus of one operator."""

    operator: Word
    answers_from: str = Field(pattern=r"^[0-9]{1,15}$")
    """The number that answers come from as text."""
    codes: tuple[ServiceCode, ...] = ()
    menus: dict[Word, Menu] = Field(default_factory=dict)
    emergency: tuple[Annotated[str, Field(pattern=r"^[0-9]{2,6}$")], ...] = ()
    """Numbers for help in need: told that this service can't reach them, never barred or billed."""

    @model_validator(mode="after")
    def _codes_differ(self) -> ServiceRules:
        codes = [str(code.code) for code in self.codes]
        twice = {code for code in codes if codes.count(code) > 1}
        if twice:
            raise ValueError(f"codes: {', '.join(sorted(twice))} is there twice: remove one")
        return self

    def code(self, text: str) -> ServiceCode | None:
        """The service code that is written so, such as ``*7*N#``."""
        return next((code for code in self.codes if str(code.code) == text), None)

    def deeds(self) -> tuple[Deed, ...]:
        """Everything that a code or a key of this operator does."""
        items = (item for menu in self.menus.values() for item in menu.items)
        return (*self.codes, *items)
