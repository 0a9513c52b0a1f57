"""From nothing to a virtual environment and the programs: run as ``python3 -m lab.bootstrap``.

Standard library only, run by the system's Python; done again it does only what is missing. Python
and pip come first, then Asterisk, Redis and SIPp, in `lab.tools`' order of preference.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from lab import aptroot, locks, tools
from lab.steps import SetupError, fail, note, step

REPOSITORY = Path(__file__).resolve().parent.parent
VENV = REPOSITORY / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = "requirements.lock"
TEST_LOCK = "requirements-test.lock"  # holds the other one's packages too


def main(arguments: list[str]) -> int:
    """Set everything up; ``--test`` adds what ``make test`` and ``make lint`` need."""
    os.chdir(REPOSITORY)
    try:
        with locks.held(_lock_file(), "another `make` of this checkout"):
            _environment(TEST_LOCK if "--test" in arguments else LOCK)
        _programs()
    except SetupError as error:
        return fail(error)
    except OSError as error:
        return fail(SetupError(f"{error.filename or VENV}: {error.strerror or error}. Mend that."))
    return 0


def _lock_file() -> Path:
    folder = REPOSITORY / "var"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / "setup.lock"


def _environment(lock: str) -> None:
    """A virtual environment that holds what `lock` pins, and this project itself."""
    if _is_done(lock) or _is_done(TEST_LOCK):
        return
    if not PYTHON.exists():
        with step(f"Python environment in {VENV}"):
            _run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)])
    pip = _pip()
    with step(f"Python packages of {lock}, each checked against its digest"):
        _run([*pip, "install", "--require-hashes", "--no-deps", "-r", lock])
        # No build isolation: setuptools is among the pinned packages, nothing else is fetched.
        _run([*pip, "install", "--no-deps", "--no-build-isolation", "-e", "."])
    _mark(lock).write_text(_digest(lock), encoding="utf-8")


def _programs() -> None:
    """Asterisk and SIPp, when the system has none to use; Redis came with the packages."""
    packages = tools.needed_packages()
    if packages and aptroot.current(packages) is None:
        with step(f"{' and '.join(packages)} into a private root (the system has none to use)"):
            aptroot.provide(packages)


def _pip() -> list[str]:
    """A pip that installs into the environment, whichever way this machine has one."""
    options = ["--quiet", "--disable-pip-version-check", "--no-input"]
    if _works([sys.executable, "-c", "import ensurepip"]):
        with step("pip, from this Python's own copy"):
            _run([str(PYTHON), "-m", "ensurepip", "--default-pip"])
        return [str(PYTHON), "-m", "pip", *options]
    note("this Python has no ensurepip (Debian's python3-venv is not installed)")
    if _works([sys.executable, "-m", "pip", "--python", str(PYTHON), "--version"]):
        note("the system's pip does instead")
        return [sys.executable, "-m", "pip", "--python", str(PYTHON), *options]
    with step("pip, from Debian's package python3-pip-whl"):
        root = aptroot.provide(("python3-pip-whl",))
    wheel = next((root.path / "usr/share/python-wheels").glob("pip-*.whl"))
    return [str(PYTHON), f"{wheel}/pip", *options]


def _mark(lock: str) -> Path:
    return VENV / f".{lock}.digest"


def _digest(lock: str) -> str:
    """Changes when the environment has to be made again: other pins, project or folder."""
    content = (REPOSITORY / lock).read_bytes() + (REPOSITORY / "pyproject.toml").read_bytes()
    return hashlib.sha256(content + str(REPOSITORY).encode()).hexdigest()


def _is_done(lock: str) -> bool:
    mark = _mark(lock)
    return PYTHON.exists() and mark.exists() and mark.read_text() == _digest(lock)


def _works(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _run(command: list[str]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode != 0:
        raise SetupError(f"`{' '.join(command)}` failed:\n{(done.stderr or done.stdout).strip()}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
