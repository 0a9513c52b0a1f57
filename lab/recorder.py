"""The media end of a phone: hears RTP into samples that know their time, sends tones and keys."""

from __future__ import annotations

import asyncio
import re
import time
import wave
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from lab import scenario_files
from lab.scenario_world import until
from lab.sipp import Run

WHOLE_MESSAGES = ("-trace_msg", "-message_file", "whole-messages")
"""The options of a SIPp whose session descriptions are to be read."""
RATE_HZ = 8000
PCMU, PCMA, EVENT = 0, 8, 101
PACKET_SAMPLES = RATE_HZ // 50
PACKET_S = PACKET_SAMPLES / RATE_HZ
_HEADER_BYTES = 12
_MOST_DRIFT_SAMPLES = RATE_HZ // 2
"""RTP time that differs more than this from the time of arrival has been started anew."""


def _ulaw(code: int) -> int:
    """ITU-T G.711: the 16 bit sample that a PCMU code stands for."""
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + 132 << (code >> 4 & 7)) - 132
    return -magnitude if code & 0x80 else magnitude


def _alaw(code: int) -> int:
    """ITU-T G.711: the 16 bit sample that a PCMA code stands for."""
    code ^= 0x55
    exponent = code >> 4 & 7
    magnitude = (code & 0x0F) << 4 | 8
    if exponent:
        magnitude = magnitude + 256 << exponent - 1
    return magnitude if code & 0x80 else -magnitude


SAMPLES = {PCMU: [_ulaw(code) for code in range(256)], PCMA: [_alaw(code) for code in range(256)]}
_FOR_PCMA = bytes(
    min(range(256), key=lambda code: abs(SAMPLES[PCMA][code] - sample)) for sample in SAMPLES[PCMU]
)
"""The PCMA code for each PCMU code."""


@dataclass
class Sound:
    """What was heard; the first sample arrived at `start_s`, Unix seconds."""

    start_s: float
    samples: array[int] = field(default_factory=lambda: array("h"))

    @property
    def end_s(self) -> float:
        return self.start_s + len(self.samples) / RATE_HZ

    def between(self, start_s: float, end_s: float) -> Sound:
        """The part from `start_s` to `end_s`, as far as anything was recorded."""
        first = max(0, round((start_s - self.start_s) * RATE_HZ))
        last = max(first, round((end_s - self.start_s) * RATE_HZ))
        return Sound(self.start_s + first / RATE_HZ, self.samples[first:last])

    def write(self, path: Path, since_s: float) -> None:
        """Write a WAV that starts at `since_s`, at or before the first sample."""
        quiet = array("h", [0] * round((self.start_s - since_s) * RATE_HZ))
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes((quiet + self.samples).tobytes())

    def put(self, at: int, decoded: list[int]) -> None:
        """Lay samples at an index; what nobody sent is silence."""
        at = max(at, 0)
        missing = at + len(decoded) - len(self.samples)
        self.samples.extend([0] * max(missing, 0))
        self.samples[at : at + len(decoded)] = array("h", decoded)


class Recorder(asyncio.DatagramProtocol):
    """One phone's RTP port, on loopback. It records from its opening until it is closed."""

    def __init__(self, payload_type: int) -> None:
        self.payload_type = payload_type
        self.sound = Sound(time.time())
        self.heard_types: set[int] = set()
        self.last_packet_s = 0.0
        self.pressed: list[tuple[float, int]] = []
        """The keys, each with the time when it was sent."""
        self._stream: tuple[bytes, int] | None = None
        """Whose RTP time it is (SSRC), and the index that its time 0 would have."""
        self._sequence = 0
        self._tone: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, payload_type: int = PCMU) -> Self:
        loop = asyncio.get_running_loop()
        transport, recorder = await loop.create_datagram_endpoint(
            lambda: cls(payload_type), ("127.0.0.1", 0)
        )
        recorder._transport = transport
        return recorder

    _transport: asyncio.DatagramTransport

    @property
    def port(self) -> int:
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    def close(self) -> None:
        if self._tone:
            self._tone.cancel()
        self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        kind = data[1] & 0x7F
        self.heard_types.add(kind)
        self.last_packet_s = time.time()
        if kind in SAMPLES:
            stamp, source = int.from_bytes(data[4:8], "big"), data[8:12]
            self.sound.put(self._index(stamp, source), [SAMPLES[kind][c] for c in data[12:]])

    def _index(self, stamp: int, source: bytes) -> int:
        """Where a packet's samples belong: by RTP time as long as that goes along with ours."""
        arrived = round((self.last_packet_s - self.sound.start_s) * RATE_HZ)
        if self._stream is not None and self._stream[0] == source:
            index = self._stream[1] + stamp
            if abs(index - arrived) < _MOST_DRIFT_SAMPLES:
                return index
        self._stream = source, arrived - stamp
        return arrived

    def send_tone(self, hertz: int, port: int) -> None:
        """Start to send a tone to Asterisk's `port`; it ends when the recorder is closed."""
        codes = (scenario_files.FOLDER / "media" / f"tone-{hertz}.ul").read_bytes()
        if self.payload_type == PCMA:
            codes = codes.translate(_FOR_PCMA)
        self._tone = asyncio.create_task(self._send_tone(codes, port))

    async def _send_tone(self, codes: bytes, port: int) -> None:
        next_s = time.monotonic()
        at = 0
        while True:
            self._send(port, self.payload_type, at, codes[at % RATE_HZ :][:PACKET_SAMPLES])
            at += PACKET_SAMPLES
            next_s += PACKET_S
            await asyncio.sleep(next_s - time.monotonic())

    def press(self, key: int, port: int) -> None:
        """Send a key by RFC 4733, pressed for 100 ms and already released."""
        end_and_volume = 0x80 | 10
        payload = bytes([key, end_and_volume, *(RATE_HZ // 10).to_bytes(2, "big")])
        self.pressed.append((time.time(), key))
        self._send(port, EVENT, self._sequence * PACKET_SAMPLES, payload)

    def _send(self, port: int, kind: int, stamp: int, payload: bytes) -> None:
        self._sequence += 1
        header = bytes([0x80, kind]) + (self._sequence & 0xFFFF).to_bytes(2, "big")
        header += stamp.to_bytes(4, "big") + self.port.to_bytes(4, "big")
        self._transport.sendto(header + payload, ("127.0.0.1", port))


async def media_port(run: Run, patience_s: float = 20.0) -> int:
    """Where Asterisk listens for a phone that was started with `WHOLE_MESSAGES`."""

    async def said() -> int | None:
        match = re.search(r"(?m)^m=audio (\d+) ", "".join(descriptions(run)[:1]))
        return int(match[1]) if match else None

    return await until(said, patience_s, "Asterisk did not say where it listens")


def descriptions(run: Run) -> list[str]:
    """The messages with a session description that such a phone has received so far."""
    path = run.messages.with_name(WHOLE_MESSAGES[-1])
    if not path.exists():
        return []
    messages = path.read_text(errors="replace").split("----------")
    return [text for text in messages if "message received" in text and "\nm=audio " in text]


def bound_ports(among: range) -> set[int]:
    """Those UDP ports of loopback in `among` that somebody listens on."""
    rows = Path("/proc/net/udp").read_text().splitlines()[1:]
    addresses = (row.split()[1].split(":") for row in rows)
    return {int(port, 16) for host, port in addresses if host == "0100007F"} & set(among)
