"""The telephones of one round: every caller on one UDP socket, every called party on another.

SIPp plays the scenarios; here each call has its own moments, to the millisecond and by seed, and
what its two phones saw is kept. On loopback hardly a datagram is lost, so nothing is sent twice but
the answer that makes a call.
"""

from __future__ import annotations

import asyncio
import secrets

from agi.settings import LOOPBACK, Settings
from faults import sip
from faults.legs import CalledLeg, CallingLeg
from faults.phone_call import PhoneCall
from faults.sip_socket import Socket
from lab.people import Person

_REGISTER_WAIT_S = 10.0


class Phones:
    """Registers the called parties' phones and places calls between them."""

    def __init__(self, settings: Settings) -> None:
        self.calls: dict[str, PhoneCall] = {}
        """By the caller's number: each calls once."""
        self.notices: list[str] = []
        """The ids of the messages that arrived."""
        self._callers = Socket(settings, self._on_calling)
        self._called = Socket(settings, self._on_called)
        self._calling_legs: dict[str, CallingLeg] = {}
        self._called_legs: dict[str, CalledLeg] = {}
        self._registrations: dict[str, tuple[Person, asyncio.Future[None]]] = {}
        self._ringing: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        await self._callers.open()
        await self._called.open()

    def close(self) -> None:
        for task in self._ringing:
            task.cancel()
        for leg in self._called_legs.values():
            leg.media.close()
        self._callers.transport.close()
        self._called.transport.close()

    async def register(self, person: Person) -> None:
        """Let the person's phone be called here. Raises TimeoutError."""
        done = asyncio.get_running_loop().create_future()
        call_id = secrets.token_hex(8)
        self._registrations[call_id] = (person, done)
        async with asyncio.timeout(_REGISTER_WAIT_S):
            while not done.done():  # Asterisk may just be starting
                self._send_register(call_id, person, None)
                await asyncio.wait({done}, timeout=1)

    def place(self, call: PhoneCall) -> None:
        """Dial now."""
        leg = CallingLeg(call, self._callers)
        self.calls[call.caller.subscriber.number] = call
        self._calling_legs[leg.call_id] = leg
        leg.dial()

    def lose(self) -> None:
        """Asterisk is gone: no call goes on, though nobody tells the phones."""
        for calling in self._calling_legs.values():
            calling.leave()
        for called in self._called_legs.values():
            called.leave()

    def _on_calling(self, message: sip.Message) -> None:
        leg = self._calling_legs.get(message["call-id"])
        if leg is not None:
            leg.hear(message)

    def _on_called(self, message: sip.Message) -> None:
        call_id = message["call-id"]
        if call_id in self._registrations:
            self._on_register(call_id, message)
        elif message.status is not None:
            pass  # the answer to a BYE
        elif message.method == "MESSAGE":
            self.notices.append(message["x-sms-id"])
            self._called.answer(message, "200 OK")
        elif call_id in self._called_legs:
            self._called_legs[call_id].hear(message)
        elif message.method == "INVITE" and message.caller in self.calls:
            task = asyncio.create_task(self._ring(message))
            self._ringing.add(task)
            task.add_done_callback(self._ringing.discard)

    async def _ring(self, invite: sip.Message) -> None:
        loop = asyncio.get_running_loop()
        media, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, (LOOPBACK, 0))
        leg = CalledLeg(self.calls[invite.caller], self._called, invite, media)
        self._called_legs[invite["call-id"]] = leg
        await leg.ring()

    def _on_register(self, call_id: str, message: sip.Message) -> None:
        person, done = self._registrations[call_id]
        if message.status == 401:  # noqa: PLR2004
            self._send_register(call_id, person, message)
        elif message.status == 200 and not done.done():  # noqa: PLR2004
            done.set_result(None)

    def _send_register(self, call_id: str, person: Person, challenge: sip.Message | None) -> None:
        number, uri = person.subscriber.number, self._called.server_uri()
        who = f"<sip:{number}@{LOOPBACK}>"
        headers = [("From", f"{who};tag=r"), ("To", who), ("Call-ID", call_id)]
        headers += [("CSeq", f"{2 if challenge else 1} REGISTER"), ("Expires", "3600")]
        headers += [("Contact", f"<{self._called.uri(number)}>")]
        if challenge:
            asked = challenge["www-authenticate"]
            proof = sip.authorization(asked, "REGISTER", uri, number, person.password)
            headers.append(("Authorization", proof))
        self._called.request(f"REGISTER {uri} SIP/2.0", headers)
