"""``python -m faults``: play kinds of faults, and write docs/faults."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import click

from faults import campaign, kinds, report
from faults.site import site_at
from lab import endings
from lab.steps import SetupError

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "faults"


@click.command()
@click.option(
    "--runs",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    help="Calls exposed to each kind.",
)
@click.option("--seed", default=4, show_default=True)
@click.option("--kinds", "words", default="", help="Words of kinds' names, commas between; all.")
@click.option("--outage", default=30.0, show_default=True, help="Seconds that a part is stopped.")
@click.option("--out", default=FOLDER, type=click.Path(path_type=Path), help="Where to write.")
def main(runs: int, seed: int, words: str, outage: float, out: Path) -> None:
    """Break the lab again and again; the exit status is 1 when an invariant was broken."""
    wanted = kinds.named(words)
    if not wanted:
        names = "\n    ".join(kind.name for kind in kinds.ALL)
        raise SetupError(f"no kind's name holds one of {words!r}; there are\n    {names}")
    sys.exit(asyncio.run(_play(wanted, runs, seed, outage, out)))


async def _play(wanted: list[kinds.Kind], runs: int, seed: int, outage: float, out: Path) -> int:
    violations = 0
    home = Path(tempfile.mkdtemp(prefix="collectcall-faults-"))
    print(f"Seed {seed}; the lab and its logs are in {home}.")
    async with site_at(home, outage) as site:
        for kind in wanted:
            print(f"{kind.name}:", flush=True)
            record = await campaign.run(site, kind, runs, seed)
            violations += sum(len(one["violations"]) for one in record["rounds"])
            campaign.keep(out, record)
            report.write(out)
    print(f"{violations} violations; the table is in {out}/README.md.")
    return int(violations > 0)


if __name__ == "__main__":
    sys.exit(endings.told(main))
