"""A program of the system is taken when it is new enough."""

from pathlib import Path

import pytest

from lab import aptroot, tools
from lab.steps import SetupError


@pytest.mark.parametrize(
    ("version", "taken"),
    [("v3.6.1-TLS-PCAP", False), ("v3.7.0", True), ("v3.10.2-TLS", True), ("v4.0.0", True)],
)
def test_a_sipp_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, taken: bool
) -> None:
    program = tmp_path / "sipp"
    # SIPp ends with 99 after it has said its version.
    program.write_text(f"#!/bin/sh\necho; echo ' SIPp {version}.'; exit 99\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    tools.system_sipp.cache_clear()
    assert tools.system_sipp() == (str(program) if taken else None)
    tools.system_sipp.cache_clear()


def test_a_cache_that_lost_a_program_is_told_with_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "system_asterisk", lambda: None)
    monkeypatch.setattr(aptroot, "current", lambda _packages: aptroot.Root(tmp_path))
    tools.asterisk.cache_clear()
    with pytest.raises(SetupError, match=f"{tmp_path} has lost its usr/sbin/asterisk: remove that"):
        tools.asterisk()
