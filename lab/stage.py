"""Between whom demos, the load and the fault campaign place their calls: lab/data/stage.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

_FILE = Path(__file__).with_name("data") / "stage.toml"
_STAGE = tomllib.loads(_FILE.read_text(encoding="utf-8"))

OPERATOR: Final[str] = _STAGE["operator"]
ACCESS_CODE: Final[str] = _STAGE["access_code"]
"""What is dialled before the called party's number."""
