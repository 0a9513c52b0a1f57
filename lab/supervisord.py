"""supervisord, looking at its children five times a second instead of once.

It starts a child again in the second pass after its death, and a pass lasts as long as its poll: as
shipped a dead service would be away for a second before Python even starts.
"""

from __future__ import annotations

from typing import Any

from supervisor import poller, supervisord

_LONGEST_POLL_S = 0.2


class _QuickPoller(poller.Poller):  # type: ignore[misc]  # supervisor has no types
    def poll(self, timeout: float) -> Any:
        return super().poll(min(timeout, _LONGEST_POLL_S))


if __name__ == "__main__":
    poller.Poller = _QuickPoller
    supervisord.main()
