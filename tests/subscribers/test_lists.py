"""Personal lists, on a real Redis."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest
from redis.asyncio import Redis

from agi.domain.services import ListName
from agi.domain.subscribers import Subscriber
from agi.store import keys
from agi.subscribers.lists import ListChange, Lists, PersonalLists
from agi.subscribers.profiles import Opening, Profiles
from tests.store.lossy import LossyStore

ANNA = "9110000001"
MOST = 10
NUMBERS = [f"92200000{n:02}" for n in range(30)]
BORIS, VERA = NUMBERS[:2]
OPENING = Opening(currency="RUB", floor_minor=0, balance_minor=0, at_ms=0)
BOTH: list[ListName] = ["white", "black"]


class Requests(Lists):
    """Every change is a request of its own, unless it has the id of an earlier one."""

    ids = count(1)

    async def add(
        self, owner: str, name: ListName, other: str, most: int, request_id: str = ""
    ) -> ListChange:
        return await super().add(owner, name, other, most, request_id or f"r-{next(self.ids)}")

    async def remove(
        self, owner: str, name: ListName, other: str, request_id: str = ""
    ) -> ListChange:
        return await super().remove(owner, name, other, request_id or f"r-{next(self.ids)}")


@pytest.fixture
def store(redis: Redis) -> LossyStore:
    return LossyStore(redis)


@pytest.fixture
async def profiles(store: LossyStore) -> Profiles:
    profiles = Profiles(store)
    await profiles.create(Subscriber(ANNA, "mts-ru", "moscow"), "secret", OPENING)
    return profiles


@pytest.fixture
def lists(store: LossyStore, profiles: Profiles) -> Requests:
    return Requests(store)


async def are_on(profiles: Profiles, number: str = ANNA) -> bool:
    profile = await profiles.get(number)
    assert profile is not None
    return profile.lists_on


@pytest.mark.parametrize("name", BOTH)
async def test_a_list_keeps_the_order_of_entry(lists: Requests, name: ListName) -> None:
    for number in (VERA, BORIS):
        assert await lists.add(ANNA, name, number, MOST) is ListChange.DONE
    kept = await lists.of(ANNA)
    assert {"white": kept.white, "black": kept.black}[name] == (VERA, BORIS)
    assert [await lists.holds(ANNA, one) for one in (VERA, NUMBERS[2])] == [name, None]
    assert await lists.of(BORIS) == PersonalLists((), ())


@pytest.mark.parametrize("name", BOTH)
async def test_a_number_is_on_a_list_once_until_it_leaves(lists: Requests, name: ListName) -> None:
    await lists.add(ANNA, name, BORIS, MOST)
    assert await lists.add(ANNA, name, BORIS, MOST) is ListChange.THERE
    assert await lists.remove(ANNA, name, BORIS) is ListChange.DONE
    assert await lists.remove(ANNA, name, BORIS) is ListChange.ABSENT
    assert await lists.of(ANNA) == PersonalLists((), ())


@pytest.mark.parametrize("name", BOTH)
async def test_a_number_leaves_one_list_before_it_enters_the_other(
    lists: Requests, name: ListName
) -> None:
    other: ListName = "black" if name == "white" else "white"
    await lists.add(ANNA, name, BORIS, MOST)
    assert await lists.add(ANNA, other, BORIS, MOST) is ListChange.IN_OTHER
    assert await lists.remove(ANNA, other, BORIS) is ListChange.ABSENT
    assert await lists.holds(ANNA, BORIS) == name
    await lists.remove(ANNA, name, BORIS)
    assert await lists.add(ANNA, other, BORIS, MOST) is ListChange.DONE


async def test_a_request_that_comes_again_has_no_effect_and_its_first_answer(
    lists: Requests,
) -> None:
    for _ in range(2):
        assert await lists.add(ANNA, "white", BORIS, MOST, "r-add") is ListChange.DONE
    for _ in range(2):
        assert await lists.remove(ANNA, "white", BORIS, "r-remove") is ListChange.DONE
    assert await lists.add(ANNA, "white", BORIS, MOST, "r-add") is ListChange.DONE
    assert await lists.of(ANNA) == PersonalLists((), ())


async def test_the_answer_to_a_request_is_kept_for_a_day(lists: Requests, redis: Redis) -> None:
    await lists.add(ANNA, "white", BORIS, MOST, "r-add")
    assert 86_300 < await redis.ttl(keys.answer(ANNA, "r-add")) <= 86_400


@pytest.mark.parametrize("script", ["list_add", "list_remove"])
async def test_a_change_whose_answer_was_lost_is_told_as_done(
    lists: Requests, store: LossyStore, script: str
) -> None:
    store.loses = script
    assert await lists.add(ANNA, "black", BORIS, MOST) is ListChange.DONE
    assert await lists.remove(ANNA, "black", BORIS) is ListChange.DONE


async def test_the_first_number_switches_the_lists_on(lists: Requests, profiles: Profiles) -> None:
    assert not await are_on(profiles)
    await lists.add(ANNA, "white", BORIS, MOST)
    assert await are_on(profiles)
    await lists.remove(ANNA, "white", BORIS)
    assert await are_on(profiles)


async def test_lists_are_switched_on_while_they_are_empty(
    lists: Requests, profiles: Profiles
) -> None:
    for _ in range(2):
        await lists.switch_on(ANNA)
        assert await are_on(profiles)
    assert await lists.of(ANNA) == PersonalLists((), ())


async def test_a_number_that_is_nobodys_gets_no_profile(lists: Requests, redis: Redis) -> None:
    await lists.switch_on(BORIS)
    await lists.add(BORIS, "white", ANNA, MOST)
    assert await redis.exists(keys.subscriber(BORIS)) == 0


async def test_who_is_barred_leaves_the_white_list(lists: Requests, profiles: Profiles) -> None:
    await lists.add(ANNA, "white", BORIS, MOST)
    assert await lists.bar(ANNA, BORIS, MOST) is ListChange.DONE
    assert await lists.of(ANNA) == PersonalLists((), (BORIS,))
    assert await lists.bar(ANNA, BORIS, MOST) is ListChange.THERE


async def test_barring_switches_the_lists_on(lists: Requests, profiles: Profiles) -> None:
    await lists.bar(ANNA, BORIS, MOST)
    assert await are_on(profiles)


async def test_a_full_black_list_changes_nothing(lists: Requests) -> None:
    await lists.add(ANNA, "white", BORIS, MOST)
    await lists.bar(ANNA, VERA, most=1)
    before = await lists.of(ANNA)
    assert await lists.bar(ANNA, BORIS, most=1) is ListChange.FULL
    assert await lists.add(ANNA, "black", NUMBERS[2], most=1) is ListChange.FULL
    assert await lists.of(ANNA) == before


async def test_of_thirty_who_enter_at_once_ten_do(lists: Requests) -> None:
    changes = await asyncio.gather(*(lists.add(ANNA, "white", one, MOST) for one in NUMBERS))
    assert sorted(changes) == [ListChange.DONE] * MOST + [ListChange.FULL] * 20
    kept = (await lists.of(ANNA)).white
    assert len(set(kept)) == len(kept) == MOST


async def test_one_number_that_enters_thirty_times_at_once_enters_once(lists: Requests) -> None:
    changes = await asyncio.gather(*(lists.add(ANNA, "black", BORIS, MOST) for _ in range(30)))
    assert changes.count(ListChange.DONE) == 1
    assert (await lists.of(ANNA)).black == (BORIS,)


async def test_a_number_that_enters_both_lists_at_once_is_on_one(lists: Requests) -> None:
    for one in NUMBERS[:MOST]:
        changes = await asyncio.gather(*(lists.add(ANNA, name, one, MOST) for name in BOTH))
        assert sorted(changes) == [ListChange.DONE, ListChange.IN_OTHER]
    kept = await lists.of(ANNA)
    assert sorted(kept.white + kept.black) == NUMBERS[:MOST]


async def test_a_place_that_is_left_is_taken_again(lists: Requests) -> None:
    for one in NUMBERS[:MOST]:
        await lists.add(ANNA, "white", one, MOST)
    await lists.remove(ANNA, "white", BORIS)
    late = NUMBERS[MOST : MOST + 5]
    changes = await asyncio.gather(*(lists.add(ANNA, "white", one, MOST) for one in late))
    assert changes.count(ListChange.DONE) == 1
    assert len((await lists.of(ANNA)).white) == MOST
