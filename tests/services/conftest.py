"""The command core over a real Redis, with three subscribers and a clock that stands still."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from redis.asyncio import Redis

from agi import catalogue
from agi.catalogue import Catalogue
from agi.charging.accounts import Accounts
from agi.domain.answers import Answer
from agi.domain.messages import Message
from agi.domain.services import Deed
from agi.domain.subscribers import Subscriber
from agi.messages.outbox import Outbox
from agi.services.core import Services
from agi.store.redis import Store
from agi.subscribers.lists import Lists
from agi.subscribers.profiles import Opening, Profiles
from agi.subscribers.usage import Usage
from tests.messages.conftest import StoppedClock

ANNA = Subscriber("9161110001", "mts-ru", "moscow")
BORIS = Subscriber("9161110002", "mts-ru", "moscow")
VERA = Subscriber("9051110003", "beeline-ru", "moscow")
NOBODY = "9161119999"
SHIPPED = catalogue.load()


@dataclass
class Town:
    """The core, and what it works on."""

    store: Store
    clock: StoppedClock = field(default_factory=StoppedClock)
    data: Catalogue = SHIPPED
    requests: int = 0

    def __post_init__(self) -> None:
        self.profiles = Profiles(self.store)
        self.lists = Lists(self.store)
        self.outbox = Outbox(self.store, self.clock)
        self.services = self.core(self.outbox)

    def core(self, outbox: Outbox) -> Services:
        return Services(
            self.data,
            self.clock,
            profiles=self.profiles,
            accounts=Accounts(self.store),
            outbox=outbox,
            lists=self.lists,
            usage=Usage(self.store),
        )

    async def person(self, who: Subscriber, balance_minor: int = 0) -> None:
        opening = Opening("RUB", 0, balance_minor, self.clock.now_ms)
        await self.profiles.create(who, "secret", opening)

    async def dial(
        self, caller: Subscriber, code: str, number: str = "", request_id: str = ""
    ) -> Answer:
        """What comes of a code, written as in its file; each is a request of its own, unless it has
        the `request_id` of an earlier one.
        """
        deed: Deed | None = self.services.code(caller, code)
        assert deed is not None, f"{caller.operator} has no code {code}"
        self.requests += 1
        request_id = request_id or f"cc-1.{self.requests}"
        return await self.services.carry_out(caller, deed, number, request_id)

    async def messages(self, to: Subscriber) -> list[Message]:
        return [stored.message for stored in await self.outbox.find(to.number)]


@pytest.fixture
async def town(redis: Redis) -> Town:
    town = Town(Store(redis))
    for who in (ANNA, BORIS, VERA):
        await town.person(replace(who), 1234)
    return town
