"""A private root: Debian packages unpacked into the user's cache, without root's rights or dpkg.

apt does the work, with a configuration of its own (own folders, empty status file, Debian's
archive keyring), so that every package's signature is checked and the system is left alone. A
root is built aside and renamed when it is whole; an interrupted download never counts as one.

Standard library only: `lab.bootstrap` may need it to find pip.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lab import aptsources
from lab.steps import SetupError, note

SUITE = "forky"  # Debian 14: the first since 11 that has Asterisk
_MULTIARCH = {
    "amd64": ("x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
    "arm64": ("aarch64-linux-gnu", "ld-linux-aarch64.so.1"),
}


@dataclass(frozen=True)
class Root:
    """An unpacked root at `path`; its programs run by its own loader."""

    path: Path

    @property
    def libraries(self) -> Path:
        return self.path / "usr/lib" / _MULTIARCH[architecture()][0]

    def command(self, program: str) -> tuple[str, ...]:
        """The start of a command line that runs `program` (``usr/sbin/asterisk``) of this root."""
        loader = self.libraries / _MULTIARCH[architecture()][1]
        return (str(loader), "--library-path", str(self.libraries), str(self.path / program))


def current(packages: tuple[str, ...]) -> Root | None:
    """The finished root that holds `packages`, if this user has one."""
    link = _link(packages)
    return Root(link.resolve()) if (link / "complete").exists() else None


def provide(packages: tuple[str, ...]) -> Root:
    """The root that holds `packages`, built when there is none yet.

    Raises:
        SetupError: not a Debian that this works on, no mirror answers, or a signature is wrong.
    """
    with _lock():
        found = current(packages)
        if found:
            return found
        for stale in _cache().glob("building-*"):
            shutil.rmtree(stale, ignore_errors=True)
        work = Path(tempfile.mkdtemp(prefix="building-", dir=_cache()))
        try:
            return _build(work, packages)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _build(work: Path, packages: tuple[str, ...]) -> Root:
    configuration = _configure(work)
    _update(work, configuration)
    wanted = _apt(configuration, "install", "--print-uris", *packages)
    files = sorted(line.split()[1:] for line in wanted.splitlines() if line.startswith("'"))
    note(f"{len(files)} packages, {sum(int(size) for _, size, *_ in files) / 1e6:.0f} MB")
    _apt(configuration, "install", "--download-only", *packages)
    root = work / "root"
    _unpack(work / "var/cache/apt/archives", root)
    (root / "complete").write_text("\n".join(" ".join(line) for line in files), encoding="utf-8")
    return _publish(root, files, packages)


def _publish(root: Path, files: list[list[str]], packages: tuple[str, ...]) -> Root:
    """Give a whole root its lasting name; from here on `current` finds it."""
    digest = hashlib.sha256(repr(files).encode()).hexdigest()[:16]
    home = _cache() / digest
    shutil.rmtree(home, ignore_errors=True)
    root.rename(home)
    fresh = home.with_suffix(".link")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(digest)
    fresh.replace(_link(packages))
    return Root(home)


def _configure(work: Path) -> Path:
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


def _update(work: Path, configuration: Path) -> None:
    """Fetch the suite's index from the first mirror that has it."""
    failures = []
    for mirror in aptsources.mirrors():
        source = f"deb [signed-by={aptsources.keyring()}] {mirror} {SUITE} main\n"
        (work / "etc/sources.list").write_text(source, encoding="utf-8")
        note(f"Debian {SUITE} from {mirror}")
        try:
            return _update_from(mirror, configuration)
        except SetupError as error:
            failures.append(f"{mirror}: {error}")
    raise SetupError(
        f"no Debian mirror gave the index of {SUITE}:\n" + "\n".join(failures) + "\n"
        "Mend the network or the mirror in /etc/apt, or install the programs yourself: "
        "Asterisk 18 or newer, and SIPp."
    )


def _update_from(mirror: str, configuration: Path) -> None:
    try:
        _apt(configuration, "update")
    except SetupError as error:
        if "is expired" not in str(error):
            raise
        note(f"the index of {mirror} is past its validity, as on a frozen mirror: taken all the")
        note("same, for this private root alone; signatures are still checked")
        _apt(configuration, "update", "-o", "Acquire::Check-Valid-Until=false")
        with configuration.open("a", encoding="utf-8") as lines:
            lines.write('Acquire::Check-Valid-Until "false";\n')


def _apt(configuration: Path, *arguments: str) -> str:
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


def _unpack(archives: Path, root: Path) -> None:
    def unpack(package: Path) -> None:
        done = subprocess.run(
            ["dpkg-deb", "-x", package, root], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise SetupError(f"{package.name} can't be unpacked: {done.stderr.strip()}")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(unpack, sorted(archives.glob("*.deb"))))


@cache
def architecture() -> str:
    """Debian's name of this machine's architecture. Raises SetupError for one not supported."""
    name = None
    if shutil.which("dpkg") and shutil.which("apt-get"):
        answer = subprocess.run(
            ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
        )
        name = answer.stdout.strip()
    if name not in _MULTIARCH:
        raise SetupError(
            f"this machine is no Debian on amd64 or arm64 ({name or 'it has no apt'}). "
            "Install Asterisk 18 or newer, SIPp and Redis 7 or newer yourself; "
            "they are used when they are on the PATH."
        )
    return name


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "collect-call"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _link(packages: tuple[str, ...]) -> Path:
    return _cache() / f"{SUITE}-{architecture()}-{'-'.join(packages)}"


@contextmanager
def _lock() -> Iterator[None]:
    """One build at a time; a second waits here and then finds the first one's root."""
    with (_cache() / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note("another set-up of this user is at work: waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
