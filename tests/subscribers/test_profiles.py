"""Profiles and the account that is opened with them, on a real Redis."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from agi.charging.accounts import Accounts
from agi.domain.subscribers import Subscriber
from agi.store import keys
from agi.store.redis import Store
from agi.subscribers.profiles import Opening, Profiles

ANNA = Subscriber(number="9110000001", operator="mts-ru", region="moscow")
OPENING = Opening(currency="RUB", floor_minor=0, balance_minor=950, at_ms=1_700_000_000_000)


@pytest.fixture
def store(redis: Redis) -> Store:
    return Store(redis)


@pytest.fixture
def profiles(store: Store) -> Profiles:
    return Profiles(store)


@pytest.mark.parametrize(
    "subscriber",
    [
        ANNA,
        replace(ANNA, roaming="world-20", plan="klassny", language="kk"),
        replace(ANNA, blocked=True, postpaid=True, opted_out=True, unlimited=True, hidden=True),
        replace(ANNA, opted_out_abroad=True, lists_on=True),
    ],
)
async def test_a_profile_comes_back_as_it_was_stored(
    profiles: Profiles, subscriber: Subscriber
) -> None:
    assert await profiles.create(subscriber, "secret", OPENING)
    assert await profiles.get(subscriber.number) == subscriber
    assert await profiles.sip_password(subscriber.number) == "secret"


async def test_a_subscriber_is_created_with_an_account(store: Store, profiles: Profiles) -> None:
    await profiles.create(ANNA, "secret", replace(OPENING, floor_minor=-100))
    account = await Accounts(store).get(ANNA.number)
    assert account is not None
    assert (account.currency, account.balance_minor, account.floor_minor) == ("RUB", 950, -100)
    (opening,) = await Accounts(store).ledger(ANNA.number)
    assert (opening.reason, opening.amount_minor, opening.balance_minor) == ("opening", 950, 950)


async def test_an_account_that_is_there_is_not_opened_again(
    store: Store, profiles: Profiles
) -> None:
    """As when somebody lost the profile."""
    await profiles.create(ANNA, "secret", OPENING)
    await store.client.delete(keys.subscriber(ANNA.number))
    assert await profiles.create(ANNA, "another", replace(OPENING, balance_minor=7))
    account = await Accounts(store).get(ANNA.number)
    assert account is not None
    assert account.balance_minor == 950
    assert len(await Accounts(store).ledger(ANNA.number)) == 1


async def test_an_opening_balance_of_nothing_is_no_entry(store: Store, profiles: Profiles) -> None:
    await profiles.create(ANNA, "secret", replace(OPENING, balance_minor=0))
    assert await Accounts(store).ledger(ANNA.number) == []


async def test_of_a_hundred_who_create_one_number_one_wins(
    store: Store, profiles: Profiles
) -> None:
    tries = [
        profiles.create(replace(ANNA, region=f"r{i}"), f"p{i}", replace(OPENING, balance_minor=i))
        for i in range(1, 101)
    ]
    won = [i for i, created in enumerate(await asyncio.gather(*tries), start=1) if created]
    assert len(won) == 1
    winner = won[0]
    assert await profiles.get(ANNA.number) == replace(ANNA, region=f"r{winner}")
    assert await profiles.sip_password(ANNA.number) == f"p{winner}"
    assert [entry.amount_minor for entry in await Accounts(store).ledger(ANNA.number)] == [winner]


async def test_a_changed_profile_leaves_the_money_alone(store: Store, profiles: Profiles) -> None:
    await profiles.create(ANNA, "secret", OPENING)
    await profiles.put(replace(ANNA, blocked=True), "secret")
    changed = await profiles.get(ANNA.number)
    assert changed is not None and changed.blocked
    assert len(await Accounts(store).ledger(ANNA.number)) == 1


async def test_a_changed_profile_leaves_the_lists_switched_on(profiles: Profiles) -> None:
    await profiles.create(replace(ANNA, lists_on=True), "secret", OPENING)
    await profiles.put(replace(ANNA, blocked=True), "secret")
    assert await profiles.get(ANNA.number) == replace(ANNA, blocked=True, lists_on=True)


async def test_lists_are_by_number_and_leave_out_the_hidden(profiles: Profiles) -> None:
    numbers = ["9110000003", "9110000001", "9110000002"]
    for number in numbers:
        hidden = number == "9110000001"
        await profiles.create(replace(ANNA, number=number, hidden=hidden), "secret", OPENING)
    shown = [subscriber.number for subscriber in await profiles.all()]
    every = [subscriber.number for subscriber in await profiles.all(include_hidden=True)]
    assert (shown, every) == (["9110000002", "9110000003"], sorted(numbers))


async def test_a_number_that_was_only_announced_is_nobody(redis: Redis, profiles: Profiles) -> None:
    await redis.sadd(keys.SUBSCRIBERS, ANNA.number)
    assert await profiles.get(ANNA.number) is None
    assert await profiles.sip_password(ANNA.number) is None
    assert await profiles.all() == []
