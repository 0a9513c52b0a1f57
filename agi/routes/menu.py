"""``agi://.../menu`` on the caller's leg: a service code that asks for keys.

Arguments: request id, code, nothing, endpoint. It ends in an answer, which the dialplan says, or in
a collect call, which the dialplan goes on with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from agi.catalogue import Catalogue
from agi.domain import speech
from agi.domain.answers import NO_CHOICE, OTHER_CODE, Answer
from agi.domain.menu import Ask, Dialogue, Do, GiveUp, Says, Step
from agi.domain.services import Does, Menu
from agi.domain.speech import Language, Prompts, Voices
from agi.domain.subscribers import Subscriber
from agi.routes.service import tell
from agi.services.answering import Answering
from agi.services.core import Services
from agi.settings import Settings
from agi.telephony import variables
from agi.telephony.channel import Channel
from agi.telephony.fastagi import Route

_NO_GOOD: Final = frozenset({"bad-number", "own-number", "unknown-number", "other-network"})
"""Answers after which another number may be entered."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What every menu needs."""

    services: Services
    answering: Answering
    voices: Voices
    catalogue: Catalogue
    settings: Settings


def route(desk: Desk) -> Route:
    """The route over what it needs."""

    async def menu(channel: Channel) -> None:
        request_id, text, _, endpoint = channel.request.args
        caller = await desk.services.caller(endpoint)
        code = desk.services.code(caller, text)
        if code is None:
            sentence = await desk.answering.give(caller, OTHER_CODE, request_id)
            await tell(channel, OTHER_CODE, sentence)
            return
        await channel.answer()
        await channel.set_variable("TIMEOUT(absolute)", str(desk.settings.menu_guard_s))
        rules = desk.catalogue.services[caller.operator]
        digits = desk.catalogue.operator(caller.operator).numbering.national_digits
        talk = _Talk(channel, desk, caller, rules.menus, request_id)
        await talk.hold(*Dialogue.begin(rules, code, digits))

    return menu


@dataclass(frozen=True, slots=True)
class _Talk:
    """One dialogue on one leg."""

    channel: Channel
    desk: Desk
    caller: Subscriber
    menus: Mapping[str, Menu]
    request_id: str

    async def hold(self, dialogue: Dialogue, step: Step) -> None:
        """Ask until something was chosen, and see it done."""
        fault: Answer | None = None
        while True:
            match step:
                case Ask():
                    dialogue, step = await self._ask(dialogue, step, fault)
                    fault = None
                case Do():
                    fault = await self._do(step)
                    if fault is None:
                        return
                    dialogue, step = dialogue.again()
                case GiveUp():
                    await self._give_up(fault)
                    return

    async def _ask(
        self, dialogue: Dialogue, step: Ask, fault: Answer | None
    ) -> tuple[Dialogue, Step]:
        """Say why it is asked, take keys, and see where they lead."""
        words = partial(self._words, dialogue.deed.menu, step, fault)
        sentence = self.desk.voices.sentence(self.caller.language, words)
        wait_ms = self.desk.settings.key_wait_ms
        followed: Step = step
        for key in await self.channel.read_keys(sentence, step.keys, wait_ms):
            dialogue, followed = dialogue.next(key)
            if not isinstance(followed, Ask) or followed.says is not Says.NOTHING:
                break
        return dialogue, followed

    def _words(
        self, menu: str | None, step: Ask, fault: Answer | None, language: Language
    ) -> Prompts:
        if step.says is Says.NOTHING:
            return (speech.PAUSE,)
        words: Prompts = (speech.ENTER_NUMBER,)
        if step.says is Says.MENU and menu:
            words = speech.menu_prompt(language, self.menus[menu])
        if fault is not None:
            return speech.answer_prompt(language, fault) + words
        return (speech.WRONG_KEY, *words) if step.wrong_key else words

    async def _do(self, step: Do) -> Answer | None:
        """Do what was chosen; or why the number is no good."""
        if step.deed.does is Does.CALL:
            return await self._call(step.deed.access or "", step.number or "")
        services, answering = self.desk.services, self.desk.answering
        answer = await services.carry_out(self.caller, step.deed, step.number, self.request_id)
        if answer.name in _NO_GOOD:
            return answer
        sentence = await answering.give(self.caller, answer, self.request_id)
        await tell(self.channel, answer, sentence)
        return None

    async def _call(self, access_code: str, number: str) -> Answer | None:
        """Let the dialplan go on as if the number had been dialled by the access code."""
        called = await self.desk.services.called(self.caller, number)
        if isinstance(called, Answer):
            return called
        await self.channel.set_variables(
            {
                variables.CODE: access_code,
                variables.TO: called.number,
                variables.VERDICT: variables.VERDICT_CALL,
            }
        )
        return None

    async def _give_up(self, fault: Answer | None) -> None:
        """The last number was no good, or nothing was chosen, which nobody needs as a text."""
        answer, answering = fault or NO_CHOICE, self.desk.answering
        sentence = answering.spoken(self.caller, answer)
        if fault is not None:
            sentence = await answering.give(self.caller, answer, self.request_id)
        await tell(self.channel, answer, sentence)
