"""A SIP request in the hands of somebody who may write anything into it."""

from __future__ import annotations

import hashlib
import re
import socket
import uuid
from dataclasses import dataclass

SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 0\r\n"
)


@dataclass(frozen=True)
class Credentials:
    username: str
    password: str


class SipProbe:
    """Sends requests from a port of its own to the server at `port`."""

    def __init__(self, port: int) -> None:
        self._server = ("127.0.0.1", port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(5)
        self.port = int(self._socket.getsockname()[1])

    def close(self) -> None:
        self._socket.close()

    def receive(self) -> str:
        """The next request or answer as it came."""
        return self._socket.recv(65536).decode()

    def request(
        self, method: str, sender: str, to: str, credentials: Credentials, *headers: str
    ) -> int:
        """The final status of a request whose From is `sender`, answering one challenge."""
        uri = f"sip:{'' if method == 'REGISTER' else to + '@'}127.0.0.1:{self._server[1]}"
        dialog = uuid.uuid4().hex
        fields = [f"From: <{sender}>;tag={dialog}", f"To: <sip:{to}@127.0.0.1>", *headers]
        answer = self._send(method, uri, dialog, 1, fields)
        if "401 Unauthorized" in answer:
            fields.append(_authorization(method, uri, answer, credentials))
            answer = self._send(method, uri, dialog, 2, fields)
        return int(answer.split()[1])

    def _send(self, method: str, uri: str, dialog: str, number: int, fields: list[str]) -> str:
        body, kind = (SDP, "application/sdp") if method == "INVITE" else ("hi", "text/plain")
        via = f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{dialog}{number}"
        common = [via, f"Call-ID: {dialog}", "Max-Forwards: 70", *fields]
        contact = f"Contact: <sip:probe@127.0.0.1:{self.port}>"
        length = f"Content-Length: {len(body)}"
        lines = [*common, f"CSeq: {number} {method}", contact, f"Content-Type: {kind}", length]
        self._write(f"{method} {uri} SIP/2.0", lines, body)
        while (answer := self.receive()).startswith("SIP/2.0 1"):
            pass
        if method == "INVITE":
            tagged = [line for line in answer.split("\r\n") if line.startswith("To: ")]
            kept = [line for line in common if not line.startswith("To: ")]
            acked = [*kept, *tagged, f"CSeq: {number} ACK", "Content-Length: 0"]
            self._write(f"ACK {uri} SIP/2.0", acked, "")
        return answer

    def _write(self, start: str, lines: list[str], body: str) -> None:
        text = "\r\n".join([start, *lines, "", body])
        self._socket.sendto(text.encode(), self._server)


def _authorization(method: str, uri: str, challenge: str, credentials: Credentials) -> str:
    given = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    user = credentials.username
    secret = _md5(f"{user}:{given['realm']}:{credentials.password}")
    response = _md5(f"{secret}:{given['nonce']}:00000001:c:auth:{_md5(f'{method}:{uri}')}")
    parts = {"username": user, "realm": given["realm"], "nonce": given["nonce"], "uri": uri}
    parts |= {"response": response, "cnonce": "c", "opaque": given.get("opaque", "")}
    quoted = ",".join(f'{name}="{value}"' for name, value in parts.items())
    return f"Authorization: Digest {quoted},algorithm=MD5,qop=auth,nc=00000001"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
