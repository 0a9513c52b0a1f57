"""Call detail records: written when a call is settled, found here."""

from __future__ import annotations

import json
from dataclasses import asdict

from agi.domain.cdr import Cdr
from agi.domain.dispositions import Disposition
from agi.domain.terms import Terms
from agi.store import keys
from agi.store.redis import Store


def to_json(cdr: Cdr) -> str:
    return json.dumps(asdict(cdr))


def from_json(text: str) -> Cdr:
    values = json.loads(text)
    words = {
        "disposition": Disposition(values["disposition"]),
        "terms": Terms(values.get("terms", Terms.ASKED)),
    }
    return Cdr(**values | words)


async def find(
    store: Store,
    *,
    calling: str | None = None,
    called: str | None = None,
    call_id: str | None = None,
    payer: str | None = None,
) -> list[Cdr]:
    """The CDRs that fit every condition given, oldest first by the start of the attempt.

    A CDR lies with the payer, so a search by it reads one list; every other search reads them all.
    """
    owners = {payer} if payer else set(map(str, await store.client.smembers(keys.OWNERS)))
    pipe = store.client.pipeline(transaction=False)
    for owner in sorted(owners):
        pipe.lrange(keys.cdrs(owner), 0, -1)
    found = [from_json(row) for rows in await pipe.execute() for row in rows]
    wanted = {"calling": calling, "called": called, "call_id": call_id}
    fits = [
        cdr
        for cdr in found
        if all(value is None or getattr(cdr, name) == value for name, value in wanted.items())
    ]
    return sorted(fits, key=lambda cdr: (cdr.started_at_ms, cdr.call_id))
