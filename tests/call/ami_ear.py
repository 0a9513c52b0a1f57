"""Hears every event that Asterisk sends to its manager interface."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agi.settings import Settings

_LOGIN = "Action: Login\r\nUsername: {}\r\nSecret: {}\r\n\r\n"


@asynccontextmanager
async def listening(settings: Settings) -> AsyncIterator[list[str]]:
    """What comes meanwhile, an event or answer an entry, as it is on the wire."""
    reader, writer = await asyncio.open_connection("127.0.0.1", settings.ami_port)
    writer.write(_LOGIN.format(settings.ami_user, settings.ami_secret).encode())
    heard: list[str] = []

    async def hear() -> None:
        while True:
            heard.append((await reader.readuntil(b"\r\n\r\n")).decode(errors="replace"))

    hearing = asyncio.create_task(hear())
    try:
        yield heard
    finally:
        hearing.cancel()
        writer.close()
