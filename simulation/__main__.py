"""Simulated calls: ``python -m simulation [--calls 1000000] [--seed S] [--processes 2]``.

``--world S/N`` lives through one world again, and shows what the services logged.
"""

from __future__ import annotations

import logging
import sys
import time

import click

from lab import endings
from simulation import run, world
from simulation.redis_server import redis_server
from simulation.world import Result

_AT_LEAST_ONE = click.IntRange(min=1)
_TOLD_EVERY = 20


@click.command()
@click.option("--calls", type=_AT_LEAST_ONE, default=1_000_000, show_default=True)
@click.option("--seed", default="1", show_default=True)
@click.option("--processes", type=_AT_LEAST_ONE, default=2, show_default=True)
@click.option("--world", "one", help="live through this world alone, e.g. 1/17")
def main(calls: int, seed: str, processes: int, one: str | None) -> None:
    """Simulate calls, and say which invariants were violated; exits 1 where there were any."""
    if one is not None:
        logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
        with redis_server() as redis:
            result = world.run(one, run.CALLS_A_WORLD, redis)
        click.echo(run.told(result))
        click.echo(f"  {result.calls} calls, {result.talked} talked; digest {result.digest}")
        sys.exit(bool(result.violations))
    began_s = time.monotonic()

    def tell(result: Result, total: run.Sum) -> None:
        if result.violations:
            click.echo(run.told(result))
        if total.worlds % _TOLD_EVERY == 0:
            click.echo(_line(total, time.monotonic() - began_s))

    total = run.simulate(calls, seed, processes, tell)
    click.echo(_line(total, time.monotonic() - began_s))
    sys.exit(bool(total.violated))


def _line(total: run.Sum, took_s: float) -> str:
    violations = sum(len(result.violations) for result in total.violated)
    return (
        f"{total.calls} calls in {total.worlds} worlds, {total.talked} talked, "
        f"{total.debits} units debited, {violations} violations; {took_s:.0f} s"
    )


if __name__ == "__main__":
    sys.exit(endings.told(main))
