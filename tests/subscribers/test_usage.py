"""Limits as they are counted, on a real Redis."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from agi.domain.limits import COLLECT, Limit, Per, Window
from agi.domain.operators import OperatorRule
from agi.store.redis import Store
from agi.subscribers.usage import Usage, Used
from tests.store.lossy import LossyStore

ANNA, BORIS, VERA = "9110000001", "9110000002", "9110000003"
HOUR_MS = 3_600_000
NOON_MS = 1_769_860_800_000


def operator(name: str, time_zone: str) -> OperatorRule:
    return OperatorRule(
        id=name, name=name, currency="RUB", time_zone=time_zone, default_region="any"
    )


MOSCOW = operator("moscow-net", "Europe/Moscow")
ALMATY = operator("almaty-net", "Asia/Almaty")


def limit(most: int, per: Per = Per.CALLER, window: Window = Window.DAY) -> Limit:
    return Limit(
        name=f"{per}-{most}", counts=frozenset({COLLECT}), per=per, most=most, window=window
    )


def at(text: str, zone: str) -> int:
    """Local time as Unix milliseconds."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@pytest.fixture
def usage(redis: Redis) -> Usage:
    return Usage(Store(redis))


class Counter:
    """Takes uses of Anna's, each with an id of its own."""

    def __init__(self, usage: Usage, *limits: Limit, of: OperatorRule = MOSCOW) -> None:
        self.usage = usage
        self.limits = limits
        self.operator = of
        self.ids = 0

    async def take(
        self, called: str = BORIS, at_ms: int = NOON_MS, caller: str = ANNA, use_id: str = ""
    ) -> Limit | None:
        self.ids += 1
        use_id = use_id or f"use-{self.ids}"
        return await self.usage.take(
            self.limits, self.operator, caller, called, use_id=use_id, at_ms=at_ms
        )

    async def times(self, called: str = BORIS, at_ms: int = NOON_MS) -> list[int]:
        found = await self.usage.counts(self.limits, self.operator, ANNA, called, at_ms)
        return [used.times for used in found]


async def test_of_a_hundred_at_once_five_are_counted(usage: Usage) -> None:
    five = limit(5)
    counter = Counter(usage, five)
    answers = await asyncio.gather(*(counter.take() for _ in range(100)))
    assert (answers.count(None), answers.count(five)) == (5, 95)
    assert await counter.times() == [5]


async def test_a_hundred_at_once_under_three_limits_leave_no_trace_of_the_refused(
    usage: Usage,
) -> None:
    counter = Counter(usage, limit(50), limit(7, Per.PAIR), limit(20, Per.CALLED))
    answers = await asyncio.gather(*(counter.take() for _ in range(100)))
    assert answers.count(None) == 7
    assert await counter.times() == [7, 7, 7]


async def test_the_called_partys_limit_is_exact_among_many_callers(usage: Usage) -> None:
    counter = Counter(usage, limit(50), limit(5, Per.CALLED))
    callers = [f"91200000{n:02}" for n in range(100)]
    answers = await asyncio.gather(*(counter.take(caller=caller) for caller in callers))
    assert answers.count(None) == 5
    own = [
        (await usage.counts(counter.limits[:1], MOSCOW, caller, BORIS, NOON_MS))[0].times
        for caller in callers
    ]
    assert sum(own) == 5


async def test_a_use_that_comes_again_is_counted_once(usage: Usage) -> None:
    counter = Counter(usage, limit(2), limit(3, Per.CALLED))
    answers = await asyncio.gather(*(counter.take(use_id="call-1") for _ in range(20)))
    assert answers == [None] * 20
    assert await counter.times() == [1, 1]
    assert await counter.take() is None
    # The limit is full by now, and the first use is one of those that fill it.
    assert await counter.take(use_id="call-1") is None
    assert await counter.take() == counter.limits[0]


@pytest.mark.parametrize("gives_up", [False, True])
async def test_a_use_whose_answer_was_lost_is_counted_once(redis: Redis, gives_up: bool) -> None:
    store = LossyStore(redis)
    store.loses, store.gives_up = "usage_take", gives_up
    counter = Counter(Usage(store), limit(1))
    if gives_up:
        with pytest.raises(RedisConnectionError):
            await counter.take(use_id="call-1")
    assert await counter.take(use_id="call-1") is None
    assert await counter.times() == [1]


async def test_a_use_is_given_back_once(usage: Usage) -> None:
    counter = Counter(usage, limit(1), limit(1, Per.CALLED), limit(1, Per.PAIR))
    assert await counter.take(use_id="call-1") is None
    assert await counter.take(use_id="call-2") == counter.limits[0]
    for _ in range(2):
        await usage.give_back(counter.limits, MOSCOW, ANNA, BORIS, "call-1")
    assert await counter.times() == [0, 0, 0]
    assert await counter.take(use_id="call-2") is None


async def test_a_use_that_was_never_counted_gives_nothing_back(usage: Usage) -> None:
    counter = Counter(usage, limit(1))
    await counter.take(use_id="call-1")
    await usage.give_back(counter.limits, MOSCOW, ANNA, BORIS, "call-2")
    assert await counter.times() == [1]


