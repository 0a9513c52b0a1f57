"""The lab's commands: ``python -m lab up | down | status`` as `make` runs them, and ``prepare``."""

from __future__ import annotations

import sys

from lab import endings, up

_COMMANDS = {"up": up.up, "down": up.down, "status": up.status, "prepare": up.prepare}


def main(arguments: list[str]) -> int:
    """Run one command; the result is the exit status."""
    if len(arguments) != 1 or arguments[0] not in _COMMANDS:
        print(f"usage: python -m lab {' | '.join(_COMMANDS)}", file=sys.stderr)
        return 2
    return endings.told(_COMMANDS[arguments[0]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
