"""The voices that the recordings are made with: who reads which language, and how.

RHVoice and eSpeak NG come from Debian's packages, in a private root of their own (`lab.aptroot`).
"""

from __future__ import annotations

import math
import os
import subprocess
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from lab import aptroot, sound

_FILE = Path(__file__).resolve().parent / "data" / "voices.toml"
_PACKAGES = ("rhvoice", "rhvoice-russian", "rhvoice-english", "espeak-ng")
_COMPONENTS = "main contrib non-free"
_FASTER = 1.03
"""The least step to a speed at which a word takes less time."""
_FASTEST = 2.0
"""Beyond so many times its first speed a voice speaks no faster."""


@dataclass(frozen=True)
class Voice:
    """Who reads a language, and how fast."""

    program: Literal["rhvoice", "espeak-ng"]
    voice: str
    credits: str
    speeds: Mapping[str, int]
    """RHVoice's percent of the voice's own, or eSpeak's words a minute: by prompt, or else by
    kind: sentences, phrases, digits, keys, numbers, counted."""
    most_s: Mapping[str, float] = field(default_factory=dict)
    """How long a prompt, or each of a kind, may be. A longer one is read faster, so that the short
    words keep their time and all of a kind have one beat."""
    spelt: Mapping[str, str] = field(default_factory=dict)
    """How the text of a prompt is written for the synthesiser, where it would read it badly."""
    brightness: float = 0.0
    """How much the consonants are lifted, 0 to 1: see `lab.sound.finished`."""
    silence_range_db: float = sound.SILENCE_RANGE_DB
    """What is so much quieter than the loudest is trimmed off: the breath that a voice lets out
    after a word is heard as an "s" before the next one, and takes time."""
    carrier: str = ""
    """One vowel that is said after a text which ends in a comma, and cut off, where the voice would
    otherwise fall at the end all the same."""

    def say(self, prompt: str, kind: str, text: str) -> sound.Samples:
        """The text of a prompt as it is to be played.

        Raises:
            SoundError: the voice can't read it in the time that it has.
        """
        text = self.spelt.get(prompt, text)
        first = speed = self.speeds.get(prompt, self.speeds[kind])
        most_s = self.most_s.get(prompt, self.most_s.get(kind, math.inf))
        while (said := self._read(text, speed)) and (took_s := len(said) / sound.RATE_HZ) > most_s:
            if speed > _FASTEST * first:
                raise sound.SoundError(
                    f"{prompt} takes {took_s:.2f} s, and {most_s} s is the most."
                )
            speed = math.ceil(speed * max(took_s / most_s, _FASTER))
        return said

    def _read(self, text: str, speed: int) -> sound.Samples:
        if not (text.endswith(",") and self.carrier):
            return self._finished(self._synthesised(text, speed))
        said = self._synthesised(f"{text} {self.carrier}.", speed)
        return self._finished(sound.before_last_pause(said))

    def _finished(self, said: sound.Samples) -> sound.Samples:
        return sound.finished(said, self.brightness, self.silence_range_db)

    def _synthesised(self, text: str, speed: int) -> sound.Samples:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "said.wav"
            arguments = {
                "rhvoice": ("usr/bin/RHVoice-test", "-p", self.voice, "-r", str(speed), "-o"),
                "espeak-ng": ("usr/bin/espeak-ng", "-v", self.voice, "-s", str(speed), "-w"),
            }[self.program]
            command = [*_program(arguments[0]), *arguments[1:], str(path)]
            subprocess.run(
                command, input=text.encode(), env=_environment(), check=True, capture_output=True
            )
            return sound.read(path)


def load() -> Mapping[str, Voice]:
    """The voices of `data/voices.toml`, by language, with their programs at hand.

    Raises:
        SetupError: the programs can't be had.
    """
    _root()
    rows = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {language: Voice(**row) for language, row in rows.items()}


def _program(path: str) -> tuple[str, ...]:
    loader, option, libraries, program = _root().command(path)
    # The synthesisers are linked to PulseAudio, which keeps a library of its own aside.
    return loader, option, f"{libraries}:{libraries}/pulseaudio", program


@cache
def _root() -> aptroot.Root:
    return aptroot.provide(_PACKAGES, components=_COMPONENTS)


@cache
def _environment() -> Mapping[str, str]:
    root = _root()
    return os.environ | {
        "RHVOICE_DATA_PATH": str(root.path / "usr/share/RHVoice"),
        "RHVOICE_CONFIG_PATH": str(root.path / "etc/RHVoice"),
        "ESPEAK_DATA_PATH": str(root.libraries),
    }
