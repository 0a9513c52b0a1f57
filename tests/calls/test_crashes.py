"""The service is killed after each single thing that it does for a call, and starts again.

Whatever it had just written to Redis or asked of Asterisk, in the end there is one CDR, every unit
that was talked is debited once, and nothing stays reserved.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from redis.asyncio import Redis

from agi.charging import cdrs
from agi.domain.call import Call
from agi.domain.dispositions import Disposition
from agi.store.redis import Store
from agi.telephony.end_report import EndReport
from tests.calls.asterisk import KilledError, Life
from tests.calls.world import BY_CALLED, CALL, CALLER, PAYER, World

DEEDS = 28
"""What the service does for the call below: writes to Redis, and orders to Asterisk."""
WRITES = ("EVALSHA", "SET", "SADD", "ZADD", "ZREM")


def mortal(client: Redis, life: Life) -> Store:
    """A store on a client that does nothing any more when its service was killed."""
    execute: Any = client.execute_command

    async def execute_while_alive(*args: Any, **options: Any) -> Any:
        life.check()
        answer = await execute(*args, **options)
        if args[0] in WRITES and answer != []:  # an agenda with nothing due was not changed
            life.deed()
        return answer

    client.execute_command = execute_while_alive  # type: ignore[method-assign]
    return Store(client)


class Story:
    """One call as Asterisk sees it, with a service that is killed once."""

    def __init__(self, world: World, client: Redis, deeds: int) -> None:
        self.world = world
        self.started_ms = self.ended_ms = 0
        self.life = Life(deeds)
        world.switch.life = self.life
        world.start(mortal(client, self.life))

    async def recover(self) -> None:
        """What the service does when it has just started: twice, if it is killed in that too."""
        for _ in range(2):
            if self.life.over:
                self.world.switch.life = None
                self.world.start()
            with suppress(KilledError):
                await self.world.recovery.catch_up()
                await self.world.metering.sweep()
                return

    async def try_to(self, *jobs: Any) -> bool:
        """Whether the service lived to do them all; it is up again afterwards."""
        done = True
        for job in jobs:
            try:
                await job()
            except KilledError:
                done = False
                break
        if self.life.over:
            await self.recover()
        return done

    async def pass_time(self, until_ms: int) -> None:
        while self.world.clock.passed_ms < until_ms:
            with suppress(KilledError):
                await self.world.pass_time(self.world.clock.passed_ms + 2_500)
            if self.life.over:
                await self.recover()

    async def tell(self) -> bool:
        """The whole call; whether the legs were bridged."""
        world = self.world
        offered = await self.try_to(self.ask) or await self.try_to(self.ask)
        bridged = offered and await self.try_to(world.agree)
        if not bridged:
            end = EndReport("unavailable", "", CALLER, "0880", PAYER, "ANSWER", "16")
            world.close(end)
            at_ms = world.clock.wall_ms()
            await self.try_to(lambda: world.reporter.call_ended(CALL, at_ms, end))
            return False
        world.bridge()
        started_ms = self.started_ms = world.clock.wall_ms()
        await self.try_to(lambda: world.reporter.bridged(CALL, started_ms))
        await self.pass_time(70_000)
        world.part()
        world.close(BY_CALLED)
        at_ms = self.ended_ms = world.clock.wall_ms()
        await self.try_to(
            lambda: world.reporter.called_leg_ended(CALL, at_ms),
            lambda: world.reporter.call_ended(CALL, at_ms, BY_CALLED),
        )
        return True

    async def ask(self) -> None:
        assert isinstance(await self.world.ask(), Call)


@pytest.mark.parametrize("deeds", range(1, DEEDS + 2))
async def test_killed_after_each_deed(
    world: World, redis: Redis, redis_server: str, deeds: int
) -> None:
    client = Redis.from_url(redis_server, decode_responses=True)
    story = Story(world, client, deeds)
    bridged = await story.tell()
    await story.pass_time(world.clock.passed_ms + 20_000)
    await story.recover()
    cdr = await world.cdr()
    balance, reserved = await world.money()
    assert reserved == 0
    assert balance == 1_000 - cdr.charged_minor
    if bridged:
        assert (cdr.disposition, cdr.minutes, cdr.consent) == (Disposition.ANSWERED, 2, True)
        assert cdr.talk_ms == story.ended_ms - story.started_ms
        assert await world.uses() == {"requests-a-day": 1}
    else:
        assert (cdr.disposition, cdr.minutes) == (Disposition.UNAVAILABLE, 0)
    assert await world.book.agenda.members() == []
    assert len(await cdrs.find(world.store)) == 1
    assert story.life.over == (deeds <= DEEDS)
    await client.aclose()
