"""A private root counts only when it is whole, and two set-ups at once build one."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import apt, aptroot

PACKAGES = ("asterisk", "sip-tester")


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """apt replaced; the list of roots that were unpacked."""
    unpacked: list[Path] = []

    def unpack(_archives: Path, root: Path) -> None:
        unpacked.append(root)
        time.sleep(0.05)
        (root / "program").touch()

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(apt, "architecture", lambda: "amd64")
    monkeypatch.setattr(apt, "configure", lambda work: (work / "root").mkdir() or work)
    monkeypatch.setattr(apt, "update", lambda *_: None)
    monkeypatch.setattr(apt, "resolve", lambda *_: [apt.File("a.deb", 1, "SHA256:1")])
    monkeypatch.setattr(apt, "download", lambda work, *_: work)
    monkeypatch.setattr(aptroot, "_unpack", unpack)
    return unpacked


def fail(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_root_is_built_once_and_found_again(builds: list[Path]) -> None:
    assert aptroot.current(PACKAGES) is None
    root = aptroot.provide(PACKAGES)
    assert aptroot.provide(PACKAGES) == aptroot.current(PACKAGES) == root
    assert (root.path / "program").exists()
    assert len(builds) == 1


@pytest.mark.parametrize("broken_off", ["update", "download"])
def test_an_interrupted_download_does_not_count(
    builds: list[Path], tmp_path: Path, broken_off: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apt, broken_off, fail)
        with pytest.raises(KeyboardInterrupt):
            aptroot.provide(PACKAGES)
    assert aptroot.current(PACKAGES) is None
    assert aptroot.provide(PACKAGES) == aptroot.current(PACKAGES)
    assert not list((tmp_path / "collect-call").glob("building-*"))


def test_a_half_written_cache_is_built_anew(builds: list[Path], tmp_path: Path) -> None:
    root = aptroot.provide(PACKAGES)
    (root.path / "complete").unlink()
    (tmp_path / "collect-call" / "building-killed").mkdir()

    assert aptroot.current(PACKAGES) is None
    assert aptroot.provide(PACKAGES) == root
    assert len(builds) == 2
    assert not list((tmp_path / "collect-call").glob("building-*"))


def test_two_set_ups_at_once_build_one_root(builds: list[Path]) -> None:
    in_parallel(lambda: aptroot.provide(PACKAGES), lambda: aptroot.provide(PACKAGES))
    assert len(builds) == 1


def in_parallel(*tasks: Callable[[], object]) -> None:
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
