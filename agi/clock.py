"""The time, handed to whoever needs it, so that a test can bring its own."""

from __future__ import annotations

import time


class Clock:
    """This machine's two clocks, in milliseconds."""

    def wall_ms(self) -> int:
        """Milliseconds of the Unix epoch: for records, and for what must survive a restart."""
        return time.time_ns() // 1_000_000

    def mono_ms(self) -> int:
        """Milliseconds since some moment in the past; it never steps, so durations are taken of it.

        On Linux it is CLOCK_MONOTONIC: the same for every process of a machine, until a reboot.
        """
        return time.monotonic_ns() // 1_000_000

    def next_mono_ms(self) -> int:
        """The same, rounded up: for a beginning, of which no unit is to be counted too early."""
        return -(-time.monotonic_ns() // 1_000_000)
