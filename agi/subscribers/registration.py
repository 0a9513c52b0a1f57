"""Adding subscribers and changing them: what is asked for is checked, then stored and projected."""

from __future__ import annotations

import dataclasses
import re
import secrets
from dataclasses import dataclass

from agi.catalogue import Catalogue
from agi.domain.data import WORD
from agi.domain.errors import CollectError
from agi.domain.money import format_amount
from agi.domain.operators import OperatorRule
from agi.domain.subscribers import HOME_ZONE, Subscriber
from agi.subscribers.profiles import Opening, Profiles
from agi.subscribers.sip_accounts import SipAccount, SipAccounts

_PASSWORD_BYTES = 8  # typed into telephones: 16 characters, 64 bits


class SubscriberExists(CollectError):
    """The number is a subscriber's already."""


class BadProfile(CollectError):
    """A part of the profile is not possible."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A subscriber as somebody asks for it, not checked yet."""

    number: str
    """In any way that the operator's numbering plan knows."""
    operator: str
    region: str | None = None
    """None: the operator's default."""
    roaming: str = HOME_ZONE
    plan: str = ""
    blocked: bool = False
    postpaid: bool = False
    opted_out: bool = False
    """Wants no collect calls, wherever the caller is."""
    unlimited: bool = False
    hidden: bool = False
    language: str | None = None
    """None: the deployment's."""


@dataclass(frozen=True, slots=True)
class Registrar:
    """Adds and changes the subscribers of one deployment."""

    catalogue: Catalogue
    profiles: Profiles
    sip_accounts: SipAccounts
    language: str

    async def add(self, wanted: Wanted, balance_minor: int, at_ms: int) -> Subscriber:
        """Add a subscriber with an account of `balance_minor`; the phone can register at once.

        Redis is written before the projection, so that nobody registers who is no subscriber.

        Raises:
            CollectError: what is wanted is not possible; nothing was stored.
            SubscriberExists: nothing was changed.
        """
        rule = self.catalogue.operator(wanted.operator)
        subscriber = self._checked(wanted, rule)
        password = secrets.token_hex(_PASSWORD_BYTES)
        opening = Opening(rule.currency, _floor_minor(rule, subscriber), balance_minor, at_ms)
        if balance_minor < opening.floor_minor:
            raise BadProfile(
                f"the balance is below {format_amount(opening.floor_minor)}, the lowest that "
                f"this account may have: give more."
            )
        if not await self.profiles.create(subscriber, password, opening):
            raise SubscriberExists(
                f"{subscriber.number} is a subscriber already: `collectcall subscriber show "
                f"{subscriber.number}` shows it, `subscriber add ... --replace` changes it."
            )
        self._project(subscriber, password)
        return subscriber

    async def replace(self, wanted: Wanted) -> Subscriber | None:
        """Change a subscriber into what is wanted; money, password and personal lists stay. None:
        there is none.

        Raises:
            CollectError: what is wanted is not possible; nothing was changed.
        """
        subscriber = self._checked(wanted, self.catalogue.operator(wanted.operator))
        before = await self.profiles.get(subscriber.number)
        password = await self.profiles.sip_password(subscriber.number)
        if before is None or password is None:
            return None
        for name in ("operator", "postpaid"):
            # The account's currency and floor follow from them.
            if getattr(before, name) != getattr(subscriber, name):
                raise BadProfile(
                    f"{subscriber.number} has {name} {getattr(before, name)}, and an account keeps "
                    "it: use another number."
                )
        await self.profiles.put(subscriber, password)
        self._project(subscriber, password)
        return dataclasses.replace(subscriber, lists_on=before.lists_on)

    def _checked(self, wanted: Wanted, rule: OperatorRule) -> Subscriber:
        region = rule.default_region if wanted.region is None else wanted.region
        for name, text in (("region", region), ("plan", wanted.plan or "none")):
            if not re.fullmatch(WORD, text):
                raise BadProfile(
                    f"{name} {text!r}: write a lower-case word, such as {rule.default_region}."
                )
        if wanted.roaming not in rule.zones:
            raise BadProfile(
                f"roaming: no zone {wanted.roaming!r}: {rule.id} has {', '.join(rule.zones)}."
            )
        language = self.language if wanted.language is None else wanted.language
        if language not in self.catalogue.languages:
            known = ", ".join(sorted(self.catalogue.languages))
            raise BadProfile(f"language: no prompts in {language!r}: there are {known}.")
        return Subscriber(
            number=rule.numbering.national(wanted.number),
            operator=rule.id,
            region=region,
            roaming=wanted.roaming,
            plan=wanted.plan,
            blocked=wanted.blocked,
            postpaid=wanted.postpaid,
            opted_out=wanted.opted_out,
            opted_out_abroad=wanted.opted_out,
            unlimited=wanted.unlimited,
            hidden=wanted.hidden,
            language=language,
        )

    def _project(self, subscriber: Subscriber, password: str) -> None:
        self.sip_accounts.put(SipAccount(subscriber.number, password, subscriber.language))


def _floor_minor(rule: OperatorRule, subscriber: Subscriber) -> int:
    return -rule.postpaid_credit_limit_minor if subscriber.postpaid else 0
