"""``agi://.../consent`` on the called party's leg: who calls, what it costs, and the answer.

Arguments: call id, channel. Nothing is bridged unless `CC_CONSENT` was set to "yes", which is the
very last thing that is done here.
"""

from __future__ import annotations

from agi.calls.runner import CallRunner
from agi.catalogue import Catalogue
from agi.domain import speech
from agi.domain.call import Call, Phase
from agi.domain.consent import Answer, Dialogue, Reading
from agi.domain.dispositions import Disposition
from agi.domain.events import ConsentAsked, ConsentGiven
from agi.domain.operators import CollectRule
from agi.domain.tariff import Price
from agi.settings import Settings
from agi.telephony import variables
from agi.telephony.channel import ALL_KEYS, Channel, ChannelError
from agi.telephony.fastagi import Route


def route(runner: CallRunner, catalogue: Catalogue, settings: Settings) -> Route:
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
        answer, key = await _ask(channel, call, call.price, rule, settings.key_wait_ms)
        if answer is Answer.ACCEPTED:
            await _grant(channel, runner, call, key)
        elif answer is Answer.DECLINED:
            await _end(channel, Disposition.DECLINED, speech.CALL_DECLINED)
        else:
            await _end(channel, Disposition.NO_INPUT, speech.NO_KEY)

    return consent


async def _ask(
    channel: Channel, call: Call, price: Price, rule: CollectRule, key_wait_ms: int
) -> tuple[Answer, str]:
    """Read the prompt until something came of it; with the key that did."""
    dialogue = Dialogue.begin(rule.keys, rule.prompt_repeats)
    reading = Reading.WHOLE
    while True:
        key = await channel.play(_words(reading, call, price, rule), ALL_KEYS)
        if key is None:
            key = await channel.wait_key(key_wait_ms)
        dialogue, outcome = dialogue.next(key)
        if isinstance(outcome, Answer):
            return outcome, key or ""
        reading = outcome


def _words(reading: Reading, call: Call, price: Price, rule: CollectRule) -> speech.Prompts:
    terms = (price.unit_price_minor, price.currency, rule.keys)
    match reading:
        case Reading.WHOLE:
            return speech.consent_prompt(call.calling, *terms)
        case Reading.PRICE:
            return speech.price_prompt(*terms)
        case Reading.WRONG_KEY:
            return (speech.WRONG_KEY, *speech.price_prompt(*terms))


async def _grant(channel: Channel, runner: CallRunner, call: Call, digits: str) -> None:
    """Reserve one unit and store the consent; only then is the leg let into a bridge."""
    applied = await runner.apply(call.call_id, ConsentGiven(runner.clock.wall_ms(), digits))
    if applied is not None and applied.refused:
        await _end(channel, Disposition.NO_FUNDS, speech.SERVICE_ERROR)
        return
    if applied is None or applied.call.phase is not Phase.GRANTED or call.price is None:
        raise ChannelError(f"call {call.call_id} ended before its consent could be stored")
    await channel.set_variables(
        {
            variables.MAX_S: f"{call.price.unit_ms / 1000:.3f}",
            variables.CONSENT: variables.CONSENT_YES,
        }
    )


async def _end(channel: Channel, disposition: Disposition, prompt: str) -> None:
    """Say how it ends to the dialplan first: the phone may hang up while it is told."""
    await channel.set_variable(variables.CONSENT, disposition.value)
    await channel.play([prompt])
