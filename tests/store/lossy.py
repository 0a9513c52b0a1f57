"""A store that loses answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError

from agi.store.redis import Store


class LossyStore(Store):
    """Loses the next answer to a script: the client repeats the command, or gives up."""

    loses: str = ""
    gives_up: bool = False

    async def run(self, script: str, keys: Sequence[str], args: Sequence[str | int] = ()) -> Any:
        answer = await super().run(script, keys, args)
        if script != self.loses:
            return answer
        self.loses = ""
        if self.gives_up:
            raise RedisConnectionError("the connection was lost")
        return await super().run(script, keys, args)
