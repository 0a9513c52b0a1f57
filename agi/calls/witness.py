"""The audit's second witness: what Asterisk wrote down of conversations, held against the CDRs.

Redis that has lost what it acknowledged (a disk that broke, a copy that was put back) may leave
books that agree with themselves; Asterisk's own record then tells what is missing in them.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from agi.charging import cdrs
from agi.charging.audit import Difference
from agi.charging.calls import CallBook
from agi.store.redis import Store
from agi.telephony import cel

_SLACK_MS = 2_000
"""An event may tell of an end a moment earlier or later than the record does."""


async def run(store: Store, record: Path) -> list[Difference]:
    """The conversations in `record` that the books do not have, or have shorter than they were."""
    talked = await asyncio.to_thread(cel.conversations, record)
    live = {call.call_id for call in await CallBook(store).live()}
    known = {cdr.call_id: cdr for cdr in await cdrs.find(store)}
    found = []
    for call_id, talk_ms in talked.items():
        cdr = known.get(call_id)
        talk_s = talk_ms / 1000
        if cdr is None and call_id not in live:
            found.append(Difference(call_id, f"Asterisk saw {talk_s:.1f} s of talk, no CDR does"))
        elif cdr is not None and cdr.talk_ms < talk_ms - _SLACK_MS:
            told_s = cdr.talk_ms / 1000
            found.append(
                Difference(call_id, f"Asterisk saw {talk_s:.1f} s of talk, the CDR {told_s:.1f} s")
            )
    return found
