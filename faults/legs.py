"""The two phones of one call, each doing at its moments what the call's plan says."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field

from agi.settings import LOOPBACK
from faults import sip
from faults.phone_call import PhoneCall
from faults.sip_socket import Socket
from lab.stage import ACCESS_CODE

_RESEND_S = 0.5
_SILENCE_S = 5.0
"""After so long without any answer a caller gives up."""


@dataclass
class CallingLeg:
    """The caller's phone: dials, answers the challenge, and hangs up or gives up in its time."""

    call: PhoneCall
    socket: Socket
    call_id: str = field(default_factory=lambda: secrets.token_hex(8))
    _cseq: int = 1
    _branch: str = ""
    _heard: bool = False
    _dialog: sip.Message | None = None

    def dial(self) -> None:
        """Begin the call."""
        plan, loop = self.call.plan, asyncio.get_running_loop()
        self.call.dialled_at = loop.time()
        self._invite(None)
        loop.call_later(_SILENCE_S, self._give_up)
        if plan.cancel_s is not None:
            loop.call_later(plan.cancel_s, self._cancel)

    def leave(self) -> None:
        """The phone is out of the call, as it knows or decides."""
        if self.call.caller_left_at is None:
            self.call.caller_left_at = asyncio.get_running_loop().time()

    def hear(self, message: sip.Message) -> None:
        """Take a message of this call."""
        if message.status is None:
            if message.method == "BYE":
                self.leave()
                self.socket.answer(message, "200 OK")
        elif message.method == "INVITE":
            self._heard = True
            self._answered(message)

    def _give_up(self) -> None:
        if not self._heard:
            self.leave()

    def _answered(self, message: sip.Message) -> None:
        match message.status:
            case 401 if self._cseq == 1:
                self._ack(message, self._branch)
                self._cseq = 2
                self._invite(message)
            case 183:
                self.call.told_at = asyncio.get_running_loop().time()
            case 200:
                self._connected(message)
            case int(status) if status >= 300:  # noqa: PLR2004
                self.call.status = status
                self._ack(message, self._branch)
                self.leave()

    def _connected(self, message: sip.Message) -> None:
        self._ack(message, "")
        if self._dialog is not None:
            return
        loop = asyncio.get_running_loop()
        self._dialog, self.call.status, self.call.talk_from = message, 200, loop.time()
        end = self.leave if self.call.plan.loses_bye else self._hang_up
        loop.call_later(self.call.plan.talk_s, end)

    def _hang_up(self) -> None:
        if self.call.caller_left_at is None and self._dialog is not None:
            self.leave()
            headers = self._headers("BYE", 3, self._dialog["to"])
            self.socket.request(f"BYE {self._dialog.contact} SIP/2.0", headers)

    def _cancel(self) -> None:
        if self.call.status is None and self.call.caller_left_at is None:
            headers = self._headers("CANCEL", self._cseq, f"<{self._target()}>")
            self.socket.request(f"CANCEL {self._target()} SIP/2.0", headers, branch=self._branch)

    def _invite(self, challenge: sip.Message | None) -> None:
        number, target = self.call.caller.subscriber.number, self._target()
        headers = self._headers("INVITE", self._cseq, f"<{target}>")
        headers.append(("Contact", f"<{self.socket.uri(number)}>"))
        if challenge:
            asked = challenge["www-authenticate"]
            proof = sip.authorization(asked, "INVITE", target, number, self.call.caller.password)
            headers.append(("Authorization", proof))
        self._branch = f"z9hG4bK{secrets.token_hex(6)}"
        # Nothing is sent or heard on this side: the discard port will do.
        self.socket.request(
            f"INVITE {target} SIP/2.0", headers, sip.offer(LOOPBACK, 9), self._branch
        )

    def _ack(self, message: sip.Message, branch: str) -> None:
        target = message.contact if message.status == 200 else self._target()  # noqa: PLR2004
        headers = self._headers("ACK", self._cseq, message["to"])
        self.socket.request(f"ACK {target} SIP/2.0", headers, branch=branch)

    def _headers(self, method: str, cseq: int, to: str) -> list[tuple[str, str]]:
        number = self.call.caller.subscriber.number
        who = f"<sip:{number}@{LOOPBACK}>;tag={self.call_id}"
        return [("From", who), ("To", to), ("Call-ID", self.call_id), ("CSeq", f"{cseq} {method}")]

    def _target(self) -> str:
        return self.socket.server_uri(f"{ACCESS_CODE}{self.call.called.subscriber.number}")


@dataclass
class CalledLeg:
    """The called party's phone: rings, picks up, presses its key, and perhaps hangs up."""

    call: PhoneCall
    socket: Socket
    invite: sip.Message
    media: asyncio.DatagramTransport
    _acknowledged: asyncio.Event = field(default_factory=asyncio.Event)
    _left: asyncio.Event = field(default_factory=asyncio.Event)

    async def ring(self) -> None:
        """From the INVITE to the end of the leg."""
        plan, loop = self.call.plan, asyncio.get_running_loop()
        self.call.offered = True
        self.socket.answer(self.invite, "180 Ringing")
        if await _within(plan.answer_s, self._left):
            return
        port = self.media.get_extra_info("sockname")[1]
        while not self._acknowledged.is_set():
            self.socket.answer(self.invite, "200 OK", sip.offer(LOOPBACK, port))
            if await _within(_RESEND_S, self._acknowledged):
                break
        if plan.called_leaves_s is not None:
            loop.call_later(plan.called_leaves_s, self._hang_up)
        if plan.key_s is not None and not await _within(plan.key_s, self._left):
            self.media.sendto(sip.key_packet(plan.key, 1), (LOOPBACK, self.invite.media_port))

    def hear(self, message: sip.Message) -> None:
        """Take a request of this call."""
        match message.method:
            case "ACK":
                self._acknowledged.set()
            case "CANCEL":
                self.socket.answer(message, "200 OK")
                self.socket.answer(self.invite, "487 Request Terminated")
                self.leave()
            case "BYE":
                self.leave()
                self.socket.answer(message, "200 OK")

    def leave(self) -> None:
        """The phone is out of the call, as it knows or decides."""
        self._left.set()
        if self.call.called_left_at is None:
            self.call.called_left_at = asyncio.get_running_loop().time()

    def _hang_up(self) -> None:
        if self.call.called_left_at is not None:
            return
        self.leave()
        invite = self.invite
        headers = [("From", f"{invite['to']};tag={invite['call-id'][:8]}"), ("To", invite["from"])]
        headers += [("Call-ID", invite["call-id"]), ("CSeq", "1 BYE")]
        self.socket.request(f"BYE {invite.contact} SIP/2.0", headers)


async def _within(seconds: float, event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
