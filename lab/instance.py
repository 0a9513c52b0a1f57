"""One deployment on this machine: a folder, and the processes that run from it.

`make up` has one in `var/`; tests make as many as they like, in temporary folders and on ports
of their own, with the same code.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import HTTPError

from agi import settings as agi_settings
from agi.cli.locations import http_url
from agi.settings import LOOPBACK, Settings
from lab import ports, render, settings_files, supervision, tools
from lab.steps import SetupError, step
from lab.supervision import Program

PROGRAMS = ("redis", "asterisk", "service")
_COLLECTCALL = str(Path(sys.executable).with_name("collectcall"))
_NO_PARTS = ("status", "home")
"""What /healthz says besides the state of each part."""
_BOOT_WAIT_S = 30
_STOP_WAIT_S = 20
_LONGEST_SOCKET = 107 - len("/supervisor.sock.1234567")  # sun_path holds 107 bytes


@dataclass(frozen=True)
class Instance:
    """A set-up folder and its settings; whether it runs is asked, not remembered."""

    settings: Settings

    @classmethod
    def create(cls, home: Path, values: Mapping[str, str | int] | None = None) -> Self:
        """Make the folder, or take the one that is there, with `values` written to its settings.

        Raises:
            SettingsError: a setting is wrong; the text names it.
        """
        home = home.absolute()
        render.private_folder(home)
        settings_files.write(home, values or {})
        settings_files.write_secrets(home)
        return cls(agi_settings.load(home))

    @property
    def home(self) -> Path:
        return self.settings.home

    @property
    def run_dir(self) -> Path:
        """The sockets' folder. A unix socket's path is short, the home folder's may be long."""
        inside = self.home / "run"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET:
            return inside
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"collectcall-{os.getuid()}-{digest}"

    @property
    def socket(self) -> Path:
        return self.run_dir / "supervisor.sock"

    def start(self, programs: Sequence[str] = PROGRAMS) -> None:
        """Start what is not running and wait until it answers.

        Raises:
            SetupError: a port is taken, a file can't be rendered, or a program does not come up.
        """
        with step(f"Configuration in {self.home}"):
            supervision.end(self.home, wait_s=0)  # what a killed supervisord left
            ports.check(self.settings)
            self.write_files(programs)
            self._write_supervision(programs)
        with step(f"Starting {', '.join(programs)}"):
            self._start_supervisor()
            self._wait(programs)

    def stop(self) -> set[int]:
        """Stop all processes of this instance; data stays. Returns those that had to be killed."""
        running = supervision.shut_down(self.socket)
        return supervision.end(self.home, _STOP_WAIT_S if running else 0)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def processes(self) -> dict[str, dict[str, Any]]:
        """supervisord's view by program name; empty when nothing runs."""
        return supervision.processes(self.socket)

    def is_running(self) -> bool:
        found = self.processes()
        return bool(found) and all(row["statename"] == "RUNNING" for row in found.values())

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Whether ``/healthz`` says that all is well, and what it says."""
        # A proxy of the environment has no business on loopback.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        url = f"{http_url(self.settings)}/healthz"
        try:
            with opener.open(url, timeout=3) as answer:
                well, said = True, _json_or_text(answer.read())
        except HTTPError as error:
            well, said = False, _json_or_text(error.read())
        except OSError as error:
            reason = getattr(error, "reason", error)  # what urllib has wrapped
            return False, {"service": f"no answer on port {self.settings.http_port} ({reason})"}
        if said.get("home") != str(self.home.resolve()):
            return False, {"service": f"port {self.settings.http_port} is that of {said}"}
        return well, said

    def ailing(self) -> str:
        """What is not well, for a person to read; empty when all is."""
        well, said = self.health()
        parts = {} if well else {name: said[name] for name in said if name not in _NO_PARTS}
        return ", ".join(f"{name}: {state}" for name, state in parts.items() if state != "ok")

    def collectcall(self, *arguments: str) -> Any:
        """Run the command line against this instance with ``--json``; what it printed, parsed."""
        done = subprocess.run(
            [_COLLECTCALL, *arguments, "--json"],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise SetupError(f"collectcall {' '.join(arguments)}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def asterisk_cli(self, command: str) -> str:
        """Run one command on Asterisk's console; its output."""
        done = subprocess.run(
            [self.home / "bin/asterisk-cli", command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    def environment(self) -> dict[str, str]:
        """The environment of this instance's processes: no setting of another one leaks in."""
        named = {name.upper() for name in Settings.model_fields} - {"HOME", "LANGUAGE"}
        kept = {name: value for name, value in os.environ.items() if name not in named}
        return kept | {"COLLECTCALL_HOME": str(self.home), supervision.MARK: str(self.home)}

    def write_files(self, programs: Sequence[str] = PROGRAMS) -> None:
        """Make the folders, and render what `programs` read."""
        for folder in (self.run_dir, self.home / "log", self.home / "redis"):
            render.private_folder(folder)
        if "asterisk" in programs:
            render.asterisk_files(self.settings, self.run_dir)
            write = render.write_private
            write(self.home / "bin/asterisk-cli", self._console_script(), mode=0o700)
        render.write_private(self.home / "redis.conf", render.redis_file(self.settings))

    def _write_supervision(self, programs: Sequence[str]) -> None:
        wanted = [self._program(name) for name in programs]
        text = supervision.configuration(self.home, self.socket, wanted)
        render.write_private(self.home / "supervisord.conf", text)

    def _program(self, name: str) -> Program:
        if name == "redis":
            return Program(name, [*tools.redis_server(), str(self.home / "redis.conf")])
        if name == "asterisk":
            return Program(name, [*self._asterisk(), "-f"])
        return Program(name, [_COLLECTCALL, "serve"])

    def _asterisk(self) -> list[str]:
        return [*tools.asterisk().argv, "-C", str(self.settings.asterisk_etc / "asterisk.conf")]

    def _console_script(self) -> str:
        return render.console_script(self._asterisk())

    def _start_supervisor(self) -> None:
        argv = [sys.executable, "-m", "lab.supervisord"]
        output = self.home / "log/supervisord.out"
        render.write_private(output, "")
        with output.open("wb") as log:
            subprocess.Popen(
                [*argv, "-c", str(self.home / "supervisord.conf")],
                env=self.environment(),
                cwd=Path(__file__).resolve().parent.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                umask=0o077,  # Redis' files hold passwords; supervisord ignores its own umask here
            )

    def _wait(self, programs: Sequence[str]) -> None:
        answers = {
            "redis": lambda: not ports.is_free(LOOPBACK, self.settings.redis_port, "tcp"),
            "asterisk": lambda: "fully booted" in self.asterisk_cli("core waitfullybooted"),
            "service": lambda: self.health()[0],
        }
        deadline = time.monotonic() + _BOOT_WAIT_S
        for name in programs:
            while not answers[name]():
                if time.monotonic() > deadline:
                    raise SetupError(self._why_not(name))
                time.sleep(0.05)

    def _why_not(self, name: str) -> str:
        log = self.home / "log" / f"{name}.log"
        said = log.read_text(errors="replace").splitlines()[-15:] if log.exists() else []
        health = f" Not well: {self.ailing()}." if name == "service" else ""
        return (
            f"{name} did not come up within {_BOOT_WAIT_S} s.{health} The end of {log}:\n"
            + "\n".join(f"    {line}" for line in said)
        )


def _json_or_text(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except ValueError:
        parsed = None
    return parsed if isinstance(parsed, dict) else {"answer": body.decode(errors="replace")[:200]}
