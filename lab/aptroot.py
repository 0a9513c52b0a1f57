"""placeholder, replaced within minutes"""
from __future__ import annotations
from pathlib import Path
class Root:
    path: Path
    libraries: Path
    def command(self, program: str) -> tuple[str, ...]: return ()
def current(packages: tuple[str, ...]) -> Root | None: return None
