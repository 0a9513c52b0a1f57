"""TCP and UDP ports on this machine: is one free, and which ones are."""

from __future__ import annotations

import fcntl
import socket
import tempfile
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from agi.settings import LOOPBACK, Settings
from lab.steps import SetupError

_FIRST_BLOCK, _LAST_BLOCK, _BLOCK = 20000, 32400, 400  # below what the kernel hands out
_KINDS = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}


def is_free(host: str, port: int, *kinds: str) -> bool:
    """Whether `port` can be bound on `host` for each of `kinds` ("tcp", "udp")."""
    for kind in kinds:
        with closing(socket.socket(socket.AF_INET, _KINDS[kind])) as probe:
            if kind == "tcp":
                # As the servers do: a connection that just ended must not make the port "taken".
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def check(settings: Settings, only: Collection[str] | None = None) -> None:
    """See that every port of `settings` can be had; of a lab that runs, `only` those it has not.

    Raises:
        SetupError: one is taken, two are the same, or `bind` is no address of this machine; the
            text names the port and the setting.
    """
    if not is_free(settings.bind, 0, "tcp"):
        raise SetupError(
            f"{settings.bind} is no address of this machine (bind). `ip -4 address` lists them: "
            "make up BIND=127.0.0.1"
        )
    wanted = [
        ("sip_port", settings.bind, ("udp", "tcp")),
        ("ami_port", LOOPBACK, ("tcp",)),
        ("agi_port", LOOPBACK, ("tcp",)),
        ("http_port", LOOPBACK, ("tcp",)),
        ("redis_port", LOOPBACK, ("tcp",)),
    ]
    named: dict[int, str] = {}
    for name, host, kinds in wanted:
        port = getattr(settings, name)
        if port in named:
            raise SetupError(
                f"{named[port]} and {name} are both {port}. Choose another: "
                f"make up {name.upper()}={port + 10}"
            )
        named[port] = name
        for kind in kinds if only is None or name in only else ():
            if not is_free(host, port, kind):
                raise SetupError(
                    f"{kind.upper()} port {port} on {host} is taken ({name}). End what uses it, "
                    f"or choose another: make up {name.upper()}={port + 10}"
                )


@contextmanager
def block_of_its_own() -> Iterator[dict[str, int]]:
    """Settings whose ports nobody else has, for an instance in a test.

    A lock keeps other test processes of this machine off the block until the context is left.
    """
    for start in range(_FIRST_BLOCK, _LAST_BLOCK, _BLOCK):
        with Path(tempfile.gettempdir(), f"collectcall-ports-{start}").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            names = ("sip_port", "ami_port", "agi_port", "http_port", "redis_port")
            ports = {name: start + offset for offset, name in enumerate(names)}
            if all(is_free(LOOPBACK, port, "tcp", "udp") for port in ports.values()):
                yield ports | {"rtp_start_port": start + 20, "rtp_ports": 180}
                return
    raise SetupError(f"no free block of ports between {_FIRST_BLOCK} and {_LAST_BLOCK}")
