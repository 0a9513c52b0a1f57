"""As much SIP as a telephone needs: messages in and out, and digest (RFC 2617, MD5)."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

_PARAMETER = re.compile(r'(\w+)="?([^",]*)"?')
_USER = re.compile(r"sip:([^@>]+)@")
_MEDIA = re.compile(r"m=audio (\d+)")


@dataclass(frozen=True)
class Message:
    """One request or response; names of `headers` are in lower case, repeated ones are a list."""

    first: str
    headers: dict[str, list[str]]
    body: str

    @property
    def method(self) -> str:
        """The request's, or that of the request which is answered."""
        return self["cseq"].split()[1]

    @property
    def status(self) -> int | None:
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0") else None

    @property
    def contact(self) -> str:
        """Where further requests of the dialog go."""
        return self["contact"].strip("<>").split(">")[0]

    @property
    def caller(self) -> str:
        """The user part of From."""
        found = _USER.search(self["from"])
        return found[1] if found else ""

    @property
    def media_port(self) -> int:
        found = _MEDIA.search(self.body)
        return int(found[1]) if found else 0

    def __getitem__(self, name: str) -> str:
        return self.headers.get(name, [""])[0]


def parse(data: bytes) -> Message:
    """The message in a datagram."""
    head, _, body = data.decode(errors="replace").partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), []).append(value.strip())
    return Message(first, headers, body)


def build(first: str, headers: list[tuple[str, str]], body: str = "") -> bytes:
    """A datagram; the length, and the type of a body, are added."""
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    lines += ["Content-Type: application/sdp"] if body else []
    lines += [f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines).encode()


def answer(request: Message, status: str, tag: str, contact: str, body: str = "") -> bytes:
    """A response with the request's Via, From, To, Call-ID and CSeq."""
    to = request["to"] if ";tag=" in request["to"] else f"{request['to']};tag={tag}"
    headers = [("Via", via) for via in request.headers["via"]]
    headers += [("Record-Route", route) for route in request.headers.get("record-route", [])]
    headers += [("From", request["from"]), ("To", to), ("Call-ID", request["call-id"])]
    headers += [("CSeq", request["cseq"]), ("Contact", f"<{contact}>")]
    return build(f"SIP/2.0 {status}", headers, body)


def authorization(challenge: str, method: str, uri: str, user: str, password: str) -> str:
    """The Authorization header that answers a challenge with ``qop="auth"``."""
    asked = dict(_PARAMETER.findall(challenge))
    once = secrets.token_hex(8)
    secret = _md5(f"{user}:{asked['realm']}:{password}")
    proof = _md5(f"{secret}:{asked['nonce']}:00000001:{once}:auth:{_md5(f'{method}:{uri}')}")
    fields = {"username": user, "realm": asked["realm"], "nonce": asked["nonce"], "uri": uri}
    fields |= {"response": proof, "cnonce": once, "opaque": asked.get("opaque", "")}
    quoted = ", ".join(f'{name}="{value}"' for name, value in fields.items())
    return f"Digest {quoted}, qop=auth, nc=00000001, algorithm=MD5"


def offer(host: str, media_port: int) -> str:
    """SDP: PCMU and keys."""
    return (
        f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio {media_port} RTP/AVP 0 101\r\n"
        "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
    )


def key_packet(key: str, sequence: int) -> bytes:
    """One RFC 4733 packet: this key was pressed for 0.1 s and is released."""
    header = bytes([0x80, 0x80 | 101]) + sequence.to_bytes(2, "big") + bytes(4) + b"key!"
    return header + bytes([int(key), 0x80 | 10]) + (800).to_bytes(2, "big")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324  it is what SIP asks for
