"""What this machine's apt knows: Debian mirrors, the way out through a proxy, the keyring."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from lab.steps import SetupError

DEFAULT_MIRROR = "http://deb.debian.org/debian"
_APT = Path("/etc/apt")
_SUITES = re.compile(r"^(bullseye|bookworm|trixie|forky|sid|oldstable|stable|testing|unstable)$")
_LINE = re.compile(r"^\s*deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$")


def mirrors(folder: Path = _APT) -> list[str]:
    """The Debian mirrors named in apt's own sources, in order, then the public default."""
    found: list[str] = []
    for path in (folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))):
        if path.suffix == ".list":
            found += _one_line_sources(path)
        elif path.suffix == ".sources":
            found += _deb822_sources(path)
    return list(dict.fromkeys([*found, DEFAULT_MIRROR]))


def proxy_settings() -> list[str]:
    """The machine's own apt settings for reaching a mirror, as lines of a configuration."""
    lines = []
    for scope in ("Acquire::http", "Acquire::https", "Acquire::ForceIPv4", "Acquire::ForceIPv6"):
        dump = subprocess.run(
            ["apt-config", "dump", scope], capture_output=True, text=True, check=False
        )
        lines += dump.stdout.splitlines()
    return lines


def keyring() -> Path:
    """Debian's archive keys. Raises SetupError when the machine has none."""
    for suffix in ("gpg", "pgp"):
        path = Path(f"/usr/share/keyrings/debian-archive-keyring.{suffix}")
        if path.exists():
            return path
    raise SetupError(
        "Debian's archive keys are not on this machine, so no package could be trusted. "
        "Run `apt-get install debian-archive-keyring`, or install Asterisk and SIPp yourself: "
        "`apt-get install asterisk sip-tester`."
    )


def _one_line_sources(path: Path) -> Iterator[str]:
    for line in _text(path).splitlines():
        match = _LINE.match(line)
        if match and _is_debian(match[1], match[2].split(), match[3].split()):
            yield match[1].rstrip("/")


def _deb822_sources(path: Path) -> Iterator[str]:
    for stanza in re.split(r"\n\s*\n", _text(path)):
        fields = _fields(stanza)
        off = fields.get("enabled", ["yes"])[0].lower() in ("no", "false", "0")
        if "deb" in fields.get("types", []) and not off:
            for uri in fields.get("uris", []):
                if _is_debian(uri, fields.get("suites", []), fields.get("components", [])):
                    yield uri.rstrip("/")


def _fields(stanza: str) -> dict[str, list[str]]:
    """A deb822 stanza as words by lower-case field name; an indented line goes on the last."""
    fields: dict[str, list[str]] = {}
    key = ""
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace():
            fields.setdefault(key, []).extend(line.split())
        elif ":" in line:
            name, _, value = line.partition(":")
            key = name.strip().lower()
            fields[key] = value.split()
    return fields


def _is_debian(uri: str, suites: list[str], components: list[str]) -> bool:
    fetchable = uri.startswith(("http://", "https://"))
    return fetchable and "main" in components and any(map(_SUITES.match, suites))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # not there, or not this user's to read
        return ""
