"""What the limits allow: requests for collect calls, and the notices that failed ones leave.

A use is counted, and given back, before what it belongs to is stored: repeated after a crash it
has no further effect.
"""

from __future__ import annotations

from dataclasses import replace

from agi.catalogue import Catalogue
from agi.domain.call import Call, Step
from agi.domain.commands import Settle
from agi.domain.limits import COLLECT, Limit
from agi.domain.messages import Message
from agi.domain.subscribers import Subscriber
from agi.domain.terms import Terms
from agi.subscribers.profiles import Profiles
from agi.subscribers.usage import Usage


class Allowances:
    """The limits of the caller's operator; on ordinary calls there are none."""

    def __init__(self, catalogue: Catalogue, profiles: Profiles, usage: Usage) -> None:
        self._catalogue = catalogue
        self._profiles = profiles
        self._usage = usage

    async def take_request(self, call: Call, caller: Subscriber) -> Limit | None:
        """Count the request that `call` is; the limit that is full, if one is: then nothing was
        counted.
        """
        if call.terms is Terms.ORDINARY or call.called is None:
            return None
        return await self._take(
            caller, call.called, COLLECT, use_id=call.call_id, at_ms=call.started_at_ms
        )

    async def full_limit(self, call: Call, caller: Subscriber) -> Limit | None:
        """The limit that the request would be refused for; nothing is counted."""
        rule = self._catalogue.operator(caller.operator)
        if call.terms is Terms.ORDINARY or call.called is None or caller.unlimited:
            return None
        used = await self._usage.counts(
            rule.limits_on(COLLECT), rule, caller.number, call.called, call.started_at_ms
        )
        return next((one.limit for one in used if one.times >= one.limit.most), None)

    async def settled(self, step: Step) -> Step:
        """`step` as the limits allow it: a settlement whose notice is beyond one leaves none.

        The request for a phone that was never rung counts no more [ours].
        """
        call, charge = step.call, step.charge
        if not isinstance(charge, Settle) or call.terms is Terms.ORDINARY or call.called is None:
            return step
        if not charge.rang:
            await self._give_back(call.operator, call.calling, call.called, call.call_id)
        full = await self._take_notice(charge.notice) if charge.notice else None
        if full is None:
            return step
        return replace(step, charge=replace(charge, notice=None, withheld_by=full.name))

    async def _give_back(self, operator: str, calling: str, called: str, call_id: str) -> None:
        # An operator that is gone from the files has no limits any more.
        rule = self._catalogue.operators.get(operator)
        if rule is not None:
            limits = rule.limits_on(COLLECT)
            await self._usage.give_back(limits, rule, calling, called, call_id)

    async def _take_notice(self, notice: Message) -> Limit | None:
        sender = await self._profiles.get(notice.sender)
        if sender is None:
            return None
        return await self._take(
            sender, notice.recipient, notice.kind, use_id=notice.id, at_ms=notice.created_at_ms
        )

    async def _take(
        self, caller: Subscriber, called: str, use: str, *, use_id: str, at_ms: int
    ) -> Limit | None:
        rule = self._catalogue.operators.get(caller.operator)
        limits = rule.limits_on(use) if rule else ()
        if rule is None or caller.unlimited or not limits:
            return None
        return await self._usage.take(
            limits, rule, caller.number, called, use_id=use_id, at_ms=at_ms
        )
