"""The personal lists: whose collect calls a subscriber takes unasked (white) or never (black)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from agi.domain.services import ListName
from agi.store import keys
from agi.store.redis import Store


class ListChange(StrEnum):
    """What came of a change; all but `DONE` leave the lists as they were."""

    DONE = "done"
    THERE = "there"
    """The number was on the list before."""
    ABSENT = "absent"
    """The number was not on the list."""
    FULL = "full"
    IN_OTHER = "in_other"
    """The number is on the owner's other list, and must leave that first [S1] [ours]."""


@dataclass(frozen=True, slots=True)
class PersonalLists:
    """Both lists of one subscriber, each in the order of entry."""

    white: tuple[str, ...]
    black: tuple[str, ...]


OTHER_LIST: Final[Mapping[ListName, ListName]] = MappingProxyType(
    {"white": "black", "black": "white"}
)


class Lists:
    """Changes and reads the lists. Numbers are national, `most` is the operator's limit. A request
    that comes again with its `request_id` has no effect, and its first answer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(
        self, owner: str, name: ListName, other: str, most: int, request_id: str
    ) -> ListChange:
        """Put `other` on a list of `owner`: DONE, THERE, IN_OTHER or FULL. The first number
        switches the lists on [ours].
        """
        where = [keys.personal_list(owner, each) for each in (name, OTHER_LIST[name])]
        where += [keys.subscriber(owner), keys.answer(owner, request_id)]
        return ListChange(await self._store.run("list_add", where, [other, most]))

    async def remove(self, owner: str, name: ListName, other: str, request_id: str) -> ListChange:
        """Take `other` from a list of `owner`: DONE or ABSENT."""
        where = [keys.personal_list(owner, name), keys.answer(owner, request_id)]
        return ListChange(await self._store.run("list_remove", where, [other]))

    async def bar(self, owner: str, other: str, most: int) -> ListChange:
        """Put `other` on the black list of `owner`, who just said so: DONE, THERE or FULL. It
        leaves the white list by that.
        """
        names = [keys.personal_list(owner, each) for each in ("black", "white")]
        return ListChange(
            await self._store.run("list_bar", [*names, keys.subscriber(owner)], [other, most])
        )

    async def of(self, owner: str) -> PersonalLists:
        """Both lists as they are at one moment."""
        pipe = self._store.client.pipeline(transaction=True)
        pipe.lrange(keys.personal_list(owner, "white"), 0, -1)
        pipe.lrange(keys.personal_list(owner, "black"), 0, -1)
        white, black = await pipe.execute()
        return PersonalLists(tuple(white), tuple(black))

    async def holds(self, owner: str, other: str) -> ListName | None:
        """The list of `owner` that `other` is on."""
        lists = await self.of(owner)
        if other in lists.black:
            return "black"
        return "white" if other in lists.white else None

    async def switch_on(self, owner: str) -> None:
        """Switch the lists of `owner` on; they stay as they are."""
        await self._store.run("list_switch_on", [keys.subscriber(owner)])
