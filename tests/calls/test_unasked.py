"""Asterisk bridges a call that nobody has agreed to: a dialplan that lost its subroutine does."""

from __future__ import annotations

import pytest

from tests.calls.world import A_LEG, B_LEG, BY_CALLER, CALL, World


async def _bridge_unasked(world: World) -> None:
    await world.offer()
    world.switch.legs[A_LEG] = world.switch.legs[B_LEG] = (CALL, False)
    world.bridge()


@pytest.mark.parametrize("heard", [True, False])
async def test_it_is_parted_and_charged_nothing(world: World, heard: bool) -> None:
    await _bridge_unasked(world)
    if heard:
        await world.reporter.bridged(CALL, world.clock.wall_ms())
    else:
        await world.pass_time(11_000)
    assert A_LEG in world.switch.released
    world.part()
    world.close(BY_CALLER)
    await world.pass_time(30_000)
    assert (await world.cdr()).charged_minor == 0
    assert await world.money() == (1_000, 0)


async def test_an_event_that_was_made_up_parts_nobody(world: World) -> None:
    await world.offer()
    await world.reporter.bridged(CALL, world.clock.wall_ms())
    assert world.switch.released == []
