"""``agi://.../offer`` on the caller's leg: the verdict, and what Dial needs.

Arguments: call id, access code (empty for an ordinary call), digits after it (both empty where
nothing matched), endpoint, channel.
"""

from __future__ import annotations

from agi.calls.offers import Offers
from agi.calls.weighing import Asked
from agi.domain.dispositions import Disposition
from agi.settings import Settings
from agi.telephony import variables
from agi.telephony.channel import Channel
from agi.telephony.fastagi import Route


def route(offers: Offers, settings: Settings) -> Route:
    """The route over what it needs."""

    async def offer(channel: Channel) -> None:
        call_id, code, dialled, endpoint, name = channel.request.args
        decided = await offers.decide(Asked(call_id, endpoint, code, dialled, name))
        if isinstance(decided, Disposition):
            await channel.set_variable(variables.VERDICT, decided.value)
            return
        await channel.set_variables(
            {
                variables.TARGET: decided.called or "",
                variables.CALLER_ID: decided.calling,
                variables.RING_S: str(settings.ring_timeout_s),
                variables.VERDICT: variables.VERDICT_DIAL,
            }
        )

    return offer
