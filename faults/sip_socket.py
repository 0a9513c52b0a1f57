"""A UDP socket of telephones: what it sends goes to Asterisk."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable

from agi.settings import LOOPBACK, Settings
from faults import sip


class Socket(asyncio.DatagramProtocol):
    """Any number of phones share it: `hear` is told each message that arrives."""

    transport: asyncio.DatagramTransport

    def __init__(self, settings: Settings, hear: Callable[[sip.Message], None]) -> None:
        self._server = (LOOPBACK, settings.sip_port)
        self._hear = hear

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, (LOOPBACK, 0))

    def uri(self, user: str) -> str:
        """This socket's address as a contact."""
        return f"sip:{user}@{LOOPBACK}:{self.transport.get_extra_info('sockname')[1]}"

    def server_uri(self, user: str = "") -> str:
        host, port = self._server
        return f"sip:{user}@{host}:{port}" if user else f"sip:{host}:{port}"

    def request(
        self, first: str, headers: list[tuple[str, str]], body: str = "", branch: str = ""
    ) -> None:
        if self.transport.is_closing():  # the round is over, and the call's next moment came
            return
        port = self.transport.get_extra_info("sockname")[1]
        branch = branch or f"z9hG4bK{secrets.token_hex(6)}"
        via = ("Via", f"SIP/2.0/UDP {LOOPBACK}:{port};rport;branch={branch}")
        data = sip.build(first, [via, ("Max-Forwards", "70"), *headers], body)
        self.transport.sendto(data, self._server)

    def answer(self, request: sip.Message, status: str, body: str = "") -> None:
        if self.transport.is_closing():
            return
        tag = request["call-id"][:8]
        self.transport.sendto(
            sip.answer(request, status, tag, self.uri("phone"), body), self._server
        )

    def datagram_received(self, data: bytes, addr: object) -> None:
        if data.strip():
            self._hear(sip.parse(data))

    def error_received(self, exc: Exception) -> None:
        """Nobody listens on Asterisk's port just now."""
