"""Scripts, connections and agendas, against a real Redis."""

from __future__ import annotations

import asyncio
import re
from importlib import resources

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from agi.store import redis as store_redis
from agi.store.agenda import Agenda
from agi.store.redis import Store, connect, end_if_cancelled

SCRIPTS = sorted(
    file.name.removesuffix(".lua")
    for file in (resources.files("agi.store") / "lua").iterdir()
    if file.name.endswith(".lua")
)


@pytest.fixture
def agenda(redis: Redis) -> Agenda:
    return Agenda(Store(redis), "cc:agenda:test")


@pytest.mark.parametrize("script", SCRIPTS)
async def test_every_script_is_whole_and_says_what_it_takes(redis: Redis, script: str) -> None:
    text = store_redis.source(script)
    assert "-- include:" not in text
    header = re.match(r"(?:--.*\n)+", text)
    assert header is not None
    assert all(word in header[0] for word in ("KEYS", "returns"))
    await redis.script_load(text)


async def test_a_script_that_redis_has_lost_is_loaded_again(redis: Redis) -> None:
    store = Store(redis)
    for _ in range(2):
        await redis.script_flush()
        assert await store.run("message_wake", ["cc:{1}:message:x"]) == []


async def test_a_redis_that_is_not_there_is_an_error_soon() -> None:
    store = connect("redis://127.0.0.1:1/0")
    async with asyncio.timeout(5):
        with pytest.raises(RedisConnectionError):
            await store.ping()
    await store.close()


async def test_more_commands_than_connections_wait_for_one(redis_server: str) -> None:
    store = connect(redis_server)
    answers = await asyncio.gather(*(store.hash(f"cc:{n}") for n in range(500)))
    assert answers == [{}] * 500
    await store.close()


async def test_what_is_due_goes_to_one_claimer(agenda: Agenda) -> None:
    for n in range(100):
        await agenda.put(f"p/{n}", n)
    claims = await asyncio.gather(*(agenda.claim(49, 1_000, 7) for _ in range(20)))
    claimed = [member for claim in claims for member in claim]
    assert sorted(claimed) == sorted(f"p/{n}" for n in range(50))


async def test_a_claim_that_nobody_ends_comes_back(agenda: Agenda) -> None:
    await agenda.put("p/1", 100)
    assert await agenda.claim(99, 1_000) == []
    assert await agenda.claim(100, 1_000) == ["p/1"]
    assert await agenda.claim(1_099, 1_000) == []
    assert await agenda.claim(1_100, 1_000) == ["p/1"]


async def test_who_was_dropped_is_not_moved_back(agenda: Agenda) -> None:
    await agenda.put("p/1", 100)
    await agenda.put("p/2", 200)
    await agenda.move("p/2", 50)
    assert await agenda.members() == ["p/2", "p/1"]
    await agenda.drop("p/1")
    await agenda.move("p/1", 10)
    assert await agenda.members() == ["p/2"]


async def test_a_cancellation_that_was_dropped_is_noticed() -> None:
    async def deaf() -> None:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            end_if_cancelled()

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    end_if_cancelled()
