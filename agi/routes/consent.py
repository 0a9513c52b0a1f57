"""``agi://.../consent`` on the called party's leg: is there somebody who agreed to pay?

Arguments: call id, channel. Nothing is bridged unless `CC_CONSENT` was set to "yes", which is the
very last thing that is done here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from agi.calls.runner import CallRunner
from agi.catalogue import Catalogue
from agi.domain import speech
from agi.domain.call import Call, Phase
from agi.domain.consent import Answer, Dialogue, Reading
from agi.domain.dispositions import Disposition
from agi.domain.events import CallerBarred, ConsentAsked, ConsentGiven, KeyPressed, PromptEnded
from agi.domain.offer import no_funds
from agi.domain.operators import ConsentKeys, OperatorRule
from agi.domain.speech import Language, Prompts, Voices
from agi.domain.tariff import Price
from agi.domain.terms import Terms
from agi.settings import Settings
from agi.subscribers.lists import ListChange, Lists
from agi.telephony import variables
from agi.telephony.channel import ALL_KEYS, Channel, ChannelError
from agi.telephony.fastagi import Route

WHITE_LIST: Final = "white-list"
CALLER_PAYS: Final = "caller-pays"
"""What stands for the key in the consent where nobody is asked."""


def route(
    runner: CallRunner, voices: Voices, catalogue: Catalogue, lists: Lists, settings: Settings
) -> Route:
    """The route over what it needs."""

    async def consent(channel: Channel) -> None:
        call_id, name = channel.request.args
        applied = await runner.apply(call_id, ConsentAsked(name))
        if applied is None or applied.call.phase is not Phase.ASKING:
            raise ChannelError(f"call {call_id} is not one that consent is asked for")
        call = applied.call
        if call.price is None:
            raise ChannelError(f"call {call_id} has no price any more")
        leg = _Leg(channel, voices, runner, call, call.price)
        match call.terms:
            case Terms.ORDINARY:
                await leg.grant(CALLER_PAYS)
            case Terms.WHITE_LISTED:
                # Whoever hangs up on hearing this has declined.
                await leg.say(lambda _language: (speech.AT_YOUR_EXPENSE,))
                await leg.grant(WHITE_LIST)
            case Terms.ASKED:
                rule = catalogue.operator(call.operator)
                await _Prompt(leg, rule, lists, settings.key_wait_ms).ask()

    return consent


@dataclass(frozen=True, slots=True)
class _Leg:
    """The called party's leg, answered and not yet bridged."""

    channel: Channel
    voices: Voices
    runner: CallRunner
    call: Call
    price: Price

    async def grant(self, digits: str) -> None:
        """Reserve and store the consent; only then is the leg let into a bridge."""
        clock = self.runner.clock
        given = ConsentGiven(clock.wall_ms(), digits, clock.mono_ms())
        applied = await self.runner.apply(self.call.call_id, given)
        if applied is not None and applied.refused:
            await self.end(no_funds(self.call.terms), digits, speech.SERVICE_ERROR)
            return
        if applied is None or applied.call.phase is not Phase.GRANTED:
            raise ChannelError(f"call {self.call.call_id} ended before its consent was stored")
        paid_ms = applied.call.limit_units * self.price.unit_ms
        await self.channel.set_variables(
            {
                variables.MAX_S: f"{paid_ms / 1000:.3f}",
                variables.CONSENT: variables.CONSENT_YES,
            }
        )

    async def end(self, disposition: Disposition, digits: str, prompt: str) -> None:
        """Say how it ends to the dialplan first: the phone may hang up while it is told."""
        await self.channel.set_variable(variables.CONSENT, disposition.value)
        await self.runner.apply(self.call.call_id, PromptEnded(disposition, digits))
        await self.say(lambda _language: (prompt,))

    async def say(self, compose: Callable[[Language], Prompts], keys: str = "") -> str | None:
        """Say what `compose` makes, in the language of the called party's endpoint."""
        sentence = self.voices.sentence(self.channel.request.language, compose)
        return await self.channel.say(sentence, keys)


@dataclass(frozen=True, slots=True)
class _Prompt:
    """The question: who calls, what it costs, and the answer."""

    leg: _Leg
    operator: OperatorRule
    lists: Lists
    key_wait_ms: int

    async def ask(self) -> None:
        """Read the prompt until something came of it."""
        rule = self.operator.collect
        if rule is None:
            raise ChannelError(f"operator {self.operator.id} has no collect calls any more")
        dialogue = Dialogue.begin(rule.keys, rule.prompt_repeats)
        keys = rule.keys.first_named
        reading: Reading | Answer = Reading.WHOLE
        key: str | None = None
        while isinstance(reading, Reading):
            key = await self.leg.say(partial(self._words, reading, keys), ALL_KEYS)
            if key is None:
                key = await self.leg.channel.wait_key(self.key_wait_ms)
            dialogue, reading = dialogue.next(key)
            keys = rule.keys
            if isinstance(reading, Reading) and key is not None:
                await self.leg.runner.apply(self.leg.call.call_id, KeyPressed(key))
        await self._conclude(reading, key or "")

    def _words(self, reading: Reading, keys: ConsentKeys, language: Language) -> Prompts:
        call, price = self.leg.call, self.leg.price
        terms = (price.unit_price_minor, price.currency, keys)
        match reading:
            case Reading.WHOLE:
                return speech.consent_prompt(language, call.calling, *terms)
            case Reading.PRICE:
                return speech.price_prompt(language, *terms)
            case Reading.WRONG_KEY:
                return (speech.WRONG_KEY, *speech.price_prompt(language, *terms))

    async def _conclude(self, answer: Answer, key: str) -> None:
        match answer:
            case Answer.ACCEPTED:
                await self.leg.grant(key)
            case Answer.DECLINED:
                await self.leg.end(Disposition.DECLINED, key, speech.CALL_DECLINED)
            case Answer.BARRED:
                await self._bar(key)
            case Answer.NO_INPUT:
                await self.leg.end(Disposition.NO_INPUT, key, speech.NO_KEY)

    async def _bar(self, key: str) -> None:
        """Before anything is said to the phone, which may be gone by then; and decline."""
        call = self.leg.call
        change = await self.lists.bar(call.owner, call.calling, self.operator.lists.most)
        full = change is ListChange.FULL
        await self.leg.runner.apply(call.call_id, CallerBarred(list_full=full))
        told = speech.BLACK_FULL if full else speech.CALLER_BARRED
        await self.leg.end(Disposition.DECLINED, key, told)
