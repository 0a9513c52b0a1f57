"""``make linphone``: calls between real Linphones, and what they need.

A linphonec (Linphone without windows) of the system is used; where there is none Debian's comes
into a private root (`lab.aptroot`), as Asterisk does, and is found there by `make test` too.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import suppress

from lab import aptroot
from lab.bootstrap import REPOSITORY
from lab.steps import SetupError, fail, step

_PACKAGES = ("linphone-cli",)
_SUITE = "trixie"  # the suite that Asterisk comes from has no linphone-cli
_TESTS = "tests/call/test_linphone.py"


def command() -> tuple[str, ...] | None:
    """The start of a command line that runs linphonec; None where it has not been installed."""
    found = shutil.which("linphonec")
    if found:
        return (found,)
    with suppress(SetupError):  # not a Debian: then it has no private root either
        root = aptroot.current(_PACKAGES, suite=_SUITE)
        return root.command("usr/bin/linphonec") if root else None
    return None


def main() -> int:
    """Provide linphonec and run its tests; the result is the exit status."""
    if command() is None:
        try:
            with step("linphonec into a private root (the system has none to use)"):
                aptroot.provide(_PACKAGES, suite=_SUITE)
        except SetupError as error:
            return fail(
                SetupError(f"{error}\nA linphonec on the PATH (linphone-cli) would do too.")
            )
    tests = [sys.executable, "-m", "pytest", "-v", _TESTS]
    return subprocess.run(tests, cwd=REPOSITORY, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
