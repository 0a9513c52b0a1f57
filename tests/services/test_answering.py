"""The text of an answer: stored before it is spoken, sent when it has been heard."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agi.domain.answers import Amount, Answer
from agi.domain.speech import Voices
from agi.domain.subscribers import Subscriber
from agi.services.answering import Answering
from tests.services.conftest import ANNA, SHIPPED, Town

ANSWER = Answer("balance", True, {"amount": Amount(10_000, "RUB")})
SENTENCE = ("balance-is", "n-100", "rub-many")


@pytest.fixture
def answering(town: Town) -> Answering:
    """Each recording lasts a second; Kazakh has none."""
    recorded = {
        code: dict.fromkeys(language.prompts if code != "kk" else (), 1.0)
        for code, language in SHIPPED.languages.items()
    }
    return Answering(SHIPPED, Voices(SHIPPED.languages, recorded, "ru"), town.outbox, town.clock)


async def test_the_text_is_due_when_the_sentence_was_heard(
    town: Town, answering: Answering
) -> None:
    sentence = await answering.give(ANNA, ANSWER, "cc-1.1")
    assert (sentence.language, sentence.prompts) == ("ru", SENTENCE)
    [message] = await town.messages(ANNA)
    assert (message.id, message.sender, message.kind) == ("cc-1.1-answer", "8800", "answer")
    assert message.text == "На вашем счёте 100.00 RUB."
    assert message.due_at_ms - town.clock.now_ms == 3 * 1010 + 300
    assert await town.outbox.claim_due(30_000, 10) == []
    town.clock.now_ms = message.due_at_ms
    assert [claim.message for claim in await town.outbox.claim_due(30_000, 10)] == [message]


async def test_an_answer_that_is_given_again_is_sent_once(town: Town, answering: Answering) -> None:
    for _ in range(2):
        await answering.give(ANNA, ANSWER, "cc-1.1")
    assert len(await town.messages(ANNA)) == 1


@pytest.mark.parametrize(
    ("listener", "text"),
    [
        (replace(ANNA, language="en"), "Your balance is 100.00 RUB."),
        (replace(ANNA, language="kk"), "На вашем счёте 100.00 RUB."),
        (replace(ANNA, language="xx"), "На вашем счёте 100.00 RUB."),
    ],
)
async def test_the_text_is_in_the_language_that_is_spoken(
    town: Town, answering: Answering, listener: Subscriber, text: str
) -> None:
    await answering.give(listener, ANSWER, "cc-1.1")
    [message] = await town.messages(ANNA)
    assert message.text == text


async def test_an_operator_without_services_only_speaks(town: Town, answering: Answering) -> None:
    listener = replace(ANNA, operator="altel-kz")
    sentence = await answering.give(listener, Answer("other-code", done=False), "cc-1.1")
    assert sentence.prompts == ("told-other-code",)
    assert await town.messages(ANNA) == []
