"""The lab that a campaign breaks, with everything that a fault needs to get at."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from faults.ami_relay import AmiRelay
from faults.phones import Phones
from faults.redis_relay import RedisRelay
from lab import ports, supervision
from lab.instance import Instance
from lab.render import write_private
from lab.scenario_world import World, until, world_of

PRICE_MINOR = 300
"""Of a unit between two subscribers of the stage's operator, the called one on the plan `fast`."""
SETTINGS: dict[str, str | int] = {"key_wait_ms": 500, "ring_timeout_s": 8}
SHORT_GUARD: dict[str, str | int] = {"prompt_guard_s": 15}
"""So that a prompt whose service is dead ends within the round."""
_RTP_PORTS = 400
"""All of a block: a hundred calls, of four each."""
_BACK_WAIT_S = 30.0


@dataclass
class Site:
    """One running instance, and the phones of the round that is played on it."""

    instance: Instance
    world: World
    relay: AmiRelay
    redis_relay: RedisRelay
    phones: Phones
    outage_s: float
    """How long what is stopped stays so."""
    supervision: str
    """What supervisord reads where every program runs as always."""
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

    async def run_under(self, program: str = "", environment: str = "") -> None:
        """Let `program` run with more in its `environment`, and all others as always."""
        head, name, rest = self.supervision.partition(f"[program:{program}]\ncommand=")
        wanted = f"{head}{name}/usr/bin/env {environment} {rest}" if name else self.supervision
        path = _supervision_file(self.instance)
        if path.read_text(encoding="utf-8") != wanted:
            write_private(path, wanted)
            await self._supervisorctl("update")

    async def _supervisorctl(self, *command: str) -> None:
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("supervisorctl"),
            *("-c", str(_supervision_file(self.instance)), *command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        await process.wait()


@asynccontextmanager
async def site_at(
    home: Path, outage_s: float, settings: Mapping[str, str | int] = SHORT_GUARD
) -> AsyncIterator[Site]:
    """A lab of its own, in `home` and on free ports, gone at the end."""
    with ports.block_of_its_own() as own, ports.block_of_its_own() as for_voice:
        voice = {"rtp_start_port": for_voice["sip_port"], "rtp_ports": _RTP_PORTS}
        instance = await asyncio.to_thread(
            Instance.create, home, {**SETTINGS, **settings, **own, **voice}
        )
        try:
            await asyncio.to_thread(instance.start)
            async with world_of(instance.settings) as world:
                site = Site(
                    instance,
                    world,
                    AmiRelay(instance),
                    RedisRelay(world.settings.redis_port),
                    Phones(world.settings),
                    outage_s,
                    _supervision_file(instance).read_text(encoding="utf-8"),
                )
                async with site.relay, site.redis_relay:
                    yield site
        finally:
            await asyncio.to_thread(instance.stop)


def _supervision_file(instance: Instance) -> Path:
    return instance.home / "supervisord.conf"
