"""Ports for telephones: a phone has its own as long as it lives, also between its runs.

That a port is free now is not enough: many phones are made at once, by several processes, and most
use theirs only later. Each block is locked as bytes of one file, which the kernel unlocks when the
process is gone, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import random
import tempfile
import threading
import weakref
from functools import cache
from pathlib import Path
from typing import IO

from agi.settings import LOOPBACK
from lab import ports
from lab.steps import SetupError

_FIRST, _LAST = 12100, 19900
"""Between the RTP ports of a lab and those of tests' instances (`lab.ports`)."""
_TRIES = 200
_one_at_a_time = threading.Lock()
_kept: set[int] = set()
"""The ports of this process's phones: the kernel's locks are between processes alone."""


def kept_for(phone: object, size: int) -> int:
    """The first of `size` ports in a row that no other phone has, an even one, as RTP wants it.

    Raises:
        SetupError: there are no more.
    """
    with _one_at_a_time:
        for _ in range(_TRIES):
            start = random.randrange(_FIRST, _LAST - size, 2)  # noqa: S311
            if _keep(start, size):
                weakref.finalize(phone, _let_go, start, size)
                return start
    raise SetupError(f"no {size} free ports in a row between {_FIRST} and {_LAST}.")


def _keep(start: int, size: int) -> bool:
    block = range(start, start + size)
    if not _kept.isdisjoint(block):
        return False
    try:
        fcntl.lockf(_file(), fcntl.LOCK_EX | fcntl.LOCK_NB, size, start)
    except OSError:
        return False
    if all(ports.is_free(LOOPBACK, port, "udp", "tcp") for port in block):
        _kept.update(block)
        return True
    fcntl.lockf(_file(), fcntl.LOCK_UN, size, start)
    return False


def _let_go(start: int, size: int) -> None:
    _kept.difference_update(range(start, start + size))
    fcntl.lockf(_file(), fcntl.LOCK_UN, size, start)


@cache
def _file() -> IO[bytes]:
    # Never closed: with any descriptor of it all locks of the process would go.
    name = f"collectcall-phones-{os.getuid()}"
    return Path(tempfile.gettempdir(), name).open("wb")
