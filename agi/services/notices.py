"""Notices that a subscriber sends: within the limits, each once."""

from __future__ import annotations

from agi.catalogue import Catalogue
from agi.clock import Clock
from agi.domain.messages import Message
from agi.domain.notices import CodeNotice
from agi.domain.subscribers import Subscriber
from agi.messages.outbox import Outbox
from agi.subscribers.usage import Usage


class Notices:
    """Counts a notice against the sender's limits and puts it into the outbox."""

    def __init__(self, catalogue: Catalogue, clock: Clock, outbox: Outbox, usage: Usage) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._outbox = outbox
        self._usage = usage

    async def send(
        self,
        sender: Subscriber,
        recipient: Subscriber,
        kind: str,
        notice: CodeNotice,
        request_id: str,
    ) -> bool:
        """Whether it is sent: not where a limit of the sender is reached.

        It is counted before it is stored, so that no number of requests at once gets past a limit,
        and given back where it could not be stored.
        """
        rule = self._catalogue.operator(sender.operator)
        limits = () if sender.unlimited else rule.limits_on(kind)
        now_ms, use_id = self._clock.wall_ms(), f"{request_id}-{kind}"
        between = (sender.number, recipient.number)
        full = await self._usage.take(limits, rule, *between, use_id=use_id, at_ms=now_ms)
        if full is not None:
            return False
        text = notice.text.format(calling=sender.number)
        try:
            await self._outbox.put(Message(use_id, *between, kind, text, now_ms))
        except BaseException:
            await self._usage.give_back(limits, rule, *between, use_id)
            raise
        return True
