"""``agi://.../service`` on the caller's leg: a service code is carried out, and its answer left to
the dialplan to be said.

Arguments: request id, code, the number in it, endpoint.
"""

from __future__ import annotations

from agi.domain.answers import OTHER_CODE, Answer, hangup_cause
from agi.domain.speech import Sentence
from agi.services.answering import Answering
from agi.services.core import Services
from agi.telephony import variables
from agi.telephony.channel import Channel, files
from agi.telephony.fastagi import Route


def route(services: Services, answering: Answering) -> Route:
    """The route over what it needs."""

    async def service(channel: Channel) -> None:
        request_id, text, dialled, endpoint = channel.request.args
        await channel.see_it_is_there()
        caller = await services.caller(endpoint)
        code = services.code(caller, text)
        answer = OTHER_CODE
        if code is not None:
            answer = await services.carry_out(caller, code, dialled, request_id)
        await tell(channel, answer, await answering.give(caller, answer, request_id))

    return service


async def tell(channel: Channel, answer: Answer, sentence: Sentence) -> None:
    """Leave it to the dialplan to say the answer, and to hang up."""
    await channel.set_variables(
        {
            variables.LANGUAGE: sentence.language,
            variables.SAY: files(sentence.prompts),
            variables.CAUSE: str(hangup_cause(answer)),
            variables.VERDICT: variables.VERDICT_ANSWER,
        }
    )
