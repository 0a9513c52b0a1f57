"""Weighs one attempt against everything that is known of the two parties; it opens nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agi.calls.allowances import Allowances
from agi.calls.pricing import price_of
from agi.catalogue import Catalogue
from agi.charging.accounts import Accounts
from agi.clock import Clock
from agi.domain import offer
from agi.domain.call import Call
from agi.domain.dispositions import Disposition
from agi.domain.errors import BadNumber, TariffGap
from agi.domain.services import ListName
from agi.domain.subscribers import Subscriber
from agi.domain.terms import Terms
from agi.subscribers.lists import Lists
from agi.subscribers.profiles import Profiles


@dataclass(frozen=True, slots=True)
class Asked:
    """What the dialplan knows of an attempt: `access_code` is empty for an ordinary call, and
    `dialled` as well where no pattern matched.

    `at_ms` is when it was made, Unix milliseconds: now, unless it is an old one.
    """

    call_id: str
    calling: str
    access_code: str
    dialled: str
    channel: str = ""
    at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt with everything that is known of the two parties."""

    call: Call
    caller: Subscriber
    called: Subscriber | None
    listed: ListName | None
    """On which list of the called party the caller is."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A call with its price, or why it is refused; `limit` is the one that is reached."""

    call: Call
    reason: Disposition | None = None
    limit: str | None = None


class Scales:
    """Reads what an attempt is about, and weighs it."""

    def __init__(
        self,
        catalogue: Catalogue,
        profiles: Profiles,
        clock: Clock,
        *,
        accounts: Accounts,
        lists: Lists,
        allowances: Allowances,
    ) -> None:
        self._catalogue = catalogue
        self._profiles = profiles
        self._clock = clock
        self._accounts = accounts
        self._lists = lists
        self._allowances = allowances

    async def read(self, asked: Asked) -> Attempt:
        """Everything that is known of an attempt.

        Raises:
            UnknownCallerError: there is no subscriber behind the calling phone.
        """
        caller = await self._profiles.behind(asked.calling)
        try:
            plan = self._catalogue.operator(caller.operator).numbering
            number = plan.national(asked.dialled)
        except BadNumber:
            number = None
        ordinary = bool(asked.dialled) and not asked.access_code
        called = await self._profiles.get(number) if number else None
        listed = None
        if called is not None and not ordinary:
            listed = await self._lists.holds(called.number, caller.number)
        call = Call(
            call_id=asked.call_id,
            owner=caller.number if number is None or ordinary else number,
            calling=caller.number,
            called=number,
            operator=caller.operator,
            access_code=asked.access_code or None,
            calling_channel=asked.channel,
            started_at_ms=asked.at_ms or self._clock.wall_ms(),
            terms=_terms(ordinary=ordinary, listed=listed),
        )
        return Attempt(call, caller, called, listed)

    async def weigh(self, attempt: Attempt, *, counts: bool) -> Verdict:
        """The checks in their order; a request is counted when nothing but money can refuse it, if
        it `counts` and is no mere question.

        Raises:
            TariffGap: the two parties of a collect call have no price.
        """
        call, caller, called = attempt.call, attempt.caller, attempt.called
        reason = offer.refusal(self._request(attempt))
        if reason is not None or called is None:
            return Verdict(call, reason or Disposition.UNKNOWN_NUMBER)
        try:
            price = price_of(self._catalogue, call.terms, caller, called, call.started_at_ms)
        except TariffGap:
            if call.terms is not Terms.ORDINARY:
                raise
            return Verdict(call, Disposition.NOT_ENTITLED)
        call = replace(call, price=price)
        allowed = self._allowances.take_request if counts else self._allowances.full_limit
        full = await allowed(call, caller)
        if full is not None:
            return Verdict(call, Disposition.LIMIT, full.name)
        payer = caller if call.terms is Terms.ORDINARY else called
        account = await self._accounts.get(payer.number)
        if offer.funds_refusal(payer, price, account.available_minor if account else 0):
            return Verdict(call, offer.no_funds(call.terms))
        return Verdict(call)

    def _request(self, attempt: Attempt) -> offer.Request:
        call, caller = attempt.call, attempt.caller
        rule = self._catalogue.operator(caller.operator)
        return offer.Request(
            caller=caller,
            rule=rule.collect,
            access_code=call.access_code,
            number=call.called,
            called=attempt.called,
            terms=call.terms,
            barred=attempt.listed == "black",
            caller_abroad=caller.roaming in rule.zones_abroad,
        )


def _terms(*, ordinary: bool, listed: ListName | None) -> Terms:
    if ordinary:
        return Terms.ORDINARY
    return Terms.WHITE_LISTED if listed == "white" else Terms.ASKED
