"""The command line on a real Redis, in a home folder of the test's own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlparse

import pytest
from click.testing import CliRunner, Result
from redis import Redis

from agi.cli import main
from agi.store.redis import Store, connect

SECRET = "sixteen-and-more"
Value = TypeVar("Value")


class Cli:
    """Calls `collectcall` in this process."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def run(self, *arguments: str) -> Result:
        return CliRunner(env={"COLLECTCALL_HOME": str(self.home)}).invoke(main, arguments)

    def __call__(self, *arguments: str) -> Any:
        """What the command prints with ``--json``; it must succeed and print nothing else."""
        result = self.run(*arguments, "--json")
        assert (result.exit_code, result.stderr) == (0, ""), result.output
        return json.loads(result.stdout)

    def error(self, *arguments: str, status: int = 1) -> str:
        """What the command complains of; it must fail and print nothing on stdout."""
        result = self.run(*arguments)
        assert (result.exit_code, result.stdout) == (status, ""), result.output
        return result.stderr


@pytest.fixture
def redis_url(redis_server: str) -> Iterator[str]:
    """An empty Redis that asks for a password, as a deployment's does."""
    address = urlparse(redis_server)
    with Redis.from_url(redis_server) as client:
        client.flushall()
        client.config_set("requirepass", SECRET)
        yield f"redis://:{SECRET}@{address.hostname}:{address.port}/0"
        client.config_set("requirepass", "")


@pytest.fixture
def cli(redis_url: str, tmp_path: Path) -> Cli:
    write_home(tmp_path, redis_port=urlparse(redis_url).port or 0)
    return Cli(tmp_path)


@pytest.fixture
def in_store(redis_url: str) -> Callable[[Callable[[Store], Awaitable[Value]]], Value]:
    """Do some asynchronous work on the store that `cli` works on."""

    def done(work: Callable[[Store], Awaitable[Value]]) -> Value:
        async def connected() -> Value:
            store = connect(redis_url)
            try:
                return await work(store)
            finally:
                await store.close()

        return asyncio.run(connected())

    return done


def write_home(home: Path, **settings: int) -> None:
    """The two files that make `home` a deployment."""
    lines = [f"{name} = {value}" for name, value in settings.items()]
    (home / "settings.toml").write_text("\n".join(lines))
    names = ("ami_secret", "agi_token", "redis_secret")
    (home / "secrets.toml").write_text("\n".join(f'{name} = "{SECRET}"' for name in names))
