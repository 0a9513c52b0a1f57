"""Fixtures that stand on real programs: a Redis, and a whole lab."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from lab import ports, settings_files, tools
from lab.instance import Instance

# `make test SIP_PORT=...` or a shell's settings would be above those of every test's own lab.
for name in settings_files.FROM_MAKE:
    os.environ.pop(name.upper(), None)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Redis of this test process alone, quick rather than durable."""
    home = tmp_path_factory.mktemp("redis")
    port = _start_port()
    argv = [*tools.redis_server(), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(home)]
    argv += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _wait_until_listening(port, server, home / "log")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.kill()
        server.wait()


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    """A client of an empty `redis_server`; answers are text."""
    client = Redis.from_url(redis_server, decode_responses=True)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A running lab of this test process alone, stopped at the end whatever happens."""
    with (
        ports.block_of_its_own() as values,
        Instance.create(tmp_path_factory.mktemp("lab"), values) as instance,
    ):
        yield instance


def _start_port() -> int:
    # The kernel's own choice differs between the workers of pytest-xdist.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_listening(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"Redis did not start (pid {os.getpid()}'s): {log.read_text()}")
