"""docs/faults/README.md, from the raw results beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tabulate import tabulate

from faults import campaign, kinds

_HEAD = """\
# Faults

Written by `make faults` from the raw results beside it. Calls are placed on a real Asterisk, Redis
and service, so that each is in the phase named when the fault strikes; when it is over, another
call must go well, and then the invariants of [faults/invariants.py](../../faults/invariants.py) are
checked against the books, Asterisk, and what the telephones saw.

A run is one call that was in progress while the fault lasted; where the service is killed with the
reply to a debit on its way, one debit of which that is so. What is stopped, closed or cut off stays
so for the outage; what is killed is started again at once. The recovery time is the longest that a
settlement or a debit was late, counted from the end of the fault; up to a second is its usual
course. `make faults KINDS="Redis killed" SEED=4` repeats a kind.

Far more calls, in simulated worlds: [simulation.md](simulation.md).

"""


def write(folder: Path) -> None:
    """Write the table of everything that is kept in `folder`."""
    records = campaign.kept(folder, [kind.name for kind in kinds.ALL])
    rows = [_row(record) for record in records]
    names = ("fault", "runs", "rounds", "violations", "worst recovery, s", "outage, s", "seed")
    table = tabulate(rows, headers=names, tablefmt="github", disable_numparse=True)
    machines = {_machine(record["machine"]) for record in records}
    text = f"{_HEAD}{table}\n\nMachine: {'; '.join(sorted(machines))}.\n"
    (folder / "README.md").write_text(text, encoding="utf-8")


def _row(record: dict[str, Any]) -> list[str]:
    played = record["rounds"]
    return [
        record["kind"],
        str(sum(one["runs"] for one in played)),
        str(len(played)),
        str(sum(len(one["violations"]) for one in played)),
        f"{max(one['recovery_s'] for one in played):.1f}",
        f"{record['outage_s']:g}",
        str(record["seed"]),
    ]


def _machine(found: dict[str, Any]) -> str:
    return f"{found['cpu']}, {found['cores']} cores, {found['memory_gb']} GB, {found['system']}"
