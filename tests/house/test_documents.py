"""What the documents name is there: files, commands, settings, outcomes; and no file names this
machine."""

from __future__ import annotations

import re
import subprocess
import tomllib
from functools import cache
from itertools import chain
from pathlib import Path

import click
import pytest

from agi.cli import main
from agi.domain import speech
from agi.domain.dispositions import SIP_STATUSES, Disposition
from agi.settings import Settings
from lab import scenario_files
from lab.demo_cases import CASES

CHECKOUT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/*.md")]

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"^ *```.*?^ *```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_PATH = re.compile(r"(?<![\w./~@-])(?:agi|asterisk-conf|lab|sipp-scenarios|tests|docs)/[\w./*-]*\w")
_OTHER_PLACES = re.compile(
    r"""(?<![\w.)}\]"'-])/(?:work|root|home/\w+|tmp/rt|tmp/venv)/"""
    r"|https?://(?!pypi\.org/)[\w.-]+(?::\d+)?/(?:simple|pypi)/"
)


@pytest.fixture(params=DOCUMENTS, ids=lambda path: str(path.relative_to(CHECKOUT)))
def document(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def code(document: Path) -> str:
    """Everything that a document sets as code."""
    return "\n".join(_CODE.findall(document.read_text(encoding="utf-8")))


@cache
def anchors(document: Path) -> set[str]:
    """The names that a browser gives to the headings."""
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_lead_somewhere(document: Path) -> None:
    for link in _LINK.findall(document.read_text(encoding="utf-8")):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_paths_in_code_exist(document: Path) -> None:
    for path in _PATH.findall(code(document)):
        assert any(CHECKOUT.glob(path)), path


def test_make_targets_and_their_settings_exist(document: Path) -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = re.findall(r"\bmake ([a-z-]+)((?: [A-Z_]+=\S*)*)", code(document))
    assert {target for target, _ in named} <= targets
    given = re.findall(r"([A-Z_]+)=", " ".join(values for _, values in named))
    known = {name.upper() for name in Settings.model_fields} | {"NAME", "CASE", "LISTEN", "PYTHON"}
    assert set(given) <= known


def test_commands_and_their_options_exist(document: Path) -> None:
    assert isinstance(main, click.Group)
    for line in re.findall(r"\bcollectcall ([^\n`#|)]+)", code(document)):
        words = line.split()
        if words[0].isupper() or words[0].startswith("-"):  # COMMAND stands for any of them
            continue
        _check_command(main, words)


def _check_command(group: click.Group, words: list[str]) -> None:
    context = click.Context(group)
    command = group.get_command(context, words[0])
    assert command is not None, words
    if isinstance(command, click.Group):
        _check_command(command, words[1:])
        return
    options = set(chain.from_iterable(option.opts for option in command.params))
    named = {word.strip("[]") for word in words if word.strip("[").startswith("--")}
    assert named <= options | {"--help"}, words


def test_the_readme_names_every_command() -> None:
    readme = code(CHECKOUT / "README.md")
    assert isinstance(main, click.Group)
    for name in main.list_commands(click.Context(main)):
        assert name == "serve" or re.search(rf"`{name}\b", readme), name  # make up runs serve


def test_named_scenarios_exist(document: Path) -> None:
    named = re.findall(r"\bmake scenario NAME=([\w-]+)", code(document))
    assert set(named) <= set(scenario_files.names())


def test_the_page_on_sipp_names_every_scenario() -> None:
    assert set(scenario_files.names()) <= set(
        re.findall(r"`([\w-]+)`", code(CHECKOUT / "docs/sipp.md"))
    )


def test_the_two_pages_for_trainers_have_the_same_exercises() -> None:
    def commands(name: str) -> tuple[list[str], int]:
        text = (CHECKOUT / "docs" / name).read_text(encoding="utf-8")
        return re.findall(r"`(make [^`]+)`|(collectcall [^`#\n]*\w)", text), text.count("\n## ")

    assert commands("trainers.md") == commands("trainers.ru.md")


def test_demo_cases_that_are_named_exist(document: Path) -> None:
    named = re.findall(r"\bmake demo CASE=([\w-]+)", code(document))
    assert set(named) <= set(CASES)


def test_modules_that_are_run_exist(document: Path) -> None:
    for module in re.findall(r"python3? -m ((?:lab|bench)[\w.]*)", code(document)):
        path = CHECKOUT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


def test_the_floors_that_are_drawn_are_those_that_are_checked() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    text = (CHECKOUT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    drawn = text.partition("## The floors")[2].split("```")[1].strip().splitlines()
    assert drawn == [layer.replace("agi.", "") for layer in layers]


def test_the_architecture_names_every_script() -> None:
    scripts = {path.stem for path in (CHECKOUT / "agi/store/lua").glob("*.lua")}
    assert scripts <= set(re.findall(r"`(\w+)`", code(CHECKOUT / "ARCHITECTURE.md")))


def test_the_table_of_outcomes_is_the_code() -> None:
    text = (CHECKOUT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| .* \| (\d{3}) \| (?:`([\w-]+)` )?\|$", text, re.MULTILINE)
    silent = (Disposition.ANSWERED, Disposition.ABANDONED)
    assert rows == [
        (name, str(SIP_STATUSES[name]), "" if name in silent else speech.told(name))
        for name in Disposition
    ]


def test_the_two_readmes_have_the_same_parts() -> None:
    def shape(name: str) -> tuple[list[str], int, int]:
        text = (CHECKOUT / name).read_text(encoding="utf-8")
        commands = re.findall(r"^ *```sh\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
        without_remarks = [re.sub(r"\s*#.*", "", block) for block in commands]
        return without_remarks, len(re.findall(r"^#+ ", text, re.M)), text.count("\n|")

    assert shape("README.md") == shape("README.ru.md")


def test_no_file_names_this_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        path = CHECKOUT / name
        if (
            not path.is_file()
            or path == Path(__file__)
            or path.suffix in {".wav", ".ul", ".al", ".event"}
        ):
            continue
        found = _OTHER_PLACES.search(path.read_text(encoding="utf-8", errors="replace"))
        assert found is None, f"{name}: {found[0]}"
