"""What is said, as prompt ids in the order they are played; the words are data/prompts/*.toml.

`language` holds the words and grammar of one language, `numbers` and `money` say amounts in it,
`prompts` whole sentences, `vocabulary` knows which words there must be, and `voices` chooses the
language that a sentence can be said in.
"""

from agi.domain.speech.answers import answer_prompt, answer_text, call_collect_text, written
from agi.domain.speech.language import Language, Prompts, Unsayable
from agi.domain.speech.money import CURRENCIES, MOST_SAID_MINOR, money
from agi.domain.speech.numbers import PAUSE, counted, key, phone_number
from agi.domain.speech.prompts import (
    AT_YOUR_EXPENSE,
    BLACK_FULL,
    CALL_DECLINED,
    CALLER_BARRED,
    ENTER_NUMBER,
    FUNDS_RAN_OUT,
    NO_KEY,
    OWN_FUNDS_RAN_OUT,
    SERVICE_ERROR,
    STANDING,
    TOLD,
    WARNING,
    WRONG_KEY,
    call_collect_prompt,
    consent_prompt,
    menu_prompt,
    price_prompt,
    talk_time_prompt,
    told,
)
from agi.domain.speech.vocabulary import faults
from agi.domain.speech.voices import Sentence, Voices

__all__ = [
    "AT_YOUR_EXPENSE",
    "BLACK_FULL",
    "CALLER_BARRED",
    "CALL_DECLINED",
    "CURRENCIES",
    "ENTER_NUMBER",
    "FUNDS_RAN_OUT",
    "MOST_SAID_MINOR",
    "NO_KEY",
    "OWN_FUNDS_RAN_OUT",
    "PAUSE",
    "SERVICE_ERROR",
    "STANDING",
    "TOLD",
    "WARNING",
    "WRONG_KEY",
    "Language",
    "Prompts",
    "Sentence",
    "Unsayable",
    "Voices",
    "answer_prompt",
    "answer_text",
    "call_collect_prompt",
    "call_collect_text",
    "consent_prompt",
    "counted",
    "faults",
    "key",
    "menu_prompt",
    "money",
    "phone_number",
    "price_prompt",
    "talk_time_prompt",
    "told",
    "written",
]
