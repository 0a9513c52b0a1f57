"""A short, seeded part of `make faults` and `make soak`, and what the campaign is made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from faults import kinds, plans, report
from faults.campaign import keep
from faults.campaign import run as play
from faults.site import site_at
from faults.soak import POOR, soak
from faults.sorts import spread_over

SEED = 4
RUNS = 10
CALLS = 15
SHORT = ("service killed between key and bridge", "Redis killed")


@pytest.mark.call
@pytest.mark.slow
async def test_a_short_campaign(tmp_path: Path) -> None:
    async with site_at(tmp_path / "lab", outage_s=2.0) as site:
        for name in SHORT:
            (kind,) = kinds.named(name)
            record = await play(site, replace(kind, calls=CALLS), RUNS, SEED)
            found = [line for one in record["rounds"] for line in one["violations"]]
            assert not found, f"again: make faults KINDS='{name}' RUNS=50 SEED={SEED}"
        short = replace(POOR, calls=CALLS, phase=spread_over(3.0))
        seen = await soak(site, minutes=0, seed=str(SEED), kinds=[short])
        assert not seen.violations, f"again: make soak MINUTES=5 SEED={SEED}"
        assert await site.collectcall("audit") == [], "with Asterisk's live channels"


def test_every_kind_has_a_name_of_its_own() -> None:
    names = [kind.name for kind in kinds.ALL]
    assert len(set(names)) == len(names)
    assert kinds.named("") == list(kinds.ALL)
    assert [kind.name for kind in kinds.named("Redis slow, port closed")] == [
        "AGI port closed",
        "Redis slow",
    ]


@pytest.mark.parametrize("phase", [plans.before_dial, plans.in_the_prompt, plans.at_a_debit])
def test_one_fault_strikes_every_call_in_its_phase(phase: plans.Phase) -> None:
    planned = [plans.ordinary(Random(n)) for n in range(20)]
    aimed, strike_s = plans.aimed(planned, phase, Random(SEED))
    assert min(plan.start_s for plan in aimed) == 0.0
    assert all(0.0 <= strike_s - p.start_s <= p.bridged_s + p.talk_s + 0.1 for p in aimed)


def test_the_same_seed_makes_the_same_calls() -> None:
    assert plans.ordinary(Random("4/x/0")) == plans.ordinary(Random("4/x/0"))


def test_the_table_is_written_from_what_is_kept(tmp_path: Path) -> None:
    round_ = {"runs": 30, "violations": ["M3"], "recovery_s": 1.25}
    machine = {"cpu": "X", "cores": 2, "memory_gb": 4, "system": "Linux"}
    record = {"kind": "Redis killed", "seed": 4, "machine": machine, "outage_s": 30.0}
    keep(tmp_path, record | {"rounds": [round_, round_ | {"violations": [], "recovery_s": 9.0}]})
    report.write(tmp_path)
    lines = (tmp_path / "README.md").read_text(encoding="utf-8").splitlines()
    (row,) = [line for line in lines if "Redis killed" in line and line.startswith("|")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells == ["Redis killed", "60", "2", "1", "9.0", "30", "4"]
