"""TCP and UDP ports on this machine: is one free, and which ones are."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing

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


def free_ports(start: int, stop: int, host: str = "127.0.0.1") -> Iterator[int]:
    """Ports of [start, stop) that are free for both TCP and UDP, lowest first."""
    return (port for port in range(start, stop) if is_free(host, port, "tcp", "udp"))
