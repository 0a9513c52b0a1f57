"""``agi://.../no-funds`` on the leg of a caller without money for an ordinary call: what to dial.

Argument: call id. Spoken as early media; `CC_TOLD` is set when it was heard to its end.
"""

from __future__ import annotations

from functools import partial

from agi.calls.runner import CallRunner
from agi.catalogue import Catalogue
from agi.domain import speech
from agi.domain.speech import Voices
from agi.telephony import variables
from agi.telephony.channel import Channel, ChannelError
from agi.telephony.fastagi import Route


def route(runner: CallRunner, voices: Voices, catalogue: Catalogue) -> Route:
    """The route over what it needs."""

    async def no_funds(channel: Channel) -> None:
        (call_id,) = channel.request.args
        entry = await runner.book.load(call_id)
        collect = catalogue.operator(entry.call.operator).collect if entry else None
        if collect is None:
            raise ChannelError(f"call {call_id} is of nobody who could call collect instead")
        sentence = voices.sentence(
            channel.request.language,
            partial(speech.call_collect_prompt, code=collect.access_codes[0]),
        )
        await channel.say(sentence)
        await channel.set_variable(variables.TOLD, variables.TOLD_YES)

    return no_funds
