"""``make recordings``: every prompt of every language is read by its voice and written anew.

From agi/data/prompts/<language>.toml it makes asterisk-conf/sounds/<language>/collect/<id>.wav:
8 kHz, 16 bit, mono, speech at -20 dBFS RMS, 20 ms of quiet at each end. A recording without a text
is removed. Who read is in CREDITS beside them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import click

from agi import catalogue
from agi.domain.speech import Language
from lab import sound, voices
from lab.steps import SetupError
from lab.voices import Voice

SOUNDS = Path(__file__).resolve().parent.parent / "asterisk-conf" / "sounds"


@click.command()
@click.option("--language", "only", help="One language; every one where not given.")
def main(only: str | None) -> None:
    """Record every prompt anew."""
    languages = catalogue.load().languages
    wanted = languages if only is None else {only}
    try:
        _check_wanted(wanted, languages, "prompts in agi/data/prompts")
        readers = voices.load()
        _check_wanted(wanted, readers, "voice in lab/data/voices.toml")
        for code in wanted:
            record(languages[code], readers[code], SOUNDS / code)
            click.echo(f"{code}: {len(languages[code].prompts)} recordings in {SOUNDS / code}")
    except (SetupError, sound.SoundError) as error:
        raise click.ClickException(str(error)) from None


def _check_wanted(wanted: Iterable[str], known: Collection[str], what: str) -> None:
    for code in wanted:
        if code not in known:
            raise SetupError(f"{code} has no {what}: there are {', '.join(sorted(known))}.")


def record(language: Language, voice: Voice, folder: Path) -> None:
    """Write the recordings of one language, and who read them."""
    target = folder / "collect"
    target.mkdir(parents=True, exist_ok=True)
    (folder / "CREDITS").write_text(voice.credits, encoding="utf-8")
    for path in target.iterdir():
        if path.stem not in language.prompts:
            path.unlink()
    for pause, seconds in language.pauses.items():
        sound.write(target / f"{pause}.wav", sound.silence(seconds))
    with ProcessPoolExecutor() as pool:
        list(pool.map(partial(_read, language, voice, target), language.texts))


def _read(language: Language, voice: Voice, folder: Path, prompt: str) -> None:
    said = voice.say(prompt, _kind(language, prompt), language.texts[prompt])
    sound.write(folder / f"{prompt}.wav", said)


def _kind(language: Language, prompt: str) -> str:
    """What a prompt is, as lab/data/voices.toml gives it a speed."""
    for kind in ("digits", "keys", "numbers"):
        if prompt in getattr(language, kind):
            return kind
    if prompt not in language.sentences:
        return "counted"
    return "phrases" if language.sentences[prompt].endswith(",") else "sentences"


if __name__ == "__main__":
    main()
