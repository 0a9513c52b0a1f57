"""Debian mirrors are found in both forms of apt's sources, and nothing else is taken for one."""

from pathlib import Path

import pytest

from lab import aptsources

ONE_LINE = """
# deb http://commented.example/debian bookworm main
deb-src http://sources.example/debian bookworm main
deb cdrom:[Debian]/ bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://one.example/debian/ bookworm main
deb http://security.debian.org/debian-security bookworm-security main
deb https://packages.example/sdk sdk-bookworm main
deb https://docker.example/linux/debian bookworm stable
"""
DEB822 = """
Types: deb deb-src
# a comment
URIs: https://two.example/debian
Suites: trixie trixie-updates
Components: main
 contrib

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: trixie
Components: main

Types: deb-src
URIs: http://sources.example/debian
Suites: trixie
Components: main
"""


def test_mirrors_of_both_forms_then_the_default(tmp_path: Path) -> None:
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    (tmp_path / "sources.list").write_text(ONE_LINE)
    (folder / "debian.sources").write_text(DEB822)
    (folder / "debian.sources.bak").write_text(DEB822.replace("two", "three"))
    assert aptsources.mirrors(tmp_path) == [
        "http://one.example/debian",
        "https://two.example/debian",
        aptsources.DEFAULT_MIRROR,
    ]


@pytest.mark.parametrize("text", ["", "garbage\n", "deb\n", "URIs: x\n\n:\n"])
def test_sources_that_say_nothing_leave_the_default(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    (folder / "a.list").write_text(text)
    (folder / "b.sources").write_text(text)
    assert aptsources.mirrors(tmp_path) == [aptsources.DEFAULT_MIRROR]
