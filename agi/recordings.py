"""Which prompts are recorded, seen in the folder that Asterisk plays them from."""

from __future__ import annotations

from agi.catalogue import Catalogue
from agi.domain.errors import CollectError
from agi.domain.speech import Voices
from agi.settings import Settings


class NoSuchLanguage(CollectError):
    """There are no prompts in the deployment's own language."""


def voices(settings: Settings, catalogue: Catalogue) -> Voices:
    """The languages of a deployment with what is recorded in each.

    Where the folder is Asterisk's alone, on another machine, the prompt files are believed.

    Raises:
        NoSuchLanguage: every sentence has to be sayable in the setting `language`.
    """
    if settings.language not in catalogue.languages:
        known = ", ".join(sorted(catalogue.languages))
        raise NoSuchLanguage(
            f"language: there are no prompts in {settings.language!r}: write one of {known} in "
            f"{settings.home}/settings.toml."
        )
    there = settings.sounds.is_dir()
    recorded = {
        code: found(settings, code) if there else language.prompts
        for code, language in catalogue.languages.items()
    }
    return Voices(catalogue.languages, recorded, settings.language)


def found(settings: Settings, code: str) -> frozenset[str]:
    """The ids of the recordings in one language."""
    folder = settings.sounds / code / "collect"
    return frozenset(path.stem for path in folder.glob("*.wav"))
