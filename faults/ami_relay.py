"""Stands between the service and AMI, to cut the link or to let every event come twice.

Asterisk's manager moves to another port, and the relay takes its place; so it stays when Asterisk
is started anew.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

from agi.settings import LOOPBACK
from lab.instance import Instance
from lab.render import write_private

_AWAY = 10
"""The manager's new port is so many above the old one, inside the instance's block."""


class AmiRelay:
    """An async context in which the service's AMI link passes through here."""

    def __init__(self, instance: Instance) -> None:
        self.is_cut = False
        self.doubles_events = False
        self._instance = instance
        self._port = instance.settings.ami_port
        self._links: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        path = self._instance.settings.asterisk_etc / "manager.conf"
        text = path.read_text(encoding="utf-8")
        moved = text.replace(f"port={self._port}\n", f"port={self._port + _AWAY}\n")
        write_private(path, moved)
        await asyncio.to_thread(self._instance.asterisk_cli, "manager reload")
        self._server = await self._listen()
        await asyncio.to_thread(self._instance.asterisk_cli, "core reload")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()

    def cut(self) -> None:
        """End the link now; what was on its way is lost."""
        for link in self._links:
            link.transport.abort()

    async def _listen(self) -> asyncio.Server:
        """Take the port, as soon as Asterisk has left it."""
        while True:
            try:
                return await asyncio.start_server(self._relay, LOOPBACK, self._port)
            except OSError:
                await asyncio.sleep(0.1)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._links.add(writer)
        try:
            if not self.is_cut:
                switch = await asyncio.open_connection(LOOPBACK, self._port + _AWAY)
                self._links.add(switch[1])
                await _first_ended(_copy(reader, switch[1]), self._tell(switch[0], writer))
                switch[1].close()
                self._links.discard(switch[1])
        except OSError:
            pass  # Asterisk does not run: the service will try again
        finally:
            writer.close()
            self._links.discard(writer)

    async def _tell(self, switch: asyncio.StreamReader, service: asyncio.StreamWriter) -> None:
        service.write(await switch.readline())  # the greeting
        while True:
            packet = await switch.readuntil(b"\r\n\r\n")
            twice = self.doubles_events and packet.startswith(b"Event: ")
            service.write(packet * 2 if twice else packet)
            await service.drain()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(4096):
        writer.write(data)
        await writer.drain()


async def _first_ended(*both: object) -> None:
    tasks = [asyncio.ensure_future(one) for one in both]  # type: ignore[call-overload]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    with suppress(asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
        await asyncio.gather(*tasks)
