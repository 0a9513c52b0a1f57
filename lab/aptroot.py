"""A private root: Debian packages unpacked into the user's cache, without root's rights or dpkg.

A root is built aside and renamed when it is whole; an interrupted download never counts as one.

Standard library only: `lab.bootstrap` may need it to find pip.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lab import apt, locks
from lab.steps import SetupError, note

_LOADERS = {
    "amd64": ("x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
    "arm64": ("aarch64-linux-gnu", "ld-linux-aarch64.so.1"),
}


@dataclass(frozen=True)
class Root:
    """An unpacked root at `path`; its programs run by its own loader."""

    path: Path

    @property
    def libraries(self) -> Path:
        return self.path / "usr/lib" / _LOADERS[apt.architecture()][0]

    def command(self, program: str) -> tuple[str, ...]:
        """The start of a command line that runs `program` (``usr/sbin/asterisk``) of this root."""
        loader = self.libraries / _LOADERS[apt.architecture()][1]
        # What is linked to PulseAudio finds one of its libraries aside.
        libraries = f"{self.libraries}:{self.libraries / 'pulseaudio'}"
        return (str(loader), "--library-path", libraries, str(self.path / program))


def current(packages: tuple[str, ...], *, suite: str = apt.SUITE) -> Root | None:
    """The finished root that holds `packages` of `suite`, if this user has one."""
    link = _link(packages, suite)
    return Root(link.resolve()) if (link / "complete").exists() else None


def provide(packages: tuple[str, ...], *, suite: str = apt.SUITE, components: str = "main") -> Root:
    """The root that holds `packages` of Debian's `suite`, built when there is none yet.

    Raises:
        SetupError: not a Debian that this works on, no mirror answers, or a signature is wrong.
    """
    with locks.held(_cache() / "lock", "another set-up of this user"):
        found = current(packages, suite=suite)
        if found:
            return found
        for stale in _cache().glob("building-*"):
            shutil.rmtree(stale, ignore_errors=True)
        work = Path(tempfile.mkdtemp(prefix="building-", dir=_cache()))
        try:
            return _build(work, packages, suite, components)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _build(work: Path, packages: tuple[str, ...], suite: str, components: str) -> Root:
    configuration = apt.configure(work)
    apt.update(work, configuration, suite, components)
    files = apt.resolve(configuration, packages)
    note(f"{len(files)} packages, {sum(file.size for file in files) / 1e6:.0f} MB")
    archives = apt.download(work, configuration, packages)
    root = work / "root"
    _unpack(archives, root)
    (root / "complete").write_text("\n".join(file.name for file in files), encoding="utf-8")
    return _publish(root, files, _link(packages, suite))


def _publish(root: Path, files: list[apt.File], link: Path) -> Root:
    """Give a whole root its lasting name; from here on `current` finds it by `link`."""
    digest = hashlib.sha256(repr(files).encode()).hexdigest()[:16]
    home = _cache() / digest
    shutil.rmtree(home, ignore_errors=True)
    root.rename(home)
    fresh = home.with_suffix(".link")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(digest)
    fresh.replace(link)
    return Root(home)


def _unpack(archives: Path, root: Path) -> None:
    def unpack(package: Path) -> None:
        done = subprocess.run(
            ["dpkg-deb", "-x", package, root], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise SetupError(f"{package.name} can't be unpacked: {done.stderr.strip()}")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(unpack, sorted(archives.glob("*.deb"))))


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "collect-call"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _link(packages: tuple[str, ...], suite: str) -> Path:
    return _cache() / f"{suite}-{apt.architecture()}-{'-'.join(packages)}"
