"""What Asterisk reads: filled in, private, and a slip in a template named with file and line."""

import stat
from pathlib import Path

import pytest

from lab import ports, render
from lab.instance import Instance
from lab.steps import SetupError


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    with ports.block_of_its_own() as values:
        return Instance.create(tmp_path / "home", values)


def test_every_file_is_filled_in_and_private(instance: Instance) -> None:
    render.asterisk_files(instance.settings, instance.run_dir)
    etc = instance.settings.asterisk_etc
    files = [path for path in etc.rglob("*") if path.is_file()]
    assert etc / "extensions.d" / "20-generated.conf" in files
    assert not [path for path in files if "@{" in path.read_text()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(instance.home.stat().st_mode) == 0o700
    assert instance.settings.ami_secret in (etc / "manager.conf").read_text()


def test_an_unknown_placeholder_is_named_with_file_and_line(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = tmp_path / "conf" / "pjsip.conf"
    template.parent.mkdir()
    template.write_text("[global]\nport=@{sip_prot}\n")
    monkeypatch.setattr(render, "CONFIGURATION", template.parent)
    with pytest.raises(SetupError, match=r"pjsip\.conf:2: no value for @\{sip_prot\}"):
        render.asterisk_files(instance.settings, instance.run_dir)


def test_a_file_of_an_earlier_version_does_not_stay(instance: Instance) -> None:
    stale = instance.settings.asterisk_etc / "old.conf"
    render.write_private(stale, "")
    render.asterisk_files(instance.settings, instance.run_dir)
    assert not stale.exists()
