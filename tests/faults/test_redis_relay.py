"""The relay in front of Redis: a debit is made, and whoever asked for it does not hear of it."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis

from agi.store.redis import Store, connect
from faults.redis_relay import RedisRelay


async def _debit(store: Store) -> object:
    """By a call that is not there: what is answered does not matter, only that it comes."""
    keys = [f"cc:{{1}}:{name}" for name in ("call", "story", "account", "ledger", "operations")]
    return await store.run("call_debit", keys, ["1", "{}", "", "cc-1.1", "1", "300", "0"])


async def test_only_the_reply_to_a_debit_is_kept_back(redis: Redis, redis_server: str) -> None:
    await _debit(Store(redis))  # so that Redis knows the script
    async with RedisRelay(urlsplit(redis_server).port or 0) as relay:
        store = connect(f"redis://127.0.0.1:{relay.port}/0")
        assert await _debit(store) == "conflict"
        relay.keeps_back = True
        await store.client.set("other", "commands")
        assert await redis.get("other") == "commands"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(_debit(store), 0.3)
        assert relay.kept_back == 1
        relay.keeps_back = False
        assert await _debit(store) == "conflict"
        await store.close()
