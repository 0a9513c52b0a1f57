"""Makes the sound and the keys that the phones of the scenarios send (`python make.py`).

``tone-<hertz>.ul`` is one second of a tone in PCMU, ``.al`` the same in PCMA, to be sent in a loop.
``key-<key>.event`` is one RFC 4733 packet that says "this key was pressed and is released", padded
to the 50 bytes that SIPp sends as one packet of iLBC: so a key goes out on the phone's own media
socket, and SIPp needs no raw socket and no root, as its play_pcap_audio would.
"""

import math
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
RATE_HZ = 8000
PACKET_BYTES = 50


def ulaw(sample: int) -> int:
    """One 16 bit sample as PCMU (ITU-T G.711)."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 132
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | magnitude >> exponent + 3 & 0x0F) & 0xFF


def alaw(sample: int) -> int:
    """One 16 bit sample as PCMA (ITU-T G.711)."""
    sign = 0 if sample < 0 else 0x80
    magnitude = min(abs(sample), 32767) >> 4
    exponent = max(magnitude.bit_length() - 4, 0)
    mantissa = magnitude >> max(exponent - 1, 0) & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55


def tone(hertz: int, law: Callable[[int], int]) -> bytes:
    step = 2 * math.pi * hertz / RATE_HZ
    return bytes(law(int(8000 * math.sin(step * n))) for n in range(RATE_HZ))


def key(event: int) -> bytes:
    end_and_volume = 0x80 | 10
    duration = RATE_HZ // 10
    return bytes([event, end_and_volume, *duration.to_bytes(2, "big")]).ljust(PACKET_BYTES, b"\0")


for hertz in (440, 880):
    (HERE / f"tone-{hertz}.ul").write_bytes(tone(hertz, ulaw))
    (HERE / f"tone-{hertz}.al").write_bytes(tone(hertz, alaw))
for event, name in enumerate((*"0123456789", "star", "hash")):
    (HERE / f"key-{name}.event").write_bytes(key(event))
