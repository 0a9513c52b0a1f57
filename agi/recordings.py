"""Which prompts are recorded, and how long each is: seen in the folder that Asterisk plays."""

from __future__ import annotations

import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from agi.catalogue import Catalogue
from agi.domain.errors import CollectError
from agi.domain.speech import Language, Voices
from agi.settings import Settings

_LETTERS_A_SECOND: Final = 14
"""How fast the voices are about, for recordings that are not on this machine."""


class NoSuchLanguage(CollectError):
    """There are no prompts in the deployment's own language."""


class DamagedRecording(CollectError):
    """A recording is no WAV file."""


def voices(settings: Settings, catalogue: Catalogue) -> Voices:
    """The languages of a deployment with what is recorded in each.

    Where the folder is Asterisk's alone, on another machine, the prompt files are believed.

    Raises:
        NoSuchLanguage: every sentence has to be sayable in the setting `language`.
        DamagedRecording: a recording is no WAV file.
    """
    if settings.language not in catalogue.languages:
        known = ", ".join(sorted(catalogue.languages))
        raise NoSuchLanguage(
            f"language: there are no prompts in {settings.language!r}: write one of {known} in "
            f"{settings.home}/settings.toml."
        )
    there = settings.sounds.is_dir()
    recorded = {
        code: found(settings, code) if there else _estimated(language)
        for code, language in catalogue.languages.items()
    }
    return Voices(catalogue.languages, recorded, settings.language)


def found(settings: Settings, code: str) -> Mapping[str, float]:
    """The ids of the recordings in one language, and their lengths in seconds.

    Raises:
        DamagedRecording: one is no WAV file.
    """
    folder = settings.sounds / code / "collect"
    return {path.stem: _length_s(path) for path in folder.glob("*.wav")}


def _length_s(path: Path) -> float:
    try:
        with wave.open(str(path)) as file:
            seconds: float = file.getnframes() / file.getframerate()
            return seconds
    except (wave.Error, EOFError) as error:
        raise DamagedRecording(
            f"{path} is no WAV file ({error}): record it anew with `make recordings`."
        ) from None


def _estimated(language: Language) -> Mapping[str, float]:
    spoken = {prompt: len(text) / _LETTERS_A_SECOND for prompt, text in language.texts.items()}
    return {**spoken, **language.pauses}
