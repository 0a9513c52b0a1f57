"""Delivery: the phones that notices are sent to."""

from __future__ import annotations

from collections import Counter
from random import Random

from agi.domain.messages import Message
from agi.messages.gateways import RecipientAway, TemporaryFailure
from simulation.virtual_time import VirtualLoop


class Phones:
    """A gateway to phones that are away at times, and may not be heard to have answered."""

    ready = True

    def __init__(self, loop: VirtualLoop, chance: Random) -> None:
        self._loop = loop
        self._chance = chance
        self.away = 0.0
        self.answers_lost = 0.0
        self.received: Counter[str] = Counter()
        """How often each message arrived, by id."""

    async def send(self, message: Message) -> None:
        """See `Gateway.send`."""
        if self._chance.random() < self.away:
            raise RecipientAway("not registered")
        self.received[message.id] += 1
        if self._chance.random() < self.answers_lost:
            raise TemporaryFailure("no answer")
