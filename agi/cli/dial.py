"""``collectcall dial``: what comes of a code, without a phone."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from urllib.parse import unquote

import click

from agi import recordings
from agi.calls.allowances import Allowances
from agi.calls.weighing import Asked, Scales, Verdict
from agi.cli.deployment import Deployment, run
from agi.cli.output import Row, json_option, show_row
from agi.domain import dialling, speech
from agi.domain.answers import OTHER_CODE
from agi.domain.dialling import Entry, Leads
from agi.domain.dispositions import SIP_STATUSES, Disposition
from agi.domain.errors import CollectError
from agi.domain.speech import Language, Voices
from agi.domain.subscribers import Subscriber
from agi.messages.outbox import Outbox
from agi.services.answering import Answering
from agi.services.core import Services
from agi.subscribers.lists import Lists
from agi.subscribers.usage import Usage


class UnknownCode(CollectError):
    """Nothing is dialled like this."""


@click.command()
@click.argument("number")
@click.argument("code")
@json_option
def dial(number: str, code: str, as_json: bool) -> None:
    """Do what NUMBER would do by dialling CODE. CODE is like '*7#' or 0709161110002.

    A service code is carried out, and its answer is sent as text too. Of a call it is only told
    what would come of it, and at what price; of a menu, what is asked.
    """

    async def work(deployment: Deployment) -> Row:
        caller = await deployment.subscriber(number)
        return await _Dialled(deployment, caller, unquote(code)).row()

    show_row(run(work), as_json)


class _Dialled:
    """Something that one subscriber dials."""

    def __init__(self, deployment: Deployment, caller: Subscriber, dialled: str) -> None:
        self._deployment = deployment
        self._catalogue = deployment.catalogue
        self._caller = caller
        self._dialled = dialled
        self._voices: Voices = recordings.voices(deployment.settings, deployment.catalogue)

    async def row(self) -> Row:
        """What comes of it.

        Raises:
            UnknownCode: it is no code of anybody's.
        """
        entry = self._entry()
        of_entry = {
            Leads.SERVICE: self._service,
            Leads.MENU: self._menu,
            Leads.OFFER: self._offer,
            Leads.EMERGENCY: self._emergency,
        }
        head = {"number": self._caller.number, "dialled": self._dialled, "leads": entry.leads}
        return head | dict(await of_entry[entry.leads](entry))

    @property
    def _language(self) -> Language:
        languages = self._voices.languages
        return languages.get(self._caller.language) or languages[self._voices.fallback]

    def _entry(self) -> Entry:
        entries = dialling.entries(self._catalogue.operators.values(), self._catalogue.services)
        for entry in entries:
            if entry.pattern.matches(self._dialled):
                return entry
        raise UnknownCode(
            f"{self._dialled!r} can't be dialled: a phone hears "
            f"{self._told(Disposition.BAD_NUMBER)!r} {self._caller.operator} has "
            f"{', '.join(self._codes())}, and plain numbers, N."
        )

    def _codes(self) -> Iterator[str]:
        collect = self._catalogue.operator(self._caller.operator).collect
        yield from map(str, collect.access_codes if collect else ())
        rules = self._catalogue.services.get(self._caller.operator)
        yield from (str(service.code) for service in (rules.codes if rules else ()))

    def _refused(self, reason: Disposition) -> str:
        collect = self._catalogue.operator(self._caller.operator).collect
        if reason is Disposition.CALLER_NO_FUNDS and collect:
            return speech.call_collect_text(self._language, collect.access_codes[0])
        return self._told(reason)

    def _told(self, disposition: Disposition) -> str:
        return speech.written(self._language, speech.told(disposition))

    async def _service(self, entry: Entry) -> Row:
        services, answering = self._services(), self._answering()
        request_id = f"dial-{secrets.token_hex(8)}"
        code = services.code(self._caller, entry.name)
        answer = OTHER_CODE
        if code is not None:
            number = entry.pattern.number_in(self._dialled)
            answer = await services.carry_out(self._caller, code, number, request_id)
        sentence = await answering.give(self._caller, answer, request_id)
        text = speech.answer_text(self._voices.languages[sentence.language], answer)
        return {"done": answer.done, "answer": text}

    async def _menu(self, entry: Entry) -> Row:
        code = self._services().code(self._caller, entry.name)
        if code is None:
            return {"done": False, "answer": speech.answer_text(self._language, OTHER_CODE)}
        if code.menu is None:
            return {"asks": speech.written(self._language, speech.ENTER_NUMBER)}
        items = self._catalogue.services[self._caller.operator].menus[code.menu].items
        return {
            "keys": {
                item.key: speech.written(self._language, item.say).rstrip(",") for item in items
            }
        }

    async def _offer(self, entry: Entry) -> Row:
        number = entry.pattern.number_in(self._dialled)
        asked = Asked("", self._caller.number, entry.name, number)
        scales = self._scales()
        return self._verdict(await scales.weigh(await scales.read(asked), counts=False))

    def _verdict(self, verdict: Verdict) -> Row:
        call, reason, price = verdict.call, verdict.reason, verdict.call.price
        return {
            "called": call.called,
            "terms": call.terms,
            "verdict": reason or "rings",
            "answer": self._refused(reason) if reason else None,
            "sip_status": SIP_STATUSES[reason] if reason else None,
            "limit": verdict.limit,
            "unit_price_minor": price.unit_price_minor if price else None,
            "currency": price.currency if price else None,
            "tariff": price.tariff_version if price else None,
            "rule": price.rule if price else None,
        }

    async def _emergency(self, _entry: Entry) -> Row:
        return {"done": False, "answer": self._told(Disposition.EMERGENCY)}

    def _services(self) -> Services:
        one = self._deployment
        return Services(
            one.catalogue,
            one.clock,
            profiles=one.profiles,
            accounts=one.accounts,
            outbox=Outbox(one.store, one.clock),
            lists=Lists(one.store),
            usage=Usage(one.store),
        )

    def _answering(self) -> Answering:
        one = self._deployment
        return Answering(one.catalogue, self._voices, Outbox(one.store, one.clock), one.clock)

    def _scales(self) -> Scales:
        one = self._deployment
        return Scales(
            one.catalogue,
            one.profiles,
            one.clock,
            accounts=one.accounts,
            lists=Lists(one.store),
            allowances=Allowances(one.catalogue, one.profiles, Usage(one.store)),
        )
