"""In which language a sentence is said: the listener's where all of it is recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from agi.domain.speech.language import Language, Prompts, Unsayable

_GAP_S: Final = 0.01
"""What a recording takes longer than it is: it is played in whole packets of 20 ms."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Prompts to be played one after another, all of them in `language`."""

    language: str
    prompts: Prompts


@dataclass(frozen=True, slots=True)
class Voices:
    """The languages of one deployment, and what is recorded in each."""

    languages: Mapping[str, Language]
    recorded: Mapping[str, Mapping[str, float]]
    """By language and prompt, how long the recording is, in seconds."""
    fallback: str
    """The language of a sentence that the listener's own can't say."""

    def sentence(self, language: str, compose: Callable[[Language], Prompts]) -> Sentence:
        """What `compose` makes, whole in `language` or else whole in the fallback.

        Raises:
            Unsayable: the fallback has no words for it either. That it lacks recordings is left
                for Asterisk to say, which names the file.
        """
        if language in self.languages:
            try:
                prompts = compose(self.languages[language])
            except Unsayable:
                prompts = ()
            if prompts and self.recorded[language].keys() >= set(prompts):
                return Sentence(language, prompts)
        return Sentence(self.fallback, compose(self.languages[self.fallback]))

    def length_s(self, sentence: Sentence) -> float:
        """How long it takes to say it; a recording that is missing takes no time."""
        lengths = self.recorded[sentence.language]
        return sum(lengths.get(prompt, 0.0) + _GAP_S for prompt in sentence.prompts)
