"""Which prompts Asterisk played to whom: read from a log that is switched on for that time."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from lab.instance import Instance
from lab.steps import SetupError

_PLAYING = re.compile(r"^\[([^]]+)\].*<PJSIP/(\d+)-\w+> Playing 'collect/([\w-]+)")


@dataclass(frozen=True)
class Playing:
    """The start of a prompt, on a leg of the subscriber `number`."""

    at: str
    """Asterisk's own time stamp."""
    number: str
    prompt: str


class PromptLog:
    """A context: prompts that start inside it are found by `played`."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._name = f"prompts-{secrets.token_hex(4)}"
        self._file = instance.home / "asterisk" / "log" / self._name

    def __enter__(self) -> Self:
        # Verbose level 3 holds "Playing ..."; the log that is always kept stops at 2.
        said = self._instance.asterisk_cli(f"logger add channel {self._name} verbose(3)")
        if not self._file.exists():
            raise SetupError(f"Asterisk opened no log for the prompts: {said.strip() or 'silence'}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._instance.asterisk_cli(f"logger remove channel {self._name}")
        self._file.unlink(missing_ok=True)

    def starts(self) -> list[Playing]:
        """Every prompt so far, in order."""
        rows = self._file.read_text(errors="replace").splitlines()
        return [Playing(*match.groups()) for row in rows if (match := _PLAYING.match(row))]

    def played(self, number: str) -> list[str]:
        """The prompts played to one subscriber, in order."""
        return [start.prompt for start in self.starts() if start.number == number]
