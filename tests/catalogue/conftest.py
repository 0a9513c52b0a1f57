"""A whole operator of a test's own, in files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

OPERATOR = """
id = "test-net"
name = "Test"
currency = "RUB"
time_zone = "Europe/Moscow"
default_region = "moscow"
roaming_zones = ["ru", "world"]
zones_abroad = ["world"]
[collect]
keys = { accept = "1" }
access_codes = ["*77*N#"]
[[limits]]
name = "requests-a-day"
counts = ["collect", "call_back"]
most = 5
"""
TARIFF = """
operator = "test-net"
version = "1"
valid_from = 2026-01-01
currency = "RUB"
rules = [{ name = "any", price_minor = 100 }]
ordinary_rules = [{ name = "any", price_minor = 50 }]
called_zone_supplements_minor = { ru = 50, world = 70 }
"""
NOTICES = """
operator = "test-net"
[call_me]
on = ["busy"]
text = "{calling}"
[by_code.call_back]
text = "{calling}"
networks = ["test-net"]
"""
SERVICES = """
operator = "test-net"
answers_from = "77"
emergency = ["112"]
codes = [
    { code = "*78#", does = "open_menu", menu = "main" },
    { code = "*78*N#", does = "send", notice = "call_back" },
]
[menus.main]
items = [
    { key = "1", say = "menu-call", does = "call", access = "*77*" },
    { key = "2", say = "menu-balance", does = "tell_balance" },
]
"""
WHOLE = {"operators": OPERATOR, "tariffs": TARIFF, "notices": NOTICES, "services": SERVICES}
"""Its files, by kind."""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files, given as ``operators="text"`` or as ``{"tariffs/x.toml": "text"}``."""

    def written(files: dict[str, str] | None = None, **kinds: str) -> Path:
        named = {f"{kind}/test-net.toml": text for kind, text in kinds.items()} | (files or {})
        for name, text in named.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return written
