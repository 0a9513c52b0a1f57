"""supervisord: what it is told to keep running, and how it is asked about it."""

from __future__ import annotations

import os
import resource
import shlex
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xmlrpc.client import Error, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from lab.steps import SetupError

MARK = "COLLECTCALL_INSTANCE"
"""In the environment of supervisord and all that it starts: whose process this is."""
_WANTED_FILES = 65536


@dataclass(frozen=True)
class Program:
    """One process that is kept up. `name` is also its log file's."""

    name: str
    argv: Sequence[str]
    stop_wait_s: int = 10


def configuration(home: Path, socket: Path, programs: Sequence[Program]) -> str:
    """supervisord.conf. A program that ends is started again within a second, for ever."""
    sections = [
        f"""\
[unix_http_server]
file={_text(socket)}
chmod=0700

[supervisord]
nodaemon=true
silent=true
pidfile={_text(home)}/supervisord.pid
logfile={_text(home)}/log/supervisord.log
logfile_maxbytes=5MB
logfile_backups=2
minfds={_open_files()}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://{_text(socket)}
"""
    ]
    for priority, program in enumerate(programs, 1):
        sections.append(
            f"""\
[program:{program.name}]
command={_text(shlex.join(program.argv))}
directory={_text(home)}
priority={priority}
autorestart=true
startsecs=0
stopwaitsecs={program.stop_wait_s}
killasgroup=true
stdout_logfile={_text(home)}/log/{program.name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
redirect_stderr=true
"""
        )
    return "\n".join(sections)


def processes(socket: Path) -> dict[str, dict[str, Any]]:
    """supervisord's view by program name (``statename``, ``pid``); empty when it does not run."""
    try:
        return {row["name"]: row for row in _proxy(socket).supervisor.getAllProcessInfo()}
    except (OSError, Error):
        return {}


def shut_down(socket: Path) -> bool:
    """Tell supervisord to stop everything and end; False when it does not run."""
    try:
        return bool(_proxy(socket).supervisor.shutdown())
    except (OSError, Error):
        return False


def signal_program(socket: Path, name: str, number: signal.Signals) -> None:
    """Send a signal to one program: tests kill and stop the service with it.

    Raises:
        SetupError: it runs under no supervisord, as in containers, or not at all.
    """
    try:
        _proxy(socket).supervisor.signalProcess(name, number.name.removeprefix("SIG"))
    except (OSError, Error) as error:
        raise SetupError(
            f"{number.name} did not reach {name} by {socket}: {error}. Use a lab of `make up`."
        ) from None


def marked_pids(home: Path) -> set[int]:
    """The processes of the instance at `home`, also those whose supervisord was killed."""
    wanted = f"{MARK}={home}".encode()
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes().split(b"\0")
        except OSError:  # another user's, or just gone
            continue
        if wanted in environment and int(entry.name) != os.getpid():
            found.add(int(entry.name))
    return found


def end(home: Path, wait_s: float) -> set[int]:
    """Wait for the instance's processes to go, then end what is left, by pid.

    Returns the processes that had to be killed; none after an orderly stop.
    """
    left = _wait_gone(home, wait_s)
    for number, patience_s in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
        for pid in marked_pids(home):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        if not _wait_gone(home, patience_s):
            break
    return left


def _wait_gone(home: Path, wait_s: float) -> set[int]:
    deadline = time.monotonic() + wait_s
    while (left := marked_pids(home)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def _proxy(socket: Path) -> Any:
    transport = SupervisorTransport("", "", f"unix://{socket}")
    return ServerProxy("http://127.0.0.1", transport=transport)


def _open_files() -> int:
    """As many descriptors as this user may have, up to what a few thousand calls need."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return _WANTED_FILES if hard == resource.RLIM_INFINITY else min(hard, _WANTED_FILES)


def _text(value: object) -> str:
    return str(value).replace("%", "%%")  # % starts an expansion in supervisord.conf
