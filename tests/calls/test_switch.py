"""What calls ask of Asterisk, and how its answers are read."""

from __future__ import annotations

from typing import cast

import pytest

from agi.telephony.ami import Ami, AmiError, LiveChannel
from agi.telephony.switch import Switch, SwitchError

CHANNEL, CALL = "PJSIP/9110000002-00000002", "cc-1700000000.1"


class OneChannel:
    """An Asterisk with one channel, or none."""

    def __init__(self, found: LiveChannel | AmiError | None) -> None:
        self.found = found
        self.asked: list[tuple[str, object]] = []

    async def find_channel(self, channel: str) -> LiveChannel | None:
        if isinstance(self.found, AmiError):
            raise self.found
        return self.found

    async def hangup(self, channel: str, cause: int) -> None:
        self.asked.append((channel, cause))

    async def set_limit(self, channel: str, seconds: float) -> None:
        self.asked.append((channel, seconds))


def switch(asterisk: OneChannel) -> Switch:
    return Switch(cast("Ami", asterisk))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, None),
        (LiveChannel(CHANNEL, CALL, None), False),
        (LiveChannel(CHANNEL, CALL, "82f7"), True),
        # Asterisk was restarted: the name is the same, the call is another one.
        (LiveChannel(CHANNEL, "cc-1700000999.1", "82f7"), None),
    ],
)
async def test_whether_a_channel_of_a_call_is_bridged(
    found: LiveChannel | None, expected: bool | None
) -> None:
    asterisk = OneChannel(found)
    assert await switch(asterisk).in_bridge(CHANNEL, CALL) is expected
    await switch(asterisk).hang_up(CHANNEL, CALL)
    assert asterisk.asked == ([] if expected is None else [(CHANNEL, 16)])


@pytest.mark.parametrize(("left_ms", "seconds"), [(61_500, 61.5), (100, 0.1), (0, 0.1), (-9, 0.1)])
async def test_a_limit_is_never_one_that_asterisk_takes_for_none(
    left_ms: int, seconds: float
) -> None:
    asterisk = OneChannel(None)
    await switch(asterisk).move_limit(CHANNEL, left_ms)
    assert asterisk.asked == [(CHANNEL, seconds)]


async def test_an_asterisk_out_of_reach_is_an_error_and_no_answer() -> None:
    with pytest.raises(SwitchError, match="gone"):
        await switch(OneChannel(AmiError("gone"))).in_bridge(CHANNEL, CALL)
