"""The voice menu on the caller's leg: what to say next, and what a key means."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from agi.domain.services import NEED_NUMBER, Deed, Does, ServiceRules

NUMBER_REPEATS: Final = 2
"""How often a number is asked for again [S1: the menu repeats twice]."""
MOST_KEYS: Final = 200
"""Keys and silences in one menu: nobody, and no machine, keeps a leg for ever."""
_START_OVER: Final = "*"
_DIGITS: Final = frozenset("0123456789")


class Says(Enum):
    """What the caller is to hear before keys are taken."""

    MENU = auto()
    """The items of the menu."""
    NUMBER = auto()
    """That a number is to be entered."""
    NOTHING = auto()
    """The number is being entered."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Say something, then take up to `keys` keys."""

    says: Says
    keys: int = 1
    wrong_key: bool = False
    """Say before it that the key has no meaning."""


@dataclass(frozen=True, slots=True)
class Do:
    """The choice is made; `number` is as it was entered, None for a deed without one."""

    deed: Deed
    number: str | None = None


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Nothing was chosen."""


Step = Ask | Do | GiveUp


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Where the dialogue stands: in a menu (`deed` opens it) or at the number of `deed`."""

    rules: ServiceRules
    digits_wanted: int
    """Digits of a national number."""
    deed: Deed
    repeats_left: int
    digits: str = ""
    keys_left: int = MOST_KEYS

    @classmethod
    def begin(cls, rules: ServiceRules, deed: Deed, digits_wanted: int) -> tuple[Dialogue, Step]:
        """The dialogue that `deed` opens, and its first step."""
        return cls(rules, digits_wanted, deed, 0)._turn_to(deed)

    def next(self, key: str | None) -> tuple[Dialogue, Step]:
        """What follows a key, or a silence (None)."""
        if self.keys_left == 0:
            return self, GiveUp()
        rest = replace(self, keys_left=self.keys_left - 1)
        return rest._chosen(key) if self.deed.does is Does.OPEN_MENU else rest._entered(key)

    def again(self) -> tuple[Dialogue, Step]:
        """What follows a number that is no good."""
        return self._repeated(wrong_key=False)

    def _turn_to(self, deed: Deed) -> tuple[Dialogue, Step]:
        menu = self.rules.menus[deed.menu] if deed.menu else None
        repeats = menu.repeats if menu else NUMBER_REPEATS
        turned = replace(self, deed=deed, repeats_left=repeats, digits="")
        if menu or deed.does is Does.CALL or deed.does in NEED_NUMBER:
            return turned, turned._question()
        return turned, Do(deed)

    def _chosen(self, key: str | None) -> tuple[Dialogue, Step]:
        item = self.rules.menus[self.deed.menu or ""].item(key) if key else None
        return self._turn_to(item) if item else self._repeated(wrong_key=key is not None)

    def _entered(self, key: str | None) -> tuple[Dialogue, Step]:
        if key == _START_OVER:
            return replace(self, digits=""), Ask(Says.NOTHING, self.digits_wanted)
        if key is None or key not in _DIGITS:
            return self._repeated(wrong_key=key is not None)
        digits = self.digits + key
        if len(digits) == self.digits_wanted:
            return self, Do(self.deed, digits)
        return replace(self, digits=digits), Ask(Says.NOTHING, self.digits_wanted - len(digits))

    def _repeated(self, *, wrong_key: bool) -> tuple[Dialogue, Step]:
        if self.repeats_left == 0:
            return self, GiveUp()
        rest = replace(self, repeats_left=self.repeats_left - 1, digits="")
        return rest, rest._question(wrong_key=wrong_key)

    def _question(self, *, wrong_key: bool = False) -> Ask:
        if self.deed.does is Does.OPEN_MENU:
            return Ask(Says.MENU, wrong_key=wrong_key)
        return Ask(Says.NUMBER, self.digits_wanted, wrong_key)
