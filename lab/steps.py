"""What the set-up says while it works: each step, in order, with the seconds it took."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class SetupError(Exception):
    """The set-up can't go on; the text says what is wrong, where, and how to mend it."""


@contextmanager
def step(text: str) -> Iterator[None]:
    """Announce `text`, do the block, and say how long it took when that was worth a mention."""
    print(f"==> {text}", flush=True)
    started = time.monotonic()
    yield
    took_s = time.monotonic() - started
    if took_s >= 1:
        print(f"    {took_s:.1f} s", flush=True)


def note(text: str) -> None:
    """One indented line below the step that is being done."""
    print(f"    {text}", flush=True)


def fail(error: Exception) -> int:
    """Print `error` for a person to read; the result is the exit status."""
    print(f"error: {error}", file=sys.stderr, flush=True)
    return 1
