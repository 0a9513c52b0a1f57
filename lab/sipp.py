"""SIPp as a telephone: one process a phone, on ports of its own, its logs in a folder."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from agi.cli.locations import sip_host
from agi.settings import Settings
from lab import phone_ports, tools
from lab.steps import SetupError

_PORTS_A_CALL = 4
_PATIENCE_S = 10.0
_LONGEST_STAY_MS = 600_000
_OK = 200
Transport = Literal["udp", "tcp"]
_STATUS = re.compile(r"SIP/2\.0 (\d{3})")


@dataclass(frozen=True)
class Line:
    """One SIP message as a phone saw it; `at_s` is epoch seconds."""

    at_s: float
    sent: bool
    call_id: str
    cseq: str
    text: str
    """The request or status line."""

    @property
    def status(self) -> int | None:
        match = _STATUS.match(self.text)
        return int(match[1]) if match else None


@dataclass
class Phone:
    """A subscriber's telephone; `logs` is where each run leaves what it sent and received."""

    number: str
    password: str
    settings: Settings
    logs: Path
    most_calls: int = 4
    """How many calls it may have at once, its media ports that is."""
    transport: Transport = "udp"
    registration: list[Line] = field(default_factory=list)
    """The messages of its last registration."""
    _port: int = field(init=False)

    def __post_init__(self) -> None:
        self._port = phone_ports.kept_for(self, 2 + self.most_calls * _PORTS_A_CALL)

    async def run(
        self, scenario: Path, *, dial: str = "", calls: int = 1, options: Iterable[str] = ()
    ) -> Run:
        """Start `scenario`, an absolute path, to end after `calls` dialogues."""
        name = scenario.stem
        host = sip_host(self.settings)
        argv = [*tools.sipp(), f"{host}:{self.settings.sip_port}"]
        argv += ["-sf", str(scenario), "-m", str(calls), "-nostdin"]
        argv += ["-t", {"udp": "u1", "tcp": "t1"}[self.transport]]
        argv += ["-i", host, "-mi", host, "-p", str(self._port)]
        argv += ["-min_rtp_port", str(self._port + 2)]
        argv += ["-max_rtp_port", str(self._port + 1 + self.most_calls * _PORTS_A_CALL)]
        argv += ["-key", "number", self.number, "-key", "password", self.password]
        argv += ["-s", dial] if dial else []
        argv += ["-trace_err", "-error_file", f"{name}.errors"]
        argv += ["-trace_shortmsg", "-shortmessage_file", f"{name}.messages"]
        argv += options
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.screen").open("wb") as screen:
            process = await asyncio.create_subprocess_exec(
                *argv,
                cwd=self.logs,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=screen,
                stderr=screen,
            )
        run = Run(process, self.logs / f"{name}.messages", self.logs / f"{name}.errors")
        _started.get([]).append(run)
        return run

    async def wait_until_listening(self) -> None:
        """Wait until the started process has the phone's UDP port."""
        deadline = time.monotonic() + _PATIENCE_S
        # Trying to bind the port would take it away from SIPp at just the wrong moment.
        while f":{self._port:04X} " not in Path("/proc/net/udp").read_text():  # noqa: ASYNC240
            if time.monotonic() > deadline:
                raise SetupError(f"SIPp did not start: see the logs in {self.logs}.")
            await asyncio.sleep(0.01)

    async def stay(self, registration: Path, callee: Path) -> Run:
        """Register over TCP and take calls by `callee`, until `Run.end`.

        Calls come by the connection that registered, so one SIPp does both; what comes from
        elsewhere than its own dialogue is out of call to it.
        """
        options = ("-oocsf", str(callee), "-d", str(_LONGEST_STAY_MS))
        staying = await self.run(registration, options=options)
        deadline = time.monotonic() + _PATIENCE_S
        while not any(line.status == _OK for line in staying.lines()):
            if time.monotonic() > deadline or staying.process.returncode is not None:
                raise SetupError(f"{self.number} could not register: {staying.why_failed()}")
            await asyncio.sleep(0.01)
        return staying

    async def register(self, scenario: Path) -> None:
        """Run a scenario that registers; raises SetupError when it fails."""
        registration = await self.run(scenario)
        status = await registration.wait(_PATIENCE_S)
        self.registration = registration.lines()
        if status != 0:
            raise SetupError(f"{self.number} could not register: {registration.why_failed()}")


@dataclass
class Run:
    """One run of a scenario."""

    process: asyncio.subprocess.Process
    messages: Path
    errors: Path

    async def wait(self, patience_s: float) -> int | None:
        """The exit status, 0 for success; None when it had to be ended after `patience_s`."""
        try:
            async with asyncio.timeout(patience_s):
                return await self.process.wait()
        except TimeoutError:
            await self.end()
            return None

    async def end(self) -> None:
        """Switch the phone off, where it is on."""
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    def lines(self) -> list[Line]:
        """The SIP messages so far, in order."""
        if not self.messages.exists():
            return []
        rows = self.messages.read_text(errors="replace").splitlines()
        return [line for line in map(_line, rows) if line is not None]

    def final_status(self) -> int | None:
        """The last answer to an INVITE, besides the challenge."""
        answers = [
            line.status
            for line in self.lines()
            if not line.sent and "INVITE" in line.cseq and (line.status or 0) >= 200  # noqa: PLR2004
        ]
        return answers[-1] if answers else None

    def why_failed(self) -> str:
        """The first lines of SIPp's complaint."""
        text = self.errors.read_text(errors="replace") if self.errors.exists() else ""
        complaints = [line for line in text.splitlines() if line.strip()][1:3]
        return " ".join(complaints) or f"see the logs in {self.errors.parent}"


_started: ContextVar[list[Run]] = ContextVar("_started")


@asynccontextmanager
async def all_off_afterwards() -> AsyncIterator[None]:
    """No phone that is switched on within stays on after it, however it ends."""
    runs: list[Run] = []
    token = _started.set(runs)
    try:
        yield
    finally:
        _started.reset(token)
        for run in runs:
            await run.end()


def _line(row: str) -> Line | None:
    parts = row.split("\t")
    if len(parts) < 7:  # noqa: PLR2004  a line that is just being written
        return None
    _, _, at_s, direction, call_id, cseq, text = parts[:7]
    return Line(float(at_s), direction == "S", call_id, cseq, text)