async def test_whose_uses_are_counted_together(usage: Usage) -> None:
    caller, called, pair = limit(4), limit(3, Per.CALLED), limit(2, Per.PAIR)
    counter = Counter(usage, caller, called, pair)
    assert [await counter.take(BORIS) for _ in range(3)] == [None, None, pair]
    assert [await counter.take(VERA) for _ in range(3)] == [None, None, caller]
    other = [await counter.take(BORIS, caller=VERA) for _ in range(2)]
    assert other == [None, called]
    assert await counter.times(BORIS) == [4, 3, 2]
    assert await counter.times(VERA) == [4, 2, 2]


@pytest.mark.parametrize("per", Per)
async def test_limits_of_one_name_are_each_operators_own(usage: Usage, per: Per) -> None:
    for of in (MOSCOW, ALMATY):
        counter = Counter(usage, limit(1, per), of=of)
        assert await counter.take(use_id=f"{of.id}-1") is None
        assert await counter.take(use_id=f"{of.id}-2") == counter.limits[0]


async def test_a_script_touches_the_keys_of_one_party_only(redis: Redis) -> None:
    class OneSlot(Store):
        async def run(
            self, script: str, keys: Sequence[str], args: Sequence[str | int] = ()
        ) -> Any:
            assert len({re.findall(r"{(\d+)}", key)[0] for key in keys}) == 1
            return await super().run(script, keys, args)

    counter = Counter(
        Usage(OneSlot(redis)), limit(9), limit(8, Per.PAIR), limit(7, Per.CALLED), limit(6)
    )
    assert await counter.take() is None
    assert await counter.times() == [1, 1, 1, 1]


async def test_no_limits_refuse_nothing(usage: Usage, redis: Redis) -> None:
    assert await Counter(usage).take() is None
    await usage.give_back((), MOSCOW, ANNA, BORIS, "call-1")
    assert await redis.keys() == []


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [("Europe/Moscow", "2026-02-01T00:00"), ("Asia/Almaty", "2026-02-01T00:00")],
)
async def test_a_day_ends_at_the_operators_midnight(usage: Usage, zone: str, midnight: str) -> None:
    counter = Counter(usage, limit(1), of=operator("net", zone))
    midnight_ms = at(midnight, zone)
    assert await counter.take(at_ms=midnight_ms - 1) is None
    assert await counter.take(at_ms=midnight_ms - 1) is not None
    assert await counter.take(at_ms=midnight_ms) is None
    assert await counter.take(at_ms=midnight_ms + 24 * HOUR_MS - 1) is not None


@pytest.mark.parametrize("of", [MOSCOW, ALMATY], ids=lambda of: of.id)
async def test_utcs_midnight_ends_nobodys_day(usage: Usage, of: OperatorRule) -> None:
    counter = Counter(usage, limit(1), of=of)
    midnight_ms = at("2026-02-01T00:00", "UTC")
    assert await counter.take(at_ms=midnight_ms - 1) is None
    assert await counter.take(at_ms=midnight_ms + 1) is not None


async def test_one_moment_is_today_in_one_zone_and_yesterday_in_another(usage: Usage) -> None:
    moment_ms = at("2026-02-01T00:30", "Asia/Almaty")  # in Moscow it is 22:30 of the day before
    use_ms = moment_ms - HOUR_MS
    for of, times in ((ALMATY, 0), (MOSCOW, 1)):
        counter = Counter(usage, limit(1), of=of)
        await counter.take(at_ms=use_ms, use_id="call-1")
        assert await counter.times(at_ms=moment_ms) == [times]


async def test_the_last_24_hours_know_no_midnight(usage: Usage) -> None:
    counter = Counter(usage, limit(1, window=Window.DAY_LONG))
    start_ms = at("2026-01-31T23:59", "Europe/Moscow")
    assert await counter.take(at_ms=start_ms) is None
    assert await counter.take(at_ms=start_ms + 24 * HOUR_MS - 1) is not None
    assert await counter.take(at_ms=start_ms + 24 * HOUR_MS) is None


async def test_a_use_that_is_repeated_after_midnight_belongs_to_its_day(usage: Usage) -> None:
    counter = Counter(usage, limit(1))
    midnight_ms = at("2026-02-01T00:00", "Europe/Moscow")
    await counter.take(at_ms=midnight_ms - 1, use_id="call-1")
    await counter.take(at_ms=midnight_ms + 1, use_id="call-1")
    assert await counter.times(at_ms=midnight_ms + 1) == [0]


async def test_what_counts_no_more_is_forgotten(usage: Usage, redis: Redis) -> None:
    counter = Counter(usage, limit(5))
    await counter.take(at_ms=NOON_MS)
    await counter.take(at_ms=NOON_MS + 50 * HOUR_MS)
    (key,) = await redis.keys()
    assert await redis.zcard(key) == 1
    assert 48 * 3600 < await redis.ttl(key) <= 49 * 3600


async def test_until_when_a_limit_is_used(usage: Usage) -> None:
    day, long = limit(3), limit(4, window=Window.DAY_LONG)
    counter = Counter(usage, day, long)
    for hours in (2, 0, 1):
        await counter.take(at_ms=NOON_MS + hours * HOUR_MS)
    assert await usage.counts([long, day], MOSCOW, ANNA, BORIS, NOON_MS + 3 * HOUR_MS) == [
        Used(long, 3, NOON_MS + 24 * HOUR_MS),
        Used(day, 3, at("2026-02-01T00:00", "Europe/Moscow")),
    ]
    assert await usage.counts([day], MOSCOW, VERA, BORIS, NOON_MS) == [Used(day, 0, None)]
