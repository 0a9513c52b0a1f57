"""``python -m faults.soak``: all sorts of calls for a long time; nothing may fail, nor grow.

There is no fault: rounds of calls alternate between payers with much money and payers whose money
runs out. After each the invariants are checked, and what the processes hold is noted.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import click
from tabulate import tabulate

from bench.usage import Usage, usage_of
from faults import round as rounds
from faults.kinds import Kind
from faults.site import Site, site_at
from faults.sorts import any_sort, spread_over
from lab import endings

CALLS = 80
SPREAD_S = 20.0
RICH = Kind(
    "all sorts of calls", spread_over(SPREAD_S), plan=any_sort, calls=CALLS, payers=20, lasts=True
)
POOR = Kind(
    "calls until the money ends",
    spread_over(SPREAD_S),
    plan=any_sort,
    calls=CALLS,
    payers=20,
    balance="9.50",
    lasts=True,
)
MOST_GROWTH = 0.1
"""How much more memory a process may hold in the last quarter of the rounds than in the second."""
MOST_OPENED = 20
"""How many more file descriptors: connections to Redis stay open, in a pool of limited size."""
KEPT = frozenset({"redis"})
"""Programs that are there to keep what was: the books grow with the calls."""


@dataclass
class Soak:
    """What was seen so far."""

    outcomes: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)
    """After each round."""

    @property
    def calls(self) -> int:
        return self.outcomes.total()

    def memory(self, program: str, quarter: int) -> list[int]:
        """Kilobytes that a program held after each round of one quarter, 0 to 3."""
        rounds_a_quarter = max(1, len(self.usages) // 4)
        at = min(quarter * rounds_a_quarter, len(self.usages) - 1)
        until = at + rounds_a_quarter if quarter < 3 else len(self.usages)  # noqa: PLR2004
        return [usage.memory_kb[program] for usage in self.usages[at:until]]

    def grown(self) -> list[str]:
        """Programs that hold more and more, by memory or by file descriptors."""
        found = []
        first, last = self.usages[0], self.usages[-1]
        for program in sorted(set(first.memory_kb) - KEPT):
            before, after = (median(self.memory(program, quarter)) for quarter in (1, 3))
            if after > before * (1 + MOST_GROWTH):
                found.append(
                    f"{program}: {before:.0f} kB in the second quarter, {after:.0f} at last"
                )
            opened = last.descriptors[program] - first.descriptors[program]
            if opened > MOST_OPENED:
                found.append(
                    f"{program}: {opened} more file descriptors than after the first round"
                )
        return found


async def soak(site: Site, minutes: float, seed: str, kinds: Sequence[Kind] = (RICH, POOR)) -> Soak:
    """Play a round of each of `kinds` in turn until the minutes are over, one at the least.

    The same seed makes the same calls.
    """
    seen = Soak()
    deadline = time.monotonic() + minutes * 60
    while not seen.usages or time.monotonic() < deadline:
        number = len(seen.usages)
        result = await rounds.play(site, kinds[number % len(kinds)], f"{seed}/{number}")
        seen.outcomes.update(result.outcomes)
        seen.violations += result.violations
        seen.usages.append(await usage_of(site.instance, site.world))
        print(f"    {result.outcomes} {seen.usages[-1].memory_kb}", flush=True)
        for line in result.violations:
            print(f"    ! {line}", flush=True)
    return seen


def told(seen: Soak) -> str:
    """A table for people: what each program held, quarter by quarter of the rounds."""
    programs = sorted(seen.usages[0].memory_kb)
    rows = [
        [
            program,
            *(_span(seen.memory(program, quarter)) for quarter in range(4)),
            f"{seen.usages[0].descriptors[program]} / {seen.usages[-1].descriptors[program]}",
        ]
        for program in programs
    ]
    quarters = [f"MB, quarter {n}" for n in range(1, 5)]
    names = ("program", *quarters, "descriptors, first / last")
    return tabulate(rows, headers=names, tablefmt="github", disable_numparse=True)


def _span(kilobytes: list[int]) -> str:
    """The median, and from where to where."""
    low, middle, high = (
        f"{value / 1024:.1f}" for value in (min(kilobytes), median(kilobytes), max(kilobytes))
    )
    return f"{middle} ({low}-{high})"


@click.command()
@click.option("--minutes", default=30.0, show_default=True)
@click.option("--seed", default="1", show_default=True)
def main(minutes: float, seed: str) -> None:
    """Keep a lab of its own busy; the exit status is 1 when anything failed or grew."""
    sys.exit(asyncio.run(_soak(minutes, seed)))


async def _soak(minutes: float, seed: str) -> int:
    home = Path(tempfile.mkdtemp(prefix="collectcall-soak-"))
    print(f"Seed {seed}; the lab and its logs are in {home}.", flush=True)
    async with site_at(home, outage_s=0.0, settings={}) as site:
        seen = await soak(site, minutes, seed)
    wrong = [*seen.violations, *seen.grown()]
    outcomes = ", ".join(f"{name} {count}" for name, count in sorted(seen.outcomes.items()))
    print(f"{seen.calls} calls in {len(seen.usages)} rounds: {outcomes}.", told(seen), sep="\n\n")
    print("", *wrong or ["No invariant was broken, and nothing grew."], sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(endings.told(main))
