"""A Redis of one process alone: on a unix socket, quick rather than durable."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab import tools

_START_S = 10.0


@contextmanager
def redis_server() -> Iterator[Path]:
    """Its socket, while it runs."""
    with tempfile.TemporaryDirectory(prefix="simulation-") as folder:
        path = Path(folder, "redis.sock")
        argv = [*tools.redis_server(), "--port", "0", "--unixsocket", str(path), "--dir", folder]
        argv += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
        with Path(folder, "log").open("wb") as log:
            server = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            _wait(path, server)
            yield path
        finally:
            server.kill()
            server.wait()


def _wait(path: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while not _answers(path):
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"Redis did not start: {(path.parent / 'log').read_text()}")
        time.sleep(0.01)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0
