"""Many worlds, over several processes, each process with a Redis of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from simulation import world
from simulation.redis_server import redis_server
from simulation.world import Result

CALLS_A_WORLD = 500


@dataclass
class Sum:
    """What all worlds had together."""

    worlds: int = 0
    calls: int = 0
    talked: int = 0
    debits: int = 0
    violated: list[Result] = field(default_factory=list)

    def add(self, result: Result) -> None:
        """Count one world in."""
        self.worlds += 1
        self.calls += result.calls
        self.talked += result.talked
        self.debits += result.debits
        if result.violations:
            self.violated.append(result)


def simulate(calls: int, seed: str, processes: int, on_world: Callable[[Result, Sum], None]) -> Sum:
    """Worlds enough for `calls`; `on_world` hears of each as it ends."""
    total = Sum()
    for result in _results(calls, seed, processes):
        total.add(result)
        on_world(result, total)
    return total


def _results(calls: int, seed: str, processes: int) -> Iterator[Result]:
    worlds = range(-(-calls // CALLS_A_WORLD))
    shares = [[f"{seed}/{n}" for n in worlds[i : i + _SHARE]] for i in worlds[::_SHARE]]
    if processes == 1:
        for share in shares:
            yield from _live(share)
        return
    with ProcessPoolExecutor(processes) as pool:
        for results in pool.map(_live, shares):
            yield from results


_SHARE = 10
"""How many worlds one Redis serves after another."""


def _live(seeds: list[str]) -> list[Result]:
    # Services complain of faults, as they should; nobody wants to read it a million times.
    logging.disable(logging.CRITICAL)
    try:
        with redis_server() as redis:
            return [world.run(seed, CALLS_A_WORLD, redis) for seed in seeds]
    finally:
        logging.disable(logging.NOTSET)


def told(result: Result) -> str:
    """What was violated in a world, with the stories, and how to live through it again."""
    lines = [f"world {result.seed}: {len(result.violations)} violations; faults:"]
    lines += [f"    {fault}" for fault in result.faults]
    for violation, story in result.violations:
        lines.append(f"  {violation.rule}, {violation.about}: {violation.what}")
        lines += [f"      {line}" for line in story]
    lines.append(f"  again: python -m simulation --world {result.seed}")
    return "\n".join(lines)
