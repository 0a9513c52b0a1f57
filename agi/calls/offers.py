"""Decides on an offer and opens its call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from agi.calls.runner import CallRunner
from agi.catalogue import Catalogue
from agi.charging.accounts import Accounts
from agi.domain import offer, story
from agi.domain.call import Call, Phase, Step, refuse
from agi.domain.dispositions import Disposition
from agi.domain.errors import BadNumber
from agi.domain.subscribers import Subscriber
from agi.domain.tariff import Price
from agi.subscribers.profiles import Profiles


@dataclass(frozen=True, slots=True)
class Asked:
    """What the dialplan knows of an attempt. `dialled` is empty where no pattern matched.

    `at_ms` is when it was made, Unix milliseconds: now, unless it is an old one.
    """

    call_id: str
    calling: str
    access_code: str
    dialled: str
    channel: str = ""
    at_ms: int | None = None


class UnknownCallerError(Exception):
    """An authenticated phone belongs to no subscriber: the SIP accounts are out of step."""


class Offers:
    """Weighs one attempt against everything that is known of the two parties."""

    def __init__(
        self, runner: CallRunner, catalogue: Catalogue, profiles: Profiles, accounts: Accounts
    ) -> None:
        self._runner = runner
        self._catalogue = catalogue
        self._profiles = profiles
        self._accounts = accounts

    async def decide(self, asked: Asked) -> Call | Disposition:
        """Open the call, or settle it as refused and say why.

        Asked twice about one attempt it changes nothing, and never offers what it refused.

        Raises:
            UnknownCallerError: there is no subscriber behind the calling phone.
            TariffGap: the two parties have no price.
        """
        call, caller, called = await self._read(asked)
        reason = offer.refusal(
            offer.Request(
                caller=caller,
                rule=self._catalogue.operator(caller.operator).collect,
                access_code=asked.access_code or None,
                number=call.called,
                called=called,
            )
        )
        if reason is not None or called is None:
            return await self._refuse(call, asked, reason or Disposition.UNKNOWN_NUMBER)
        price = self._price(caller, called, call.started_at_ms)
        call = replace(call, price=price)
        account = await self._accounts.get(called.number)
        available_minor = account.available_minor if account else 0
        if offer.funds_refusal(called, price, available_minor):
            return await self._refuse(call, asked, Disposition.NO_FUNDS)
        if await self._runner.open(Step(call), story.offered(call, asked.dialled, None)):
            return call
        return await self._answered_before(call)

    async def settle_unoffered(self, asked: Asked, reason: Disposition) -> None:
        """Leave the CDR of an attempt that ended without the service having been asked."""
        call, _, _ = await self._read(asked)
        await self._settle(call, reason, {"what": "Unoffered", "disposition": reason})

    async def _answered_before(self, call: Call) -> Call | Disposition:
        """The answer to who asks again because the first one did not arrive."""
        entry = await self._runner.book.load(call.call_id)
        if entry is not None and entry.call.phase is Phase.OFFERED:
            return entry.call
        return Disposition.UNAVAILABLE  # it was refused, or has ended: nobody is rung any more

    async def _refuse(self, call: Call, asked: Asked, reason: Disposition) -> Disposition:
        await self._settle(call, reason, story.offered(call, asked.dialled, reason))
        return reason

    async def _settle(self, call: Call, reason: Disposition, facts: story.Facts) -> None:
        rules = self._runner.rules_of(call)
        await self._runner.open(refuse(call, reason, rules, call.started_at_ms), facts)

    async def _read(self, asked: Asked) -> tuple[Call, Subscriber, Subscriber | None]:
        caller = await self._profiles.get(asked.calling)
        if caller is None:
            raise UnknownCallerError(
                f"phone {asked.calling!r} is authenticated and no subscriber: "
                "restart the service, which writes the SIP accounts anew"
            )
        try:
            plan = self._catalogue.operator(caller.operator).numbering
            number = plan.national(asked.dialled)
        except BadNumber:
            number = None
        called = await self._profiles.get(number) if number else None
        call = Call(
            call_id=asked.call_id,
            owner=number or caller.number,
            calling=caller.number,
            called=number,
            operator=caller.operator,
            access_code=asked.access_code or None,
            calling_channel=asked.channel,
            started_at_ms=asked.at_ms or self._runner.clock.wall_ms(),
        )
        return call, caller, called

    def _price(self, caller: Subscriber, called: Subscriber, at_ms: int) -> Price:
        today = datetime.fromtimestamp(at_ms / 1000, UTC).date()
        return self._catalogue.tariff_for(called, today).rate(caller, called)
