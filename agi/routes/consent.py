"""``agi://.../consent`` on the called party's leg: who calls, what it costs, and the answer.

Arguments: call id, channel. Nothing is bridged unless `CC_CONSENT` was set to "yes", which is the
very last thing that is done here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from agi.calls.runner import CallRunner
from agi.catalogue import Catalogue
from agi.domain import speech
from agi.domain.call import Call, Phase
from agi.domain.consent import Answer, Dialogue, Reading
from agi.domain.dispositions import Disposition
from agi.domain.events import ConsentAsked, ConsentGiven, KeyPressed, PromptEnded
from agi.domain.operators import CollectRule
from agi.domain.speech import Language, Prompts, Voices
from agi.domain.tariff import Price
from agi.settings import Settings
from agi.telephony import variables
from agi.telephony.channel import ALL_KEYS, Channel, ChannelError
from agi.telephony.fastagi import Route


def route(runner: CallRunner, voices: Voices, catalogue: Catalogue, settings: Settings) -> Route:
    """The route over what it needs."""

    async def consent(channel: Channel) -> None:
        call_id, name = channel.request.args
        applied = await runner.apply(call_id, ConsentAsked(name))
        if applied is None or applied.call.phase is not Phase.ASKING:
            raise ChannelError(f"call {call_id} is not one that consent is asked for")
        call = applied.call
        rule = catalogue.operator(call.operator).collect
        if rule is None or call.price is None:
            raise ChannelError(f"call {call_id} has no collect rule or no price any more")
        prompt = _Prompt(channel, voices, runner, call, call.price, rule, settings.key_wait_ms)
        await prompt.ask()

    return consent


@dataclass(frozen=True, slots=True)
class _Prompt:
    """One prompt on one leg."""

    channel: Channel
    voices: Voices
    runner: CallRunner
    call: Call
    price: Price
    rule: CollectRule
    key_wait_ms: int

    async def ask(self) -> None:
        """Read the prompt until something came of it."""
        dialogue = Dialogue.begin(self.rule.keys, self.rule.prompt_repeats)
        reading: Reading | Answer = Reading.WHOLE
        key: str | None = None
        while isinstance(reading, Reading):
            key = await self._say(partial(self._words, reading), ALL_KEYS)
            if key is None:
                key = await self.channel.wait_key(self.key_wait_ms)
            dialogue, reading = dialogue.next(key)
            if isinstance(reading, Reading) and key is not None:
                await self.runner.apply(self.call.call_id, KeyPressed(key))
        await self._conclude(reading, key or "")

    def _words(self, reading: Reading, language: Language) -> Prompts:
        terms = (self.price.unit_price_minor, self.price.currency, self.rule.keys)
        match reading:
            case Reading.WHOLE:
                return speech.consent_prompt(language, self.call.calling, *terms)
            case Reading.PRICE:
                return speech.price_prompt(language, *terms)
            case Reading.WRONG_KEY:
                return (speech.WRONG_KEY, *speech.price_prompt(language, *terms))

    async def _conclude(self, answer: Answer, key: str) -> None:
        match answer:
            case Answer.ACCEPTED:
                await self._grant(key)
            case Answer.DECLINED:
                await self._end(Disposition.DECLINED, key, speech.CALL_DECLINED)
            case Answer.NO_INPUT:
                await self._end(Disposition.NO_INPUT, key, speech.NO_KEY)

    async def _grant(self, digits: str) -> None:
        """Reserve one unit and store the consent; only then is the leg let into a bridge."""
        clock = self.runner.clock
        given = ConsentGiven(clock.wall_ms(), digits, clock.mono_ms())
        applied = await self.runner.apply(self.call.call_id, given)
        if applied is not None and applied.refused:
            await self._end(Disposition.NO_FUNDS, digits, speech.SERVICE_ERROR)
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

    async def _end(self, disposition: Disposition, digits: str, prompt: str) -> None:
        """Say how it ends to the dialplan first: the phone may hang up while it is told."""
        await self.channel.set_variable(variables.CONSENT, disposition.value)
        await self.runner.apply(self.call.call_id, PromptEnded(disposition, digits))
        await self._say(lambda _language: (prompt,))

    async def _say(self, compose: Callable[[Language], Prompts], keys: str = "") -> str | None:
        """Say what `compose` makes, in the language of the called party's endpoint."""
        sentence = self.voices.sentence(self.channel.request.language, compose)
        return await self.channel.say(sentence, keys)
