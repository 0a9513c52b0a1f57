"""The virtual environment on a Python that is missing what Debian packages apart."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("hidden", [("ensurepip",), ("ensurepip", "pip")], ids="+".join)
def test_an_environment_without_ensurepip(tmp_path: Path, hidden: tuple[str, ...]) -> None:
    checkout = copy_of_the_project(tmp_path / "checkout")
    done = bootstrap(checkout, hide(tmp_path / "hidden", hidden))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no ensurepip" in done.stdout

    command = [checkout / ".venv/bin/collectcall", "--help"]
    assert (
        "subscriber" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    )
    again = bootstrap(checkout, hide(tmp_path / "hidden", hidden))
    assert again.stdout == "", "what is done is not done again"


def test_an_old_python_is_told_so(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "lab", tmp_path / "lab")
    # The module is what an older Python would read first; its version is what differs here.
    program = "import sys; sys.version_info = (3, 9, 2); import lab"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "is Python 3.9.2; 3.11 or newer is needed" in done.stderr


def bootstrap(checkout: Path, hidden: Path) -> subprocess.CompletedProcess[str]:
    base = Path(sys.executable).resolve()
    return subprocess.run(
        [base, "-m", "lab.bootstrap"],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(hidden)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def hide(folder: Path, names: tuple[str, ...]) -> Path:
    """A folder for PYTHONPATH that makes these packages seem not to be installed."""
    for name in names:
        package = folder / name / "__init__.py"
        package.parent.mkdir(parents=True, exist_ok=True)
        package.write_text(f"raise ModuleNotFoundError('No module named {name}')\n")
    return folder


def copy_of_the_project(target: Path) -> Path:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "agi", "lab", "pyproject.toml", "requirements.lock",
         "README.md"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, target / name)
    return target
