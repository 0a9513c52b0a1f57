"""`make up` and `make down` as a person runs them, in a folder of their own."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab import ports, supervision
from lab.instance import Instance
from lab.steps import SetupError

pytestmark = [pytest.mark.call, pytest.mark.slow]
REPOSITORY = Path(__file__).resolve().parents[2]


class Folder:
    """A lab's folder, and the commands run on it."""

    def __init__(self, home: Path, values: dict[str, int]) -> None:
        self.instance = Instance.create(home, values)

    def run(self, command: str, **settings: int) -> tuple[str, float]:
        """What ``make COMMAND NAME=value`` runs: what it printed, and the seconds it took."""
        started = time.monotonic()
        running = self.begin(command, **settings)
        said, complaint = running.communicate()
        assert running.returncode == 0, said + complaint
        return said, time.monotonic() - started

    def begin(self, command: str, **settings: int | str) -> subprocess.Popen[str]:
        """The same, while it is still at work."""
        given = {name.upper(): str(value) for name, value in settings.items()}
        return subprocess.Popen(
            [sys.executable, "-m", "lab", command],
            cwd=REPOSITORY,
            env={**os.environ, **given, "COLLECTCALL_HOME": str(self.instance.home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    with ports.block_of_its_own() as values:
        # Deeper than a unix socket's path may be.
        found = Folder(tmp_path / ("deep" * 10) / ("deeper" * 10), values)
        try:
            yield found
        finally:
            found.instance.stop()


def test_up_checks_itself_and_down_keeps_the_data(folder: Folder) -> None:
    instance = folder.instance
    first, _ = folder.run("up")
    assert "consent given" in first
    assert "9161110001" in first
    again, took_s = folder.run("up")
    assert "running and well" in again
    assert took_s < 5
    instance.collectcall("credit", "9161110001", "7.50", "--id", "once")

    folder.run("down")
    assert not supervision.marked_pids(instance.home)
    assert instance.ailing().startswith("service: no answer on port ")
    folder.run("up")
    assert instance.collectcall("account", "9161110001")["balance_minor"] == 750
    shown = instance.collectcall("subscriber", "list")
    assert {row["number"] for row in shown}.isdisjoint({"9169999998", "9169999999"})


def test_a_running_lab_is_started_anew_when_a_setting_changes(folder: Folder) -> None:
    folder.run("up")
    port = folder.instance.settings.sip_port + 10
    said, _ = folder.run("up", sip_port=port)
    assert "settings changed" in said
    assert not ports.is_free("127.0.0.1", port, "udp")
    assert "running and well" in folder.run("up")[0]


def test_of_two_at_once_the_second_waits_and_finds_the_lab_well(folder: Folder) -> None:
    both = [folder.begin("up"), folder.begin("up")]
    said = [running.communicate() for running in both]
    assert [running.returncode for running in both] == [0, 0], said
    first, second = sorted((out for out, _ in said), key=lambda out: "waiting" in out)
    assert "consent given" in first
    assert "another `make up` or `make down` of this lab is at work: waiting" in second
    assert "running and well" in second
    assert len(folder.instance.processes()) == 3
    folder.run("down")
    assert not supervision.marked_pids(folder.instance.home)


def test_what_can_not_be_had_stops_nothing_and_is_not_remembered(folder: Folder) -> None:
    folder.run("up")
    before = (folder.instance.home / "settings.toml").read_text()
    port = folder.instance.settings.http_port + 10
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        for settings, complaint in (
            ({"http_port": port}, f"TCP port {port} on 127.0.0.1 is taken"),
            ({"bind": "192.0.2.1"}, "no address of this machine"),
        ):
            refused = folder.begin("up", **settings)
            assert complaint in refused.communicate()[1]
            assert refused.returncode == 1
    assert (folder.instance.home / "settings.toml").read_text() == before
    assert "running and well" in folder.run("up")[0]


def test_what_dies_is_back_within_two_seconds(lab: Instance) -> None:
    for name in ("redis", "service"):
        dead = lab.processes()[name]["pid"]
        os.kill(dead, signal.SIGKILL)
        killed_at = time.monotonic()
        wait_until(lambda dead=dead, name=name: lab.processes()[name]["pid"] not in (0, dead))
        assert time.monotonic() - killed_at < 2
        wait_until(lambda: lab.health()[0])


def test_only_the_owner_can_read_a_running_lab(lab: Instance) -> None:
    assert stat.S_IMODE(lab.home.stat().st_mode) == 0o700
    assert stat.S_IMODE(lab.socket.stat().st_mode) == 0o700
    files = [path for path in lab.home.rglob("*") if path.is_file() and not path.is_symlink()]
    assert lab.settings.sip_accounts_db in files
    assert [path for path in files if path.stat().st_mode & 0o077] == []


def test_a_second_lab_on_the_same_ports_is_refused(lab: Instance, tmp_path: Path) -> None:
    values = {"sip_port": lab.settings.sip_port}
    with ports.block_of_its_own() as free:
        other = Instance.create(tmp_path / "other", free | values)
        with pytest.raises(SetupError, match="sip_port"):
            other.start()
    assert not other.processes()


def test_the_health_of_another_lab_is_not_taken_for_its_own(lab: Instance, tmp_path: Path) -> None:
    values = {"http_port": lab.settings.http_port}
    with ports.block_of_its_own() as free:
        other = Instance.create(tmp_path / "other", free | values)
    well, said = other.health()
    assert not well
    assert str(lab.home) in said["service"]
    assert other.ailing().startswith(f"service: port {values['http_port']} is that of ")
    assert lab.ailing() == ""


def test_what_a_killed_supervisor_leaves_is_ended(folder: Folder) -> None:
    instance = folder.instance
    instance.start(("redis", "asterisk"))
    os.kill(int((instance.home / "supervisord.pid").read_text()), signal.SIGKILL)
    wait_until(lambda: not instance.processes())
    assert supervision.marked_pids(instance.home)
    instance.stop()
    assert not supervision.marked_pids(instance.home)


def wait_until(holds: Callable[[], bool], patience_s: float = 10) -> None:
    deadline = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come to be so"
        time.sleep(0.05)
