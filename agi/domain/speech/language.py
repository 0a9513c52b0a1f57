"""One language: its words, the order of its sentences, and the forms of what it counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import Annotated, Literal

from babel import Locale, UnknownLocaleError
from pydantic import Field, model_validator

from agi.domain import answers
from agi.domain.data import DataModel
from agi.domain.errors import CollectError

Prompts = tuple[str, ...]
PromptId = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, Field(min_length=1)]
Category = Literal["zero", "one", "two", "few", "many", "other"]
"""A plural category of CLDR."""


class Unsayable(CollectError):
    """Something that the prompts have no words for."""


class Orders(DataModel):
    """The order of each sentence: prompt ids, and in braces what is composed."""

    consent: str
    price: str
    accept: str
    decline: str
    decline_by_hanging_up: str
    hear_price: str
    bar: str
    menu_item: str
    call_collect: str
    talk_time: str


_SLOTS: Mapping[str, frozenset[str]] = {
    "consent": frozenset({"{number}", "{price}", "{menu}"}),
    "price": frozenset({"{amount}"}),
    "accept": frozenset({"{key}"}),
    "decline": frozenset({"{key}"}),
    "decline_by_hanging_up": frozenset(),
    "hear_price": frozenset({"{key}"}),
    "bar": frozenset({"{key}"}),
    "menu_item": frozenset({"{item}", "{key}"}),
    "call_collect": frozenset({"{code}"}),
    "talk_time": frozenset({"{minutes}"}),
}


class Language(DataModel):
    """A file of data/prompts."""

    language: str = Field(pattern=r"^[a-z]{2,3}$", description="as CLDR and Asterisk name it")
    orders: Orders
    digit_groups: tuple[Annotated[int, Field(ge=1)], ...]
    """How a telephone number of that many digits is parted."""
    feminine: frozenset[str] = frozenset()
    """The counted words with which one and two have a form of their own, such as ``n-1-f``."""
    pauses: dict[PromptId, Annotated[float, Field(gt=0, le=2)]]
    """Seconds of silence."""
    sentences: dict[PromptId, Text]
    digits: dict[PromptId, Text]
    keys: dict[PromptId, Text]
    numbers: dict[PromptId, Text]
    counted: dict[PromptId, dict[Category, Text]]
    answers: dict[PromptId, Text]
    """The order of each answer to a service code."""
    written: dict[PromptId, Text] = Field(default_factory=dict)
    """What is read instead of the words of a prompt."""

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """The words of every prompt that has any."""
        counted = {
            f"{word}-{category}": text
            for word, forms in self.counted.items()
            for category, text in forms.items()
        }
        return self.sentences | self.digits | self.keys | self.numbers | counted

    @cached_property
    def prompts(self) -> frozenset[str]:
        """The id of everything that is recorded, pauses too."""
        return frozenset(chain(self.texts, self.pauses))

    def ordered(self, order: str, **slots: Prompts) -> Prompts:
        """The prompts of an order of `orders`, its slots filled."""
        return _filled(getattr(self.orders, order), slots)

    def answered(self, name: str, **slots: Prompts) -> Prompts:
        """The prompts of an answer of `answers`, its slots filled."""
        return _filled(self.answers[name], slots)

    def form(self, word: str, number: int) -> str:
        """The prompt of a counted word as it stands beside `number`.

        Raises:
            Unsayable: the language does not count this.
        """
        try:
            forms = self.counted[word]
        except KeyError:
            raise Unsayable(f"{self.language} has no counted word {word!r}.") from None
        category = self._locale.plural_form(number)
        return f"{word}-{category if category in forms else 'other'}"

    @cached_property
    def _locale(self) -> Locale:
        return Locale.parse(self.language)

    @model_validator(mode="after")
    def _is_whole(self) -> Language:
        faults = "; ".join(chain(self._form_faults(), self._order_faults(), self._text_faults()))
        if faults:
            raise ValueError(faults)
        return self

    def _form_faults(self) -> Iterator[str]:
        try:
            categories = self._locale.plural_form.tags | {"other"}
        except UnknownLocaleError:
            yield f"language: CLDR knows no {self.language!r}"
            return
        for word, forms in self.counted.items():
            if "other" not in forms and not categories - {"other"} <= forms.keys():
                yield f"counted.{word}: give each of {', '.join(sorted(categories))}, or `other`"

    def _order_faults(self) -> Iterator[str]:
        for order, slots in _SLOTS.items():
            yield from self._faults_of(f"orders.{order}", getattr(self.orders, order), slots)

    def _text_faults(self) -> Iterator[str]:
        for prompt in sorted(self.written.keys() - self.texts.keys()):
            yield f"written.{prompt}: nothing is said by that name"
        for name in sorted(answers.SLOTS.keys() - self.answers.keys()):
            yield f"answers.{name}: it is missing"
        for name, order in self.answers.items():
            slots = frozenset(f"{{{slot}}}" for slot in answers.SLOTS.get(name, answers.NO_SLOTS))
            yield from self._faults_of(f"answers.{name}", order, slots)

    def _faults_of(self, where: str, order: str, slots: frozenset[str]) -> Iterator[str]:
        words = order.split()
        named = {word for word in words if word.startswith("{")}
        if named != slots:
            yield f"{where}: it needs {', '.join(sorted(slots)) or 'no slot'}"
        unknown = set(words) - named - self.prompts
        if unknown:
            yield f"{where}: no words for {', '.join(sorted(unknown))}"


def _filled(order: str, slots: Mapping[str, Prompts]) -> Prompts:
    return tuple(
        chain.from_iterable(slots.get(word.strip("{}"), (word,)) for word in order.split())
    )
