"""The verbs of `Switch`, done by a simulated Asterisk over a link that may be lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from agi.telephony.switch import LEAST_LIMIT_MS, Switch, SwitchError
from simulation.asterisk import Source
from simulation.life import Life
from simulation.surroundings import Surroundings

_LONGEST_ACTION_S = 0.004


class SimulatedSwitch(Switch):
    """The verbs of `Switch`, done by a simulated Asterisk."""

    def __init__(self, around: Surroundings, life: Life, linked: Callable[[], bool]) -> None:
        self._around = around
        self._asterisk = around.asterisk
        self._life = life
        self._linked = linked

    async def in_bridge(self, channel: str, call_id: str) -> bool | None:
        await self._reach()
        leg = self._asterisk.legs.get(channel)
        answer = leg.bridged if leg is not None and leg.call_id == call_id else None
        await self._answer()
        return answer

    async def wall_ms(self) -> int:
        await self._reach()
        now_ms = self._asterisk.clock.wall_ms()
        await self._answer()
        return now_ms

    async def move_limit(self, channel: str, left_ms: int) -> None:
        await self._reach()
        leg = self._asterisk.legs.get(channel)
        if leg is None:
            raise SwitchError("No such channel")
        self._asterisk.limit(leg, max(left_ms, LEAST_LIMIT_MS))
        await self._answer()

    async def hang_up(self, channel: str, call_id: str) -> None:
        if await self.in_bridge(channel, call_id) is not None:
            await self._reach()
            leg = self._asterisk.legs.get(channel)
            if leg is None:
                raise SwitchError("No such channel")
            self._asterisk.hang_up(leg, Source.SERVICE)
            await self._answer()

    async def warn(self, channel: str) -> None:
        await self._reach()
        await self._answer()

    async def _reach(self) -> None:
        await self._life.turn()
        await asyncio.sleep(self._around.chance.random() * _LONGEST_ACTION_S)
        if not self._linked():
            raise SwitchError("not connected")

    async def _answer(self) -> None:
        await self._life.turn()
        if not self._linked() or self._around.chance.random() < self._around.events.answers_lost:
            raise SwitchError("the connection was lost before the answer")
