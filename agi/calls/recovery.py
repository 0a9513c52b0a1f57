"""After an outage: what Asterisk wrote down while nobody listened."""

from __future__ import annotations

import asyncio
import logging

from redis.exceptions import RedisError

from agi.calls.reports import Reporter
from agi.store import keys
from agi.store.redis import Store, end_if_cancelled
from agi.telephony import cel

log = logging.getLogger(__name__)

_INTERVAL_S = 5.0
_AT_ONCE = 20
"""How many ends are settled at the same time: after an outage there may be hundreds."""


class Recovery:
    """Reads the ends of calls in Asterisk's record that came after the last reading."""

    def __init__(self, reporter: Reporter, store: Store, node: str) -> None:
        self._reporter = reporter
        self._store = store
        self._position_key = keys.record_position(node)
        self._one_at_a_time = asyncio.Lock()

    async def run(self) -> None:
        """Read on from time to time, so that a lost event is made up for in a running service."""
        while True:
            end_if_cancelled()
            await asyncio.sleep(_INTERVAL_S)
            try:
                await self.catch_up()
            except Exception as error:
                log.warning("recovery waits: %s: %s", type(error).__name__, error)

    async def catch_up(self) -> None:
        """Settle what ended meanwhile; an end that was heard of has no further effect."""
        async with self._one_at_a_time:
            position = int(await self._store.client.get(self._position_key) or 0)
            ends, position = await self._reporter.ends_since(position)
            for start in range(0, len(ends), _AT_ONCE):
                settling = map(self._settle, ends[start : start + _AT_ONCE])
                for failure in await asyncio.gather(*settling, return_exceptions=True):
                    if failure is not None:
                        raise failure
            await self._store.client.set(self._position_key, position)

    async def _settle(self, end: cel.EndOfCall) -> None:
        if end.report is None:
            log.error("the end of call %s can't be read in %s", end.call_id, self._reporter.record)
            return
        try:
            await self._reporter.ended_unheard(end.call_id, end.at_ms, end.report)
        except RedisError:
            raise  # read again from here when Redis is back
        except Exception:
            log.exception("call %s can't be settled from Asterisk's record", end.call_id)
