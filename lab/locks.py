"""One at a time: commands that must not work on one folder at once.

Standard library only: `lab.bootstrap` needs it before there is anything else.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.steps import note


@contextmanager
def held(file: Path, holder: str) -> Iterator[None]:
    """Hold the lock of `file`; where somebody has it, say that it is `holder`, and wait.

    The kernel lets go of it when the holder ends, however it ends.
    """
    # Only to read: a lab whose disk became read-only can still be stopped.
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_CREAT, 0o600)) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note(f"{holder} is at work: waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
