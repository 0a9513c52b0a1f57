"""Redis did what it was told, and its answer never came: the command is sent again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from agi.charging import cdrs
from agi.charging.calls import Outcome
from agi.domain import events
from agi.domain.call import Phase, advance, refuse
from agi.domain.dispositions import Disposition
from agi.domain.events import Event
from agi.store import keys
from agi.store.redis import connect
from tests.charging.till import NOW_MS, PAYER, Till
from tests.domain.calls import ASKED, GIVEN, RULES, START_MS, STARTED, ended, offered, tick
from tests.store.lossy import LossyStore

STORY: tuple[tuple[Event, str], ...] = (
    (ASKED, "call_save"),
    (GIVEN, "call_reserve"),
    (STARTED, "call_debit"),
    (tick(START_MS + 45_000), "call_reserve"),
    (events.LimitMoved(2), "call_save"),
    (tick(START_MS + 60_000), "call_debit"),
    (events.TalkEnded(START_MS + 61_000), "call_save"),
    (ended(), "call_settle"),
)


@pytest.fixture
def lossy(redis: Redis) -> LossyStore:
    return LossyStore(redis)


async def played(till: Till, lost_at: int) -> None:
    """The whole story; the event `lost_at` is applied again where its worker failed."""
    store = till.store
    assert isinstance(store, LossyStore)
    await till.open_account(1_000)
    await till.offer("cc-1.1")
    for n, (event, script) in enumerate(STORY):
        store.loses = script if n == lost_at else ""
        with suppress(RedisConnectionError):
            await till.apply("cc-1.1", event)
        assert store.loses == ""
        assert await till.apply("cc-1.1", event) is Outcome.OK


@pytest.mark.parametrize("gives_up", [False, True], ids=["repeats", "gives up"])
@pytest.mark.parametrize("lost_at", range(len(STORY)))
async def test_each_answer_may_be_lost_once(
    lossy: LossyStore, lost_at: int, gives_up: bool
) -> None:
    lossy.gives_up = gives_up
    till = Till(lossy)
    await played(till, lost_at)
    await till.audit(400, 0)
    (cdr,) = await cdrs.find(lossy)
    assert (cdr.minutes, cdr.charged_minor) == (2, 600)
    assert await till.book.live() == []


@pytest.mark.parametrize("gives_up", [False, True], ids=["repeats", "gives up"])
async def test_the_answer_to_a_refused_offer_may_be_lost(lossy: LossyStore, gives_up: bool) -> None:
    lossy.loses, lossy.gives_up = "call_settle", gives_up
    step = refuse(offered(), Disposition.BUSY, RULES, NOW_MS)
    book = Till(lossy).book
    with suppress(RedisConnectionError):
        await book.commit(None, step, NOW_MS, NOW_MS)
    assert await book.commit(None, step, NOW_MS, NOW_MS) is Outcome.CONFLICT
    assert len(await cdrs.find(lossy)) == 1
    assert await lossy.client.lrange(keys.messages(PAYER), 0, -1) == ["cc-1700000000.1-call-me"]
    # The notice stays promised, so it is sent though nobody could say that it is due now.
    due_ms = await lossy.client.zscore(keys.MESSAGE_AGENDA, f"{PAYER}/cc-1700000000.1-call-me")
    assert due_ms == NOW_MS + 60_000


async def test_the_answer_to_a_credit_may_be_lost(lossy: LossyStore) -> None:
    till = Till(lossy)
    await till.open_account(0)
    lossy.loses = "account_post"
    assert (await till.accounts.credit(PAYER, 10, "x", NOW_MS)).balance_minor == 10
    await till.audit(10, 0)


async def test_a_refusal_is_not_remembered(lossy: LossyStore) -> None:
    """Refused, the answer lost, money comes, repeated: the unit is reserved, once."""
    till = Till(lossy)
    await till.open_account(100)
    await till.offer("cc-1.1")
    await till.apply("cc-1.1", ASKED)
    lossy.loses, lossy.gives_up = "call_reserve", True
    with pytest.raises(RedisConnectionError):
        await till.apply("cc-1.1", GIVEN)
    await till.audit(100, 0)
    await till.accounts.credit(PAYER, 500, "x", NOW_MS)
    assert await till.apply("cc-1.1", GIVEN) is Outcome.OK
    await till.audit(600, 300)


class CutLine:
    """A line to Redis that can be cut just before a script's answer gets through."""

    def __init__(self, upstream: str) -> None:
        url = urlsplit(upstream)
        self._host, self._port = str(url.hostname), int(url.port or 0)
        self.cut_next = False
        self.cuts = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(self._host, self._port)
        while command := await reader.read(65_536):
            up_writer.write(command)
            answer = await up_reader.read(65_536)
            if self.cut_next and b"EVALSHA" in command:
                self.cut_next, self.cuts = False, self.cuts + 1
                break
            writer.write(answer)
        writer.close()
        up_writer.close()


async def test_a_line_that_is_cut_before_the_answer(redis: Redis, redis_server: str) -> None:
    """The real client, as the service has it, with every answer of a call's money cut off once."""
    line = CutLine(redis_server)
    async with line.open() as url:
        store = connect(url)
        till = Till(store)
        await till.open_account(1_000)
        await till.offer("cc-1.1")
        for event, _ in STORY:
            entry = await till.book.load("cc-1.1")
            assert entry is not None
            step = advance(entry.call, event, RULES)
            line.cut_next = True
            assert await till.book.commit(entry, step, NOW_MS, NOW_MS) is Outcome.CONFLICT
            assert await till.apply("cc-1.1", event) is Outcome.OK
        assert line.cuts == len(STORY)
        await till.audit(400, 0)
        last = await till.book.load("cc-1.1")
        assert last is not None
        assert last.call.phase is Phase.SETTLED
        await store.close()
