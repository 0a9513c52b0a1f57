"""TCP and UDP ports on this machine: is one free, and which ones are."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing

from agi.settings import Settings
from lab.steps import SetupError

LOOPBACK = "127.0.0.1"
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


def free_ports(start: int, stop: int, host: str = LOOPBACK) -> Iterator[int]:
    """Ports of [start, stop) that are free for both TCP and UDP, lowest first."""
    return (port for port in range(start, stop) if is_free(host, port, "tcp", "udp"))


def check(settings: Settings) -> None:
    """See that every port of `settings` can be had.

    Raises:
        SetupError: one is taken; the text names the port and the setting.
    """
    wanted = [
        ("sip_port", settings.bind, ("udp", "tcp")),
        ("ami_port", LOOPBACK, ("tcp",)),
        ("agi_port", LOOPBACK, ("tcp",)),
        ("http_port", LOOPBACK, ("tcp",)),
        ("redis_port", LOOPBACK, ("tcp",)),
    ]
    for name, host, kinds in wanted:
        port = getattr(settings, name)
        for kind in kinds:
            if not is_free(host, port, kind):
                raise SetupError(
                    f"{kind.upper()} port {port} on {host} is taken ({name}). End what uses it, "
                    f"or choose another: make up {name.upper()}={port + 10}"
                )
