"""The lab that a campaign breaks, with everything that a fault needs to get at."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from faults.ami_relay import AmiRelay
from faults.phones import Phones
from lab import ports, supervision
from lab.instance import Instance
from lab.scenario_world import World, until, world_of

PRICE_MINOR = 300
"""Of a unit between two subscribers of mts-ru, the called one on the plan `fast`."""
SETTINGS: dict[str, str | int] = {"key_wait_ms": 500, "ring_timeout_s": 8, "prompt_guard_s": 15}
_RTP_PORTS = 380
"""The most of a block; a call takes four."""
_BACK_WAIT_S = 30.0


@dataclass
class Site:
    """One running instance, and the phones of the round that is played on it."""

    instance: Instance
    world: World
    relay: AmiRelay
    phones: Phones
    outage_s: float
    """How long what is stopped stays so."""
    appended: int = 0
    """The size of Redis' append-only file when the round's calls began."""

    def signal(self, program: str, number: signal.Signals) -> None:
        supervision.signal_program(self.instance.socket, program, number)

    async def stop(self, program: str) -> None:
        """Let supervisord stop a program, and leave it so."""
        await self._supervisorctl("stop", program)

    async def start(self, program: str) -> None:
        await self._supervisorctl("start", program)

    async def console(self, command: str) -> str:
        """Asterisk's answer to one command of its console."""
        return await asyncio.to_thread(self.instance.asterisk_cli, command)

    async def collectcall(self, *arguments: str) -> object:
        """The command line; what it printed. Raises SetupError when it fails."""
        return await asyncio.to_thread(self.instance.collectcall, *arguments)

    def append_only_file(self) -> Path:
        """The part of it that Redis writes to now."""
        return max((self.instance.home / "redis").glob("*/*.incr.aof"))

    async def back(self) -> None:
        """Wait until everything says that it is well. Raises TimeoutError."""

        async def well() -> bool | None:
            return (await asyncio.to_thread(self.instance.health))[0] or None

        await until(well, _BACK_WAIT_S, "the lab is not well again")

    async def update(self) -> None:
        """Let supervisord read its file again, and start anew what has changed there."""
        await self._supervisorctl("update")

    async def _supervisorctl(self, *command: str) -> None:
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("supervisorctl"),
            *("-c", str(self.instance.home / "supervisord.conf"), *command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        await process.wait()


@asynccontextmanager
async def site_at(home: Path, outage_s: float) -> AsyncIterator[Site]:
    """A lab of its own, in `home` and on free ports, gone at the end."""
    with ports.block_of_its_own() as own, ports.block_of_its_own() as for_voice:
        voice = {"rtp_start_port": for_voice["sip_port"], "rtp_ports": _RTP_PORTS}
        instance = await asyncio.to_thread(Instance.create, home, SETTINGS | own | voice)
        try:
            await asyncio.to_thread(instance.start)
            async with world_of(instance.settings) as world:
                site = Site(instance, world, AmiRelay(instance), Phones(world.settings), outage_s)
                async with site.relay:
                    yield site
        finally:
            await asyncio.to_thread(instance.stop)
