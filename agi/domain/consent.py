"""The consent dialogue on the called party's leg: what to say next, and what a key means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from agi.domain.operators import ConsentKeys


class Reading(Enum):
    """What the called party is to hear next."""

    WHOLE = auto()
    """Who calls, at whose expense, the price and the keys."""
    PRICE = auto()
    """The price and the keys."""
    WRONG_KEY = auto()
    """That the key has no meaning, and the keys."""


class Answer(Enum):
    """What came of the dialogue."""

    ACCEPTED = auto()
    DECLINED = auto()
    BARRED = auto()
    """Declined, now and from this caller for ever."""
    NO_INPUT = auto()


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Where the dialogue stands: how many more readings there may be."""

    keys: ConsentKeys
    readings_left: int

    @classmethod
    def begin(cls, keys: ConsentKeys, repeats: int) -> Dialogue:
        """The dialogue after its first reading, with `repeats` more to come."""
        return cls(keys, repeats)

    def next(self, key: str | None) -> tuple[Dialogue, Reading | Answer]:
        """What follows a key, or the silence (None) after a reading.

        Every further reading counts, whatever asked for it, so that no party can keep the other
        waiting for ever.
        """
        if key is not None and key == self.keys.accept:
            return self, Answer.ACCEPTED
        if key is not None and key == self.keys.decline:
            return self, Answer.DECLINED
        if key is not None and key == self.keys.bar:
            return self, Answer.BARRED
        if self.readings_left == 0:
            return self, Answer.NO_INPUT
        rest = Dialogue(self.keys, self.readings_left - 1)
        if key is None:
            return rest, Reading.WHOLE
        return rest, Reading.PRICE if key == self.keys.price else Reading.WRONG_KEY
