"""apt with a configuration of its own: own folders, empty status file, Debian's archive keys.

The system is left alone, no root's rights are needed, and every signature is checked.

Standard library only, as `lab.bootstrap` may need it to find pip.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lab import aptsources
from lab.steps import SetupError, note

SUITE = "forky"  # Debian 14: the first since 11 that has Asterisk
ARCHITECTURES = ("amd64", "arm64")


@dataclass(frozen=True)
class File:
    """A package's file; `size` in bytes."""

    name: str
    size: int
    digest: str


def configure(work: Path) -> Path:
    """Lay out apt's own folders in the empty folder `work`; the path of its configuration."""
    for folder in (
        "etc/sources.list.d", "etc/preferences.d", "etc/apt.conf.d", "etc/trusted.gpg.d",
        "var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "var/log/apt", "root",
    ):  # fmt: skip
        (work / folder).mkdir(parents=True)
    (work / "status").touch()
    lines = [
        f'Dir "{work}";',
        f'Dir::Etc "{work}/etc";',
        f'Dir::State::status "{work}/status";',
        f'APT::Architecture "{architecture()}";',
        f'APT::Architectures {{ "{architecture()}"; }};',
        'APT::Install-Recommends "false";',
        'APT::Sandbox::User "";',  # the folder is this user's own
        'APT::Update::Error-Mode "any";',  # or a mirror that is away would pass as an empty one
        'Acquire::Languages "none";',
        'Acquire::Retries "3";',
        *aptsources.proxy_settings(),
    ]
    configuration = work / "apt.conf"
    configuration.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return configuration


def update(work: Path, configuration: Path, suite: str = SUITE, components: str = "main") -> None:
    """Fetch the index of `components` of `suite` from the first mirror that has it.

    Raises:
        SetupError: none has, or a signature is wrong.
    """
    failures = []
    for mirror in aptsources.mirrors():
        source = f"deb [signed-by={aptsources.keyring()}] {mirror} {suite} {components}\n"
        (work / "etc/sources.list").write_text(source, encoding="utf-8")
        note(f"Debian {suite} from {mirror}")
        try:
            return _update_from(mirror, configuration)
        except SetupError as error:
            failures.append(f"{mirror}: {error}")
    raise SetupError(
        f"no Debian mirror gave the index of {suite}:\n" + "\n".join(failures) + "\n"
        "Mend the network or the mirror in /etc/apt, or install the programs yourself: "
        "Asterisk 18 or newer, and SIPp."
    )


def resolve(configuration: Path, packages: Sequence[str]) -> list[File]:
    """Every file that `packages` stand on, themselves included."""
    lines = _run(configuration, "install", "--print-uris", *packages).splitlines()
    fields = sorted(line.split() for line in lines if line.startswith("'"))
    return [File(name, int(size), digest) for _, name, size, digest in fields]


def download(work: Path, configuration: Path, packages: Sequence[str]) -> Path:
    """Fetch them, each checked against the signed index; the folder they are in."""
    _run(configuration, "install", "--download-only", *packages)
    return work / "var/cache/apt/archives"


def _update_from(mirror: str, configuration: Path) -> None:
    try:
        _run(configuration, "update")
    except SetupError as error:
        if "is expired" not in str(error):
            raise
        note(f"the index of {mirror} is past its validity, as on a frozen mirror: taken all the")
        note("same, for this private root alone; signatures are still checked")
        _run(configuration, "update", "-o", "Acquire::Check-Valid-Until=false")
        with configuration.open("a", encoding="utf-8") as lines:
            lines.write('Acquire::Check-Valid-Until "false";\n')


def _run(configuration: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["apt-get", "-q", "-y", *arguments],
        env={**os.environ, "APT_CONFIG": str(configuration), "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        complaints = [line for line in done.stderr.splitlines() if line[:2] in ("E:", "W:")]
        raise SetupError("\n".join(complaints) or done.stderr or done.stdout)
    return done.stdout


@cache
def architecture() -> str:
    """Debian's name of this machine's architecture. Raises SetupError for one not supported."""
    name = None
    if shutil.which("dpkg") and shutil.which("apt-get"):
        answer = subprocess.run(
            ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
        )
        name = answer.stdout.strip()
    if name not in ARCHITECTURES:
        raise SetupError(
            f"this machine is no Debian on amd64 or arm64 ({name or 'it has no apt'}). "
            "Install Asterisk 18 or newer, SIPp and Redis 7 or newer yourself; "
            "they are used when they are on the PATH."
        )
    return name
