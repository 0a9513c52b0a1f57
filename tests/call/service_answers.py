"""Dialling a service code as a test expects it: said before any answer, then written."""

from __future__ import annotations

from agi import catalogue
from agi.domain.answers import Answer, PhoneNumber, Slot
from agi.domain.speech import answer_prompt, answer_text
from tests.call.handset import BUSY_S, TEXT_WITHIN_S, Dialled, Handset

RUSSIAN = catalogue.load().languages["ru"]
DONE, REFUSED, BAD_NUMBER, UNKNOWN_NUMBER = 480, 403, 484, 404
_EARLY_MEDIA = 183


async def dial(handset: Handset, code: str, status: int, name: str, **slots: Slot) -> Dialled:
    """Dial a service code that is answered by `name`, and compare what comes of it: early media and
    never a 200, the prompts, the final status, and soon the same as one text."""
    before = len(handset.heard)
    dialled = await handset.dial(code)
    answer = Answer(name, status == DONE, slots)
    assert dialled.failure is None, dialled.failure
    assert handset.heard[before:] == list(answer_prompt(RUSSIAN, answer))
    assert dialled.answers == ((_EARLY_MEDIA, status),)
    assert dialled.bodies == [answer_text(RUSSIAN, answer)]
    (text,) = dialled.texts
    services = catalogue.load(handset.town.world.settings.data_dirs).services
    assert text.sender == services[handset.person.subscriber.operator].answers_from
    assert -2 * BUSY_S < text.at_s - dialled.ended_at_s < TEXT_WITHIN_S + BUSY_S
    return dialled


def number(handset: Handset) -> PhoneNumber:
    """The phone's number, as an answer names it."""
    return PhoneNumber(handset.number)
