"""A campaign: rounds of each kind until there were enough runs; raw results in JSON."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from faults import load
from faults import round as rounds
from faults.kinds import LOAD, Kind
from faults.site import Site


def machine() -> dict[str, str | int]:
    """What the campaign ran on."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    return {
        "cpu": model[1] if model else platform.machine(),
        "cores": os.cpu_count() or 0,
        "memory_gb": round(int(memory[1]) / 1024 / 1024) if memory else 0,
        "system": platform.platform(),
    }


def file_of(folder: Path, name: str) -> Path:
    """Where the raw results of a kind are kept."""
    return folder / f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.json"


async def run(site: Site, kind: Kind, runs: int, seed: int) -> dict[str, Any]:
    """Play rounds of `kind` until `runs` calls were exposed to it; what is kept of them."""
    play = load.play if kind is LOAD else rounds.play
    results: list[rounds.Result] = []
    while sum(result.runs for result in results) < runs:
        result = await play(site, kind, f"{seed}/{kind.name}/{len(results)}")
        results.append(result)
        print(f"    {result.runs} runs, {result.outcomes}, {result.recovery_s} s", flush=True)
        for line in result.violations:
            print(f"    ! {line}", flush=True)
    return {
        "kind": kind.name,
        "seed": seed,
        "machine": machine(),
        "outage_s": site.outage_s,
        "rounds": [asdict(result) for result in results],
    }


def keep(folder: Path, record: dict[str, Any]) -> None:
    """Write the raw results of one kind."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(record, indent=1, ensure_ascii=False)
    file_of(folder, record["kind"]).write_text(text + "\n", encoding="utf-8")


def kept(folder: Path, names: Iterable[str]) -> list[dict[str, Any]]:
    """The raw results of those kinds that there are any of, in that order."""
    files = [file_of(folder, name) for name in names]
    return [json.loads(file.read_text(encoding="utf-8")) for file in files if file.exists()]
