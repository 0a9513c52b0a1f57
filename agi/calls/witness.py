"""The audit's other witness is Asterisk: what it wrote down of conversations, and its channels.

Redis that has lost what it acknowledged (a disk that broke, a copy that was put back) may leave
books that agree with themselves; Asterisk's own record then tells what is missing in them, and its
channels tell of calls that go on without books, or in books alone.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from agi.charging import cdrs
from agi.charging.audit import Difference
from agi.charging.calls import CallBook
from agi.domain.call import Phase
from agi.store.redis import Store
from agi.telephony import cel
from agi.telephony.ami import Ami

_SLACK_MS = 2_000
"""An event may tell of an end a moment earlier or later than the record does."""
_ON_ITS_WAY_S = 4.0
"""How long a beginning or an end that Asterisk knows of may take to be in the books."""


async def channels(store: Store, ami: Ami) -> list[Difference]:
    """How the live calls of the books differ from Asterisk's channels, now and a moment later.

    Raises AmiError where Asterisk can't be asked.
    """
    found = await _channels(store, ami)
    if found:
        await asyncio.sleep(_ON_ITS_WAY_S)
        still = set(await _channels(store, ami))
        found = [difference for difference in found if difference in still]
    return found


async def _channels(store: Store, ami: Ami) -> list[Difference]:
    calls = {call.call_id: call for call in await CallBook(store).live()}
    live = await ami.live_channels()
    there = {(leg.channel, leg.linkedid) for leg in live}
    found = [
        Difference(call.call_id, f"{call.phase} in the books, and not in Asterisk any more")
        for call in calls.values()
        if call.phase in (Phase.GRANTED, Phase.TALKING)
        and (call.calling_channel, call.call_id) not in there
    ]
    for leg in live:
        call = calls.get(leg.linkedid)
        if leg.bridge_id and (call is None or call.consent_at_ms is None):
            what = f"{leg.channel} is in a bridge, and no live call with a consent is stored"
            found.append(Difference(leg.linkedid, what))
    return found


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
