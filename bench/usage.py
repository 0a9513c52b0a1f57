"""What the processes of a lab hold and have used."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from lab.instance import Instance
from lab.scenario_world import World


@dataclass(frozen=True)
class Usage:
    """By the names of the programs, at one moment."""

    descriptors: dict[str, int]
    memory_kb: dict[str, int]
    """Resident memory."""
    cpu_s: dict[str, float]
    """User and system time since the start of the process."""
    redis_clients: int


async def usage_of(instance: Instance, world: World) -> Usage:
    """Read it of a running lab. Raises OSError where a process has just ended."""
    # First, as it may open the connection that it comes by.
    clients = await world.store.client.info("clients")
    descriptors, memory_kb, cpu_s = {}, {}, {}
    for name, row in instance.processes().items():
        process = Path("/proc", str(row["pid"]))
        descriptors[name] = len(list((process / "fd").iterdir()))
        memory_kb[name] = _resident_kb((process / "status").read_text())
        after_name = (process / "stat").read_text().rpartition(")")[2].split()
        ticks = int(after_name[11]) + int(after_name[12])
        cpu_s[name] = ticks / os.sysconf("SC_CLK_TCK")
    return Usage(descriptors, memory_kb, cpu_s, int(clients["connected_clients"]))


def _resident_kb(status: str) -> int:
    found = re.search(r"VmRSS:\s*(\d+) kB", status)
    return int(found[1]) if found else 0  # a process that is just ending has none
