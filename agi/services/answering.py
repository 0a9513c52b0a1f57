"""An answer on its way to the subscriber: spoken now, and as text when it has been heard."""

from __future__ import annotations

from functools import partial
from typing import Final

from agi.catalogue import Catalogue
from agi.clock import Clock
from agi.domain import speech
from agi.domain.answers import Answer
from agi.domain.messages import Message
from agi.domain.speech import Language, Prompts, Sentence, Voices
from agi.domain.subscribers import Subscriber
from agi.messages.outbox import Outbox

KIND: Final = "answer"
_AFTERWARDS_MS: Final = 300
"""From the last word to the text: it is not to arrive while the phone is still in the call."""


class Answering:
    """Puts answers into words, in the subscriber's language."""

    def __init__(self, catalogue: Catalogue, voices: Voices, outbox: Outbox, clock: Clock) -> None:
        self._catalogue = catalogue
        self._voices = voices
        self._outbox = outbox
        self._clock = clock

    def spoken(self, listener: Subscriber, answer: Answer) -> Sentence:
        """The answer as it is said."""
        return self._voices.sentence(listener.language, partial(_prompts, answer))

    async def give(self, listener: Subscriber, answer: Answer, request_id: str) -> Sentence:
        """Leave the text, to be sent when the sentence, begun now, is over; give the sentence.

        The text is stored before anything is said, so that a listener who hangs up, or a service
        that dies, does not keep it back. An operator without services has no number to send from.
        """
        sentence = self.spoken(listener, answer)
        rules = self._catalogue.services.get(listener.operator)
        if rules is not None:
            now_ms = self._clock.wall_ms()
            spoken_ms = round(self._voices.length_s(sentence) * 1000)
            text = speech.answer_text(self._voices.languages[sentence.language], answer)
            await self._outbox.put(
                Message(
                    id=f"{request_id}-{KIND}",
                    sender=rules.answers_from,
                    recipient=listener.number,
                    kind=KIND,
                    text=text,
                    created_at_ms=now_ms,
                    due_at_ms=now_ms + spoken_ms + _AFTERWARDS_MS,
                )
            )
        return sentence


def _prompts(answer: Answer, language: Language) -> Prompts:
    return speech.answer_prompt(language, answer)
