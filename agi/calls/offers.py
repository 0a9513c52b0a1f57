"""Decides on an offer and opens its call."""

from __future__ import annotations

from agi.calls.allowances import Allowances
from agi.calls.runner import CallRunner
from agi.calls.weighing import Asked, Scales
from agi.catalogue import Catalogue
from agi.charging.accounts import Accounts
from agi.domain import story
from agi.domain.call import Call, Phase, Step, refuse
from agi.domain.dispositions import Disposition
from agi.subscribers.lists import Lists
from agi.subscribers.profiles import Profiles


class Offers:
    """Opens the call of an attempt that is found good, and settles any other."""

    def __init__(
        self,
        runner: CallRunner,
        catalogue: Catalogue,
        profiles: Profiles,
        *,
        accounts: Accounts,
        lists: Lists,
        allowances: Allowances,
    ) -> None:
        self._runner = runner
        self._scales = Scales(
            catalogue,
            profiles,
            runner.clock,
            accounts=accounts,
            lists=lists,
            allowances=allowances,
        )

    async def decide(self, asked: Asked) -> Call | Disposition:
        """Open the call, or settle it as refused and say why.

        Asked twice about one attempt it changes nothing, and never offers what it refused.

        Raises:
            UnknownCallerError: there is no subscriber behind the calling phone.
            TariffGap: the two parties of a collect call have no price.
        """
        known = await self._answered_before(asked.call_id)
        if known is not None:
            return known
        verdict = await self._scales.weigh(await self._scales.read(asked), counts=True)
        call, reason = verdict.call, verdict.reason
        facts = story.offered(call, asked.dialled, reason, verdict.limit)
        if reason is not None:
            await self._refuse(call, reason, facts)
            return reason
        if await self._runner.open(Step(call), facts):
            return call
        return await self._answered_before(asked.call_id) or Disposition.UNAVAILABLE

    async def settle_unoffered(self, asked: Asked, reason: Disposition) -> None:
        """Leave the CDR of an attempt that ended without the service having been asked.

        One that has its CDR is an old one: only the call is forgotten.

        Raises:
            UnknownCallerError: there is no subscriber behind the calling phone.
        """
        attempt = await self._scales.read(asked)
        if await self._runner.book.has_cdr(attempt.call):
            return
        await self._refuse(attempt.call, reason, {"what": "Unoffered", "disposition": reason})

    async def _answered_before(self, call_id: str) -> Call | Disposition | None:
        """The answer to who asks again because the first one did not arrive."""
        entry = await self._runner.book.load(call_id)
        if entry is None or entry.call.phase is Phase.OFFERED:
            return entry.call if entry else None
        return Disposition.UNAVAILABLE  # it was refused, or has ended: nobody is rung any more

    async def _refuse(self, call: Call, reason: Disposition, facts: story.Facts) -> None:
        rules = self._runner.rules_of(call)
        await self._runner.open(refuse(call, reason, rules, call.started_at_ms), facts)
