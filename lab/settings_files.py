"""settings.toml and secrets.toml of an instance: made once, then kept."""

from __future__ import annotations

import json
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path

from agi.settings import Settings
from lab.render import write_private

FROM_MAKE = (
    "bind", "sip_port", "rtp_start_port", "ami_port", "agi_port", "http_port", "redis_port",
)  # fmt: skip
"""Settings that `make up SIP_PORT=5070` takes and later commands remember."""
_SECRETS = ("ami_secret", "agi_token", "redis_secret")
_LAB_DATA = Path(__file__).resolve().parent / "data"
_HEADER = f"""\
# The settings of this deployment. Each name of agi/settings.py may stand here; what is not here
# has the default from there. `make up SIP_PORT=5070` changes a line of this file.

# Tariffs with units of two seconds, plan "fast", for sipp-scenarios/; nobody else is on that plan.
data_dirs = [{json.dumps(str(_LAB_DATA))}]
"""


def given_to_make() -> dict[str, str | int]:
    """The settings found in the environment, where make puts its command line's variables."""
    found = {name: os.environ.get(name.upper(), "") for name in FROM_MAKE}
    return {name: int(text) if text.isdecimal() else text for name, text in found.items() if text}


def changed_by(home: Path, values: Mapping[str, str | int]) -> set[str]:
    """The names of those `values` that are not what the settings.toml of `home` says."""
    said = tomllib.loads((home / "settings.toml").read_text(encoding="utf-8"))
    fields = Settings.model_fields
    return {name for name, new in values.items() if said.get(name, fields[name].default) != new}


def write(home: Path, values: Mapping[str, str | int]) -> None:
    """Put `values` into settings.toml, leaving its other lines."""
    path = home / "settings.toml"
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    text = before or _HEADER
    for name, value in values.items():
        line = f"{name} = {_toml(value)}"
        escaped = line.replace("\\", r"\\")  # as re.subn wants a replacement
        text, found = re.subn(rf"(?m)^{name}\s*=.*$", escaped, text)
        if not found:
            text = f"{text.rstrip()}\n{line}\n"
    if text != before:
        write_private(path, text)


def write_secrets(home: Path) -> None:
    """Make secrets.toml unless it is there."""
    path = home / "secrets.toml"
    if not path.exists():
        lines = [f'{name} = "{secrets.token_urlsafe(24)}"' for name in _SECRETS]
        write_private(path, "# Only the owner may read this file.\n" + "\n".join(lines) + "\n")


def _toml(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
