"""The outbox against a real Redis: one effect for each message, whoever races, dies or repeats."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from agi.messages.outbox import Outbox
from agi.messages.rows import Claim, DamagedMessage, MessageState
from agi.store import keys
from agi.store.agenda import PROMISE_MS
from agi.store.redis import Store
from tests.messages.conftest import RECIPIENT, StoppedClock, message

LEASE_MS = 30_000
RETRY_MS = 30_000


async def claim_one(outbox: Outbox) -> Claim:
    [claim] = await outbox.claim_due(LEASE_MS, 10)
    return claim


async def state_of(outbox: Outbox) -> MessageState:
    [stored] = await outbox.find(RECIPIENT)
    return stored.state


async def test_a_message_is_kept_as_it_was_put(outbox: Outbox) -> None:
    assert await outbox.put(message())
    [stored] = await outbox.find()
    assert stored.message == message()
    assert (stored.state, stored.attempts, stored.error) == (MessageState.PENDING, 0, "")


async def test_putting_a_hundred_times_stores_once(outbox: Outbox) -> None:
    stored = await asyncio.gather(*(outbox.put(message()) for _ in range(100)))
    assert sorted(stored) == [False] * 99 + [True]
    assert len(await outbox.find(RECIPIENT)) == 1


async def test_find_gives_the_oldest_first_and_one_recipient_when_asked(outbox: Outbox) -> None:
    for message_id, recipient in (("b", RECIPIENT), ("a", RECIPIENT), ("c", "9115550003")):
        await outbox.put(message(message_id, recipient))
    assert [stored.message.id for stored in await outbox.find()] == ["a", "b", "c"]
    assert [stored.message.id for stored in await outbox.find("9115550003")] == ["c"]


async def test_a_hundred_claimers_get_each_message_once(outbox: Outbox) -> None:
    for number in range(20):
        await outbox.put(message(f"m{number}"))
    batches = await asyncio.gather(*(outbox.claim_due(LEASE_MS, 3) for _ in range(100)))
    claimed = [claim.message.id for batch in batches for claim in batch]
    assert sorted(claimed) == sorted(f"m{number}" for number in range(20))


async def test_a_hundred_claims_of_one_row_give_it_to_one(store: Store, outbox: Outbox) -> None:
    await outbox.put(message())
    row = [keys.message(RECIPIENT, message().id)]
    answers = await asyncio.gather(
        *(store.run("message_claim", row, [f"claim-{n}", 0, LEASE_MS]) for n in range(100))
    )
    assert sorted(answer[0] for answer in answers) == ["claimed"] + ["held"] * 99


async def test_a_claim_whose_answer_was_lost_is_repeated_without_effect(
    store: Store, outbox: Outbox
) -> None:
    await outbox.put(message())
    row = [keys.message(RECIPIENT, message().id)]
    first = await store.run("message_claim", row, ["claim", 0, LEASE_MS])
    assert await store.run("message_claim", row, ["claim", 0, LEASE_MS]) == first


async def test_waking_does_not_take_a_message_from_its_sender(outbox: Outbox) -> None:
    await outbox.put(message())
    await claim_one(outbox)
    await outbox.wake(RECIPIENT)
    assert await outbox.claim_due(LEASE_MS, 10) == []


async def test_a_sent_message_is_never_claimed_again(
    outbox: Outbox, clock: StoppedClock, redis: Redis
) -> None:
    await outbox.put(message())
    await outbox.finish(await claim_one(outbox), MessageState.SENT)
    await outbox.put(message())
    await outbox.wake(RECIPIENT)
    clock.now_ms += 10 * LEASE_MS
    assert await outbox.claim_due(LEASE_MS, 10) == []
    assert await state_of(outbox) is MessageState.SENT
    assert await redis.zcard(keys.MESSAGE_AGENDA) == 0


async def test_a_worker_that_died_with_a_claim_only_delays(
    outbox: Outbox, clock: StoppedClock
) -> None:
    await outbox.put(message())
    await claim_one(outbox)
    clock.now_ms += LEASE_MS - 1
    assert await outbox.claim_due(LEASE_MS, 10) == []
    clock.now_ms += 1
    assert (await claim_one(outbox)).attempts == 2


async def test_who_lost_its_claim_changes_nothing(outbox: Outbox, clock: StoppedClock) -> None:
    await outbox.put(message())
    late = await claim_one(outbox)
    clock.now_ms += LEASE_MS
    holder = await claim_one(outbox)
    await outbox.finish(late, MessageState.DEAD, "too late")
    assert await state_of(outbox) is MessageState.PENDING
    await outbox.release(late, "too late", 0, counted=False)
    assert await outbox.claim_due(LEASE_MS, 10) == []
    await outbox.finish(holder, MessageState.SENT)
    assert await state_of(outbox) is MessageState.SENT


async def test_a_message_that_ended_is_not_given_back(outbox: Outbox) -> None:
    await outbox.put(message())
    claim = await claim_one(outbox)
    await outbox.finish(claim, MessageState.DEAD, "no such number")
    before = await outbox.find()
    await outbox.release(claim, "away", 0, counted=False)
    assert await outbox.find() == before


@pytest.mark.parametrize(("counted", "attempts"), [(True, 1), (False, 0)])
async def test_a_released_message_waits_its_time(
    outbox: Outbox, clock: StoppedClock, counted: bool, attempts: int
) -> None:
    await outbox.put(message())
    await outbox.release(await claim_one(outbox), "away", RETRY_MS, counted=counted)
    [stored] = await outbox.find(RECIPIENT)
    assert (stored.state, stored.attempts) == (MessageState.PENDING, attempts)
    assert stored.error == "away"
    clock.now_ms += RETRY_MS - 1
    assert await outbox.claim_due(LEASE_MS, 10) == []
    clock.now_ms += 1
    assert (await claim_one(outbox)).attempts == attempts + 1


async def test_a_release_that_is_repeated_gives_one_attempt_back(
    store: Store, outbox: Outbox
) -> None:
    await outbox.put(message())
    claim = await claim_one(outbox)
    row = [keys.message(RECIPIENT, message().id)]
    answers = [await store.run("message_release", row, [claim.token, "away", 0]) for _ in range(2)]
    assert answers == ["waits", "waits"]
    assert (await outbox.find(RECIPIENT))[0].attempts == 0


async def test_waking_makes_what_waits_due_now(outbox: Outbox) -> None:
    await outbox.put(message("mine"))
    await outbox.put(message("other", "9115550003"))
    for claim in await outbox.claim_due(LEASE_MS, 10):
        await outbox.release(claim, "away", RETRY_MS, counted=False)
    await outbox.wake(RECIPIENT)
    assert (await claim_one(outbox)).message.id == "mine"


async def test_waking_all_makes_everything_due_now(outbox: Outbox) -> None:
    for recipient in (RECIPIENT, "9115550003"):
        await outbox.put(message(recipient=recipient))
    for claim in await outbox.claim_due(LEASE_MS, 10):
        await outbox.release(claim, "away", RETRY_MS, counted=False)
    await outbox.wake_all()
    assert len(await outbox.claim_due(LEASE_MS, 10)) == 2


async def test_a_recipient_that_returns_in_the_middle_of_a_try_is_tried_again_at_once(
    outbox: Outbox,
) -> None:
    await outbox.put(message())
    claim = await claim_one(outbox)
    await outbox.wake(RECIPIENT)
    await outbox.release(claim, "away", RETRY_MS, counted=False)
    assert (await claim_one(outbox)).message == message()


async def test_a_wake_and_a_release_at_the_same_time_never_lose_the_wake(outbox: Outbox) -> None:
    await outbox.put(message())
    claim = await claim_one(outbox)
    for _ in range(50):
        await asyncio.gather(
            outbox.release(claim, "away", RETRY_MS, counted=False), outbox.wake(RECIPIENT)
        )
        claim = await claim_one(outbox)


async def test_a_message_that_is_due_later_waits_for_its_time_whoever_registers(
    outbox: Outbox, clock: StoppedClock
) -> None:
    later = replace(message(), due_at_ms=clock.now_ms + 4_000)
    await outbox.put(later)
    await outbox.put(message("due-now"))
    assert (await claim_one(outbox)).message.id == "due-now"
    clock.now_ms += 3_999
    await outbox.wake(RECIPIENT)
    await outbox.wake_all()
    assert await outbox.claim_due(LEASE_MS, 10) == []
    clock.now_ms += 1
    assert (await claim_one(outbox)).message == later


async def test_a_message_that_was_due_before_it_was_stored_is_due_now(
    outbox: Outbox, clock: StoppedClock
) -> None:
    await outbox.put(replace(message(), due_at_ms=clock.now_ms - 1))
    await claim_one(outbox)


async def test_a_promise_without_its_message_is_dropped_after_a_minute(
    outbox: Outbox, clock: StoppedClock, redis: Redis
) -> None:
    await redis.zadd(keys.MESSAGE_AGENDA, {f"{RECIPIENT}/never-stored": clock.now_ms})
    for _ in range(PROMISE_MS // LEASE_MS):
        assert await outbox.claim_due(LEASE_MS, 10) == []
        assert await redis.zcard(keys.MESSAGE_AGENDA) == 1
        clock.now_ms += LEASE_MS
    assert await outbox.claim_due(LEASE_MS, 10) == []
    assert await redis.zcard(keys.MESSAGE_AGENDA) == 0


async def test_a_message_that_is_stored_after_its_promise_was_due_is_found(
    store: Store, outbox: Outbox, clock: StoppedClock
) -> None:
    member = f"{RECIPIENT}/{message().id}"
    await store.client.zadd(keys.MESSAGE_AGENDA, {member: clock.now_ms})
    assert await outbox.claim_due(LEASE_MS, 10) == []
    await outbox.put(message())
    assert (await claim_one(outbox)).message == message()


async def test_a_damaged_row_becomes_a_dead_letter(outbox: Outbox, redis: Redis) -> None:
    await outbox.put(message())
    row = keys.message(RECIPIENT, message().id)
    await redis.hdel(row, "text")
    assert await outbox.claim_due(LEASE_MS, 10) == []
    assert await redis.hget(row, "state") == "dead"
    assert await redis.zcard(keys.MESSAGE_AGENDA) == 0
    with pytest.raises(DamagedMessage, match="text"):
        await outbox.find(RECIPIENT)
