"""A real Linphone as a telephone: linphonec, operated over a pipe as a person does by typing."""

from __future__ import annotations

import asyncio
import codecs
import math
import os
import wave
from array import array
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from agi.cli.locations import sip_host
from agi.settings import Settings
from lab import linphone
from lab.people import Person
from lab.recorder import RATE_HZ, Sound
from lab.scenario_world import until

TONE_DBFS = -9.0
"""The level of what it says: well above a like tone within the speech of a prompt."""

_PROMPT = "linphonec> "
_PATIENCE_S = 10.0
_WAV_HEADER_BYTES = 44
_TONE_S = 20
_TONE, _HEARD, _RC = "tone.wav", "heard.wav", "linphonerc"
# Port -1 is one that the kernel chooses, port 0 is none.
_CONFIGURATION = """\
[sip]
bind_address={host}
sip_port=-1
sip_tcp_port=0
sip_tls_port=0
[rtp]
bind_address={host}
audio_rtp_port=-1
[misc]
max_calls={most_calls}
"""


class Linphone:
    """One linphonec, with the account of `person`. It says a tone, and records what it hears."""

    def __init__(
        self, process: asyncio.subprocess.Process, person: Person, settings: Settings, home: Path
    ) -> None:
        self.person = person
        self.said = ""
        """All that it has printed."""
        self._process = process
        self._settings = settings
        self._home = home
        self._expected = 0
        self._reading = asyncio.create_task(self._read())

    @property
    def number(self) -> str:
        return self.person.subscriber.number

    async def register(self) -> None:
        """Enter the account, and wait until Asterisk has taken it."""
        server = f"{sip_host(self._settings)}:{self._settings.sip_port}"
        await self.type(f"register sip:{self.number}@{server} sip:{server} {self.person.password}")

        async def registered() -> bool | None:
            await self.type("status register")
            return "registered, identity=" in self.said or None

        await until(registered, _PATIENCE_S, f"not registered: {self.said}")

    async def type(self, line: str) -> None:
        """Type one line and wait until it is taken: until then a second one would replace it."""
        assert self._process.stdin
        prompts = self.said.count(_PROMPT)
        self._process.stdin.write(line.encode() + b"\n")
        await self._until(lambda: self.said.count(_PROMPT) > prompts, f"'{line}' was not taken")

    async def expect(self, text: str, patience_s: float = _PATIENCE_S) -> None:
        """Wait for it to print `text`, after what was expected before."""
        await self._until(lambda: text in self.said[self._expected :], f"no '{text}'", patience_s)
        self._expected = self.said.index(text, self._expected) + len(text)

    def heard(self) -> Sound:
        """What it has heard until now; the time is that of the recording, from 0 s."""
        path = self._home / _HEARD
        data = path.read_bytes()[_WAV_HEADER_BYTES:] if path.exists() else b""
        return Sound(0, array("h", data[: len(data) // 2 * 2]))

    async def prepare(self) -> None:
        """Wait until it has started, and give it files to speak from and to record to."""
        await self._until(lambda: _PROMPT in self.said, "it did not start")
        for line in ("soundcard use files", f"play {_TONE}", f"record {_HEARD}"):
            await self.type(line)

    async def kill(self) -> None:
        self._process.kill()
        await self._process.wait()
        await self._reading

    async def _read(self) -> None:
        assert self._process.stdout
        decoder = codecs.getincrementaldecoder("utf-8")()
        while data := await self._process.stdout.read(4096):
            self.said += decoder.decode(data)

    async def _until(
        self, seen: Callable[[], bool], otherwise: str, patience_s: float = _PATIENCE_S
    ) -> None:
        async def look() -> bool | None:
            return seen() or None

        try:
            await until(look, patience_s, otherwise)
        except TimeoutError as error:
            raise TimeoutError(f"{self.number}: {error} in:\n{self.said}") from None


@asynccontextmanager
async def linphone_of(
    person: Person, settings: Settings, home: Path, *, hertz: int, most_calls: int
) -> AsyncIterator[Linphone]:
    """A Linphone in the new folder `home`, not registered yet; it is killed whatever happens.

    It says a tone of `hertz`. Calls beyond `most_calls` at once find it busy.
    """
    _furnish(home, hertz, _CONFIGURATION.format(host=sip_host(settings), most_calls=most_calls))
    phone = Linphone(await _start(home), person, settings, home)
    try:
        await phone.prepare()
        yield phone
    finally:
        await phone.kill()


def _furnish(home: Path, hertz: int, configuration: str) -> None:
    for folder in (".local/share/linphone", ".config/linphone"):
        (home / folder).mkdir(parents=True)
    (home / _RC).write_text(configuration)
    amplitude = 32768 * math.sqrt(2) * 10 ** (TONE_DBFS / 20)
    turn = 2 * math.pi * hertz / RATE_HZ
    samples = [round(amplitude * math.sin(turn * n)) for n in range(_TONE_S * RATE_HZ)]
    with wave.open(str(home / _TONE), "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        file.writeframes(array("h", samples).tobytes())


async def _start(home: Path) -> asyncio.subprocess.Process:
    command = linphone.command()
    assert command
    with (home / "log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            *command,
            *("-c", str(home / _RC)),
            cwd=home,
            env=os.environ | {"HOME": str(home), "LC_ALL": "C.UTF-8"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
