"""Opting out of collect calls and in again, on a real Redis."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from redis.asyncio import Redis

from agi.domain.services import Callers
from agi.domain.subscribers import Subscriber
from agi.store import keys
from agi.store.redis import Store
from agi.subscribers.profiles import Opening, OptChange, Profiles
from tests.store.lossy import LossyStore

ANNA = Subscriber("9110000001", "mts-ru", "moscow", plan="smart")
OPENING = Opening(currency="RUB", floor_minor=0, balance_minor=0, at_ms=0)
INSIDE, ABROAD = frozenset({Callers.INSIDE}), frozenset({Callers.ABROAD})
BOTH = INSIDE | ABROAD


@pytest.fixture
async def store(redis: Redis) -> LossyStore:
    return LossyStore(redis)


@pytest.fixture
async def profiles(store: LossyStore) -> Profiles:
    profiles = Profiles(store)
    await profiles.create(ANNA, "secret", OPENING)
    return profiles


async def flags(profiles: Profiles) -> tuple[bool, bool]:
    """Whether callers inside, and callers abroad, are refused."""
    profile = await profiles.get(ANNA.number)
    assert profile is not None
    return profile.opted_out, profile.opted_out_abroad


@pytest.mark.parametrize(
    ("callers", "change", "refused", "after"),
    [
        (BOTH, "out", True, (True, True)),
        (BOTH, "in", False, (False, False)),
        (INSIDE, "out", True, (True, False)),
        (ABROAD, "out", True, (False, True)),
        (INSIDE, "toggle", True, (True, False)),
        (ABROAD, "toggle", True, (False, True)),
        (BOTH, "toggle", True, (True, True)),
    ],
)
async def test_a_change_and_what_it_leads_to(
    profiles: Profiles,
    callers: frozenset[Callers],
    change: OptChange,
    refused: bool,
    after: tuple[bool, bool],
) -> None:
    assert await profiles.opt_out(ANNA.number, callers, change, "r-1") is refused
    assert await flags(profiles) == after
    back: OptChange = "toggle" if change == "toggle" else "in"
    assert await profiles.opt_out(ANNA.number, callers, back, "r-2") is False
    assert await flags(profiles) == (False, False)


async def test_of_two_that_differ_a_toggle_refuses_both(profiles: Profiles) -> None:
    await profiles.opt_out(ANNA.number, ABROAD, "out", "r-1")
    assert await profiles.opt_out(ANNA.number, BOTH, "toggle", "r-2")
    assert await flags(profiles) == (True, True)


async def test_the_rest_of_the_profile_stays(profiles: Profiles) -> None:
    await profiles.opt_out(ANNA.number, INSIDE, "out", "r-1")
    await profiles.opt_out(ANNA.number, INSIDE, "in", "r-2")
    assert await profiles.get(ANNA.number) == ANNA


async def test_a_request_that_comes_again_has_no_effect(profiles: Profiles) -> None:
    for _ in range(3):
        assert await profiles.opt_out(ANNA.number, INSIDE, "toggle", "r-1") is True
    await profiles.opt_out(ANNA.number, INSIDE, "toggle", "r-2")
    assert await profiles.opt_out(ANNA.number, INSIDE, "toggle", "r-1") is True
    assert await flags(profiles) == (False, False)


async def test_a_request_whose_answer_was_lost_has_effect_once(
    profiles: Profiles, store: LossyStore
) -> None:
    store.loses = "subscriber_opt_out"
    assert await profiles.opt_out(ANNA.number, INSIDE, "toggle", "r-1") is True
    assert await flags(profiles) == (True, False)


async def test_fifty_toggles_at_once_take_turns(profiles: Profiles) -> None:
    answers = await asyncio.gather(
        *(profiles.opt_out(ANNA.number, INSIDE, "toggle", f"r-{n}") for n in range(50))
    )
    assert Counter(answers) == {True: 25, False: 25}
    assert await flags(profiles) == (False, False)


async def test_a_number_that_is_nobodys_gets_no_profile(redis: Redis) -> None:
    nobody = Profiles(Store(redis))
    assert await nobody.opt_out("9110000009", BOTH, "out", "r-1") is False
    assert await redis.exists(keys.subscriber("9110000009")) == 0
