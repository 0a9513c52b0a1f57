"""How a command of the lab ends where something is wrong: in a sentence, not a traceback."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

from redis.exceptions import RedisError

from agi.domain.errors import CollectError
from agi.settings import SettingsError
from lab.steps import SetupError, fail

_INTERRUPTED = 130
"""What a shell says of a program that Ctrl-C has ended."""


def told(command: Callable[[], int | None]) -> int:
    """Run `command`; what went wrong is told on stderr. The result is the exit status.

    SIGTERM does what Ctrl-C does: what the command has started is stopped.
    """
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return command() or 0
    except (SetupError, SettingsError, CollectError) as error:
        return fail(error)
    except RedisError as error:
        return fail(
            SetupError(
                f"the lab's Redis did not answer ({error}). `make status` tells how the lab is; "
                "where all is well the machine has too much to do just now: try again."
            )
        )
    except TimeoutError as error:
        return fail(error)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return fail(
            SetupError(
                f"{place}{error.strerror or error}. Mend that; another folder for the lab is "
                "named by COLLECTCALL_HOME."
            )
        )
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return _INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, before)
