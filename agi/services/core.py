"""The command core: carries out what a code, a key of a menu or a command asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from agi.catalogue import Catalogue
from agi.charging.accounts import Accounts, NoAccount
from agi.clock import Clock
from agi.domain.answers import Amount, Answer, Count, PhoneNumber
from agi.domain.errors import BadNumber
from agi.domain.notices import CodeNotice
from agi.domain.services import Callers, Deed, Does, ListName, ServiceCode
from agi.domain.subscribers import Subscriber
from agi.messages.outbox import Outbox
from agi.services.notices import Notices
from agi.subscribers.lists import OTHER_LIST, ListChange, Lists
from agi.subscribers.profiles import OptChange, Profiles
from agi.subscribers.usage import Usage

_OPT_CHANGES: Final[Mapping[Does, OptChange]] = MappingProxyType(
    {Does.OPT_OUT: "out", Does.OPT_IN: "in", Does.OPT_TOGGLE: "toggle"}
)


class Services:
    """Every deed of a subscriber but those that ask for keys.

    A request that comes again with its `request_id` has effect once. What fails half way, as Redis
    is away, was either done or not, and may be asked for again.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        clock: Clock,
        *,
        profiles: Profiles,
        accounts: Accounts,
        outbox: Outbox,
        lists: Lists,
        usage: Usage,
    ) -> None:
        self._catalogue = catalogue
        self._profiles = profiles
        self._accounts = accounts
        self._lists = lists
        self._notices = Notices(catalogue, clock, outbox, usage)

    async def caller(self, number: str) -> Subscriber:
        """Who asks; `number` is the account of an authenticated phone.

        Raises:
            UnknownCallerError: there is no subscriber behind it.
        """
        return await self._profiles.behind(number)

    def code(self, caller: Subscriber, text: str) -> ServiceCode | None:
        """The code of the caller's operator that is written so, such as ``*7*N#``."""
        rules = self._catalogue.services.get(caller.operator)
        return rules.code(text) if rules else None

    async def carry_out(
        self, caller: Subscriber, deed: Deed, dialled: str | None, request_id: str
    ) -> Answer:
        """Do it and say what came of it; `dialled` is the number, as it was dialled, of a deed
        that needs one.

        Raises:
            ValueError: the deed is a dialogue: it asks for keys first.
        """
        match deed:
            case Deed(does=Does.SEND, notice=str(kind)):
                return await self._send(caller, kind, dialled, request_id)
            case Deed(does=Does.LIST_ADD, list=str(name)):
                return await self._list_add(caller, name, dialled, request_id)
            case Deed(does=Does.LIST_REMOVE, list=str(name)):
                return await self._list_remove(caller, name, dialled, request_id)
            case Deed(does=Does.OPT_OUT | Does.OPT_IN | Does.OPT_TOGGLE, callers=frozenset(who)):
                return await self._opt(caller, who, _OPT_CHANGES[deed.does], request_id)
            case Deed(does=Does.TELL_LISTS):
                return await self._tell_lists(caller)
            case Deed(does=Does.TELL_BALANCE):
                return await self._tell_balance(caller)
            case Deed(does=Does.INFORM, answer=str(name)):
                return Answer(name, done=True)
        raise ValueError(f"{deed.does.value} asks for keys first: it is a dialogue")

    async def called(self, caller: Subscriber, dialled: str | None) -> Subscriber | Answer:
        """Whose number `caller` dialled, or why it is no good.

        A service or emergency number is too short to be taken for one.
        """
        number = self._number(caller, dialled)
        if isinstance(number, Answer):
            return number
        return await self._profiles.get(number) or Answer("unknown-number", done=False)

    def _number(self, caller: Subscriber, dialled: str | None) -> str | Answer:
        plan = self._catalogue.operator(caller.operator).numbering
        try:
            number = plan.national(dialled or "")
        except BadNumber:
            return Answer("bad-number", done=False)
        return Answer("own-number", done=False) if number == caller.number else number

    async def _send(
        self, caller: Subscriber, kind: str, dialled: str | None, request_id: str
    ) -> Answer:
        called = await self.called(caller, dialled)
        if isinstance(called, Answer):
            return called
        notice = self._catalogue.notice_rules(caller.operator).by_code[kind]
        if not _reaches(notice, called):
            return Answer("other-network", done=False)
        sent = await self._notices.send(caller, called, kind, notice, request_id)
        return Answer("notice-sent", done=True) if sent else Answer("notice-limit", done=False)

    async def _list_add(
        self, caller: Subscriber, name: ListName, dialled: str | None, request_id: str
    ) -> Answer:
        called = await self.called(caller, dialled)
        if isinstance(called, Answer):
            return called
        most = self._catalogue.operator(caller.operator).lists.most
        change = await self._lists.add(caller.number, name, called.number, most, request_id)
        if change is ListChange.FULL:
            return Answer(f"{name}-full", done=False)
        if change is ListChange.IN_OTHER:
            return _about(f"in-{OTHER_LIST[name]}", called.number, done=False)
        done = change is ListChange.DONE
        return _about(f"{name}-{'added' if done else 'there'}", called.number, done=done)

    async def _list_remove(
        self, caller: Subscriber, name: ListName, dialled: str | None, request_id: str
    ) -> Answer:
        # Not only a number that is still somebody's.
        number = self._number(caller, dialled)
        if isinstance(number, Answer):
            return number
        change = await self._lists.remove(caller.number, name, number, request_id)
        done = change is ListChange.DONE
        return _about(f"{name}-{'removed' if done else 'absent'}", number, done=done)

    async def _opt(
        self, caller: Subscriber, callers: Collection[Callers], change: OptChange, request_id: str
    ) -> Answer:
        refuses = await self._profiles.opt_out(caller.number, callers, change, request_id)
        which = "" if len(callers) == len(Callers) else f"-{next(iter(callers)).value}"
        return Answer(f"opted-{'out' if refuses else 'in'}{which}", done=True)

    async def _tell_lists(self, caller: Subscriber) -> Answer:
        await self._lists.switch_on(caller.number)
        lists = await self._lists.of(caller.number)
        slots = {"white": len(lists.white), "black": len(lists.black)}
        counts = {name: Count(number, "entry") for name, number in slots.items()}
        return Answer("lists-are", done=True, slots=counts)

    async def _tell_balance(self, caller: Subscriber) -> Answer:
        account = await self._accounts.get(caller.number)
        if account is None:
            raise NoAccount(f"{caller.number} has no account: add the subscriber anew.")
        amount = Amount(account.balance_minor, account.currency)
        return Answer("balance", done=True, slots={"amount": amount})


def _reaches(notice: CodeNotice, called: Subscriber) -> bool:
    return notice.networks is None or called.operator in notice.networks


def _about(name: str, number: str, *, done: bool) -> Answer:
    return Answer(name, done, {"number": PhoneNumber(number)})
