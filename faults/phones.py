"""The telephones of one round: every caller on one UDP socket, every called party on another.

SIPp plays the scenarios; here each call has its own moments, to the millisecond and by seed, and
what its two phones saw is kept. On loopback hardly a datagram is lost, so nothing is sent twice but
the answer that makes a call.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from agi.settings import Settings
from faults import sip
from faults.plans import Plan
from lab.people import Person
from lab.stage import ACCESS_CODE

HOST = "127.0.0.1"
_REGISTER_WAIT_S = 10.0
_RESEND_S = 0.5
_SILENCE_S = 5.0
"""After so long without any answer a caller gives up."""


@dataclass
class PhoneCall:
    """One call as its two phones saw it; times are seconds of the event loop's clock."""

    plan: Plan
    caller: Person
    called: Person
    dialled_at: float | None = None
    told_at: float | None = None
    """When the caller heard early media: an announcement."""
    status: int | None = None
    """The final answer to the caller."""
    talk_from: float | None = None
    """When the caller's phone was connected; it never is unless both are."""
    caller_left_at: float | None = None
    called_left_at: float | None = None
    """When each phone knew, or decided, that the call was over."""
    offered: bool = False
    """The called phone rang."""

    @property
    def talk_s(self) -> float:
        """How long both were connected, as far as it is over."""
        # Of a BYE that is lost the other side, and the bill, know nothing.
        caller_left_at = None if self.plan.loses_bye else self.caller_left_at
        ends = [at for at in (caller_left_at, self.called_left_at) if at is not None]
        return min(ends) - self.talk_from if self.talk_from is not None and ends else 0.0

    @property
    def ended_at(self) -> float | None:
        """When the later of the two phones was out of it; None while one is in it."""
        if self.caller_left_at is None or (self.offered and self.called_left_at is None):
            return None
        return max(self.caller_left_at, self.called_left_at or 0.0)

    def alive_between(self, begin: float, end: float) -> bool:
        """Whether the call was in progress at any moment of these."""
        begun = self.dialled_at is not None and self.dialled_at <= end
        return begun and (self.ended_at is None or self.ended_at >= begin)


class Phones:
    """Registers the called parties' phones and places calls between them."""

    def __init__(self, settings: Settings) -> None:
        self.calls: dict[str, PhoneCall] = {}
        """By the caller's number: each calls once."""
        self.notices: list[str] = []
        """The ids of the messages that arrived."""
        self._settings = settings
        self._callers = _Socket(settings, self._on_calling)
        self._called = _Socket(settings, self._on_called)
        self._calling_legs: dict[str, _CallingLeg] = {}
        self._called_legs: dict[str, _CalledLeg] = {}
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
        leg = _CallingLeg(call, self._callers, self._settings)
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
        media, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, (HOST, 0))
        leg = _CalledLeg(self.calls[invite.caller], self._called, invite, media)
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
        who = f"<sip:{number}@{HOST}>"
        headers = [("From", f"{who};tag=r"), ("To", who), ("Call-ID", call_id)]
        headers += [("CSeq", f"{2 if challenge else 1} REGISTER"), ("Expires", "3600")]
        headers += [("Contact", f"<{self._called.uri(number)}>")]
        if challenge:
            asked = challenge["www-authenticate"]
            proof = sip.authorization(asked, "REGISTER", uri, number, person.password)
            headers.append(("Authorization", proof))
        self._called.request(f"REGISTER {uri} SIP/2.0", headers)


class _Socket(asyncio.DatagramProtocol):
    """A UDP socket towards Asterisk."""

    transport: asyncio.DatagramTransport

    def __init__(self, settings: Settings, hear: Callable[[sip.Message], None]) -> None:
        self._server = (HOST, settings.sip_port)
        self._hear = hear

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, (HOST, 0))

    def uri(self, user: str) -> str:
        """This socket's address as a contact."""
        return f"sip:{user}@{HOST}:{self.transport.get_extra_info('sockname')[1]}"

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
        via = ("Via", f"SIP/2.0/UDP {HOST}:{port};rport;branch={branch}")
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


@dataclass
class _CallingLeg:
    call: PhoneCall
    socket: _Socket
    settings: Settings
    call_id: str = field(default_factory=lambda: secrets.token_hex(8))
    _cseq: int = 1
    _branch: str = ""
    _heard: bool = False
    _dialog: sip.Message | None = None

    def dial(self) -> None:
        plan, loop = self.call.plan, asyncio.get_running_loop()
        self.call.dialled_at = loop.time()
        self._invite(None)
        loop.call_later(_SILENCE_S, self._give_up)
        if plan.cancel_s is not None:
            loop.call_later(plan.cancel_s, self._cancel)

    def leave(self) -> None:
        if self.call.caller_left_at is None:
            self.call.caller_left_at = asyncio.get_running_loop().time()

    def hear(self, message: sip.Message) -> None:
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
        self.socket.request(f"INVITE {target} SIP/2.0", headers, sip.offer(HOST, 9), self._branch)

    def _ack(self, message: sip.Message, branch: str) -> None:
        target = message.contact if message.status == 200 else self._target()  # noqa: PLR2004
        headers = self._headers("ACK", self._cseq, message["to"])
        self.socket.request(f"ACK {target} SIP/2.0", headers, branch=branch)

    def _headers(self, method: str, cseq: int, to: str) -> list[tuple[str, str]]:
        number = self.call.caller.subscriber.number
        who = f"<sip:{number}@{HOST}>;tag={self.call_id}"
        return [("From", who), ("To", to), ("Call-ID", self.call_id), ("CSeq", f"{cseq} {method}")]

    def _target(self) -> str:
        return self.socket.server_uri(f"{ACCESS_CODE}{self.call.called.subscriber.number}")


@dataclass
class _CalledLeg:
    call: PhoneCall
    socket: _Socket
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
            self.socket.answer(self.invite, "200 OK", sip.offer(HOST, port))
            if await _within(_RESEND_S, self._acknowledged):
                break
        if plan.called_leaves_s is not None:
            loop.call_later(plan.called_leaves_s, self._hang_up)
        if plan.key_s is not None and not await _within(plan.key_s, self._left):
            self.media.sendto(sip.key_packet(plan.key, 1), (HOST, self.invite.media_port))

    def hear(self, message: sip.Message) -> None:
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
