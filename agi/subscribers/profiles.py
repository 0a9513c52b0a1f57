"""Subscribers' profiles, with the passwords of their SIP accounts: Redis is the truth."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from agi.domain.services import Callers
from agi.domain.subscribers import Subscriber
from agi.store import keys
from agi.store.redis import Store

_FLAGS = frozenset(field.name for field in fields(Subscriber) if field.type == "bool")
_NAMES = tuple(field.name for field in fields(Subscriber))
_PASSWORD = "sip_password"  # noqa: S105  the name of a field
_OPT_OUTS = {Callers.INSIDE: "opted_out", Callers.ABROAD: "opted_out_abroad"}
OptChange = Literal["out", "in", "toggle"]
"""Refuse, take again, or whichever of the two changes something."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The account that a new subscriber gets; amounts in minor units of `currency`."""

    currency: str
    floor_minor: int
    balance_minor: int
    at_ms: int


class UnknownCallerError(Exception):
    """An authenticated phone belongs to no subscriber: the SIP accounts are out of step."""


class Profiles:
    """Creates, changes and finds subscribers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def create(self, subscriber: Subscriber, sip_password: str, opening: Opening) -> bool:
        """Store a new subscriber and open the account in one step; of two who create one number at
        once, one gets False, and nothing was changed by it.
        """
        number = subscriber.number
        await self._announce(number)
        created = await self._store.run(
            "subscriber_create",
            [keys.subscriber(number), keys.account(number), keys.ledger(number)],
            [
                json.dumps(_to_fields(subscriber, sip_password), ensure_ascii=False),
                opening.currency,
                opening.floor_minor,
                opening.balance_minor,
                opening.at_ms,
            ],
        )
        return bool(created)

    async def put(self, subscriber: Subscriber, sip_password: str) -> None:
        """Store a profile, over the old one where there is one; no account is touched, and the
        personal lists stay switched on where they are.
        """
        await self._announce(subscriber.number)
        profile: dict[Any, str] = {**_to_fields(subscriber, sip_password)}
        del profile["lists_on"]
        await self._store.client.hset(keys.subscriber(subscriber.number), mapping=profile)

    async def opt_out(
        self, number: str, callers: Collection[Callers], change: OptChange, request_id: str
    ) -> bool:
        """Let the subscriber refuse collect calls from `callers`, or take them again; whether they
        are refused now. A request that comes again has no effect, and its first answer.
        """
        refused = await self._store.run(
            "subscriber_opt_out",
            [keys.subscriber(number), keys.answer(number, request_id)],
            [change, *(_OPT_OUTS[one] for one in sorted(callers))],
        )
        return bool(refused)

    async def get(self, number: str) -> Subscriber | None:
        stored = await self._store.hash(keys.subscriber(number))
        return _from_fields(stored) if stored else None

    async def behind(self, phone: str) -> Subscriber:
        """Whose phone it is; `phone` is the account that was authenticated.

        Raises:
            UnknownCallerError: there is no subscriber behind it.
        """
        found = await self.get(phone)
        if found is None:
            raise UnknownCallerError(
                f"phone {phone!r} is authenticated and no subscriber: "
                "restart the service, which writes the SIP accounts anew"
            )
        return found

    async def sip_password(self, number: str) -> str | None:
        password = await self._store.client.hget(keys.subscriber(number), _PASSWORD)
        return None if password is None else str(password)

    async def all(self, include_hidden: bool = False) -> list[Subscriber]:
        """Every subscriber, by number; the lab's own ones only if `include_hidden`."""
        found = [_from_fields(stored) for stored in await self._stored()]
        return [subscriber for subscriber in found if include_hidden or not subscriber.hidden]

    async def hidden(self, numbers: Collection[str]) -> set[str]:
        """Those of `numbers` that are the lab's own subscribers."""
        asked = sorted(numbers)
        pipe = self._store.client.pipeline(transaction=False)
        for number in asked:
            pipe.hget(keys.subscriber(number), "hidden")
        flags = await pipe.execute()
        return {number for number, flag in zip(asked, flags, strict=True) if flag == "1"}

    async def with_passwords(self) -> list[tuple[Subscriber, str]]:
        """Every subscriber, hidden ones too, with the SIP password: what Asterisk must know."""
        return [(_from_fields(stored), stored[_PASSWORD]) for stored in await self._stored()]

    async def _announce(self, number: str) -> None:
        # The directory is written first: a subscriber that no list shows would be worse than a
        # number in it that has no profile.
        await self._store.client.sadd(keys.SUBSCRIBERS, number)

    async def _stored(self) -> list[Mapping[str, str]]:
        numbers = await self._store.client.smembers(keys.SUBSCRIBERS)
        pipe = self._store.client.pipeline(transaction=False)
        for number in sorted(map(str, numbers)):
            pipe.hgetall(keys.subscriber(number))
        return [stored for stored in await pipe.execute() if stored]


def _to_fields(subscriber: Subscriber, sip_password: str) -> dict[str, str]:
    values = asdict(subscriber) | {_PASSWORD: sip_password}
    return {name: str(int(v)) if name in _FLAGS else v for name, v in values.items()}


def _from_fields(stored: Mapping[str, str]) -> Subscriber:
    known = {name: stored[name] for name in _NAMES if name in stored}
    return Subscriber(**known | {name: stored.get(name) == "1" for name in _FLAGS})  # type: ignore[arg-type]
