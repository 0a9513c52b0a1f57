"""``collectcall operators`` and ``collectcall tariffs``: what the data files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.catalogue.conftest import WHOLE
from tests.cli.conftest import Cli


@pytest.fixture
def own_files(cli: Cli, tmp_path: Path) -> Path:
    """A folder of the deployment's own, with one more operator."""
    folder = tmp_path / "own"
    for kind, text in WHOLE.items():
        (folder / kind).mkdir(parents=True)
        (folder / kind / "test-net.toml").write_text(text, encoding="utf-8")
    with (cli.home / "settings.toml").open("a") as settings:
        settings.write(f'\ndata_dirs = ["{folder}"]\n')
    return folder


def test_the_operators_by_id(cli: Cli, own_files: Path) -> None:
    rows = cli("operators")
    ids = ["altel-kz", "beeline-kz", "beeline-ru", "mts-ru", "tele2-kz", "test-net"]
    assert [row["id"] for row in rows] == ids
    assert rows[-1] == {
        "id": "test-net",
        "name": "Test",
        "currency": "RUB",
        "time_zone": "Europe/Moscow",
        "region": "moscow",
        "zones": ["home", "ru", "world"],
        "zones_abroad": ["world"],
        "access_codes": ["*77*N#"],
        "keys": {"accept": "1", "decline": None, "price": None, "bar": None},
        "service_codes": {"*78#": "open_menu main", "*78*N#": "send call_back"},
        "emergency": ["112"],
        "answers_from": "77",
        "lists_most": 10,
        "limits": {"requests-a-day": 5},
    }
    bare = rows[0]
    assert (bare["access_codes"], bare["keys"], bare["service_codes"]) == ([], {}, {})


def test_one_operator_with_all_its_codes(cli: Cli) -> None:
    row = cli("operators", "mts-ru")
    assert row["service_codes"]["*880*22*N#"] == "list_add white"
    assert row in cli("operators")
    shown = cli.run("operators", "mts-ru").stdout
    assert "access codes                   0880N, 0800N, *880*N#\n" in shown
    assert "service codes *110*N#          send call_back\n" in shown
    assert "no operator 'mts': there are altel-kz" in cli.error("operators", "mts")


def test_people_get_a_table_of_operators(cli: Cli) -> None:
    lines = cli.run("operators").stdout.splitlines()
    assert lines[0].split()[:3] == ["id", "name", "currency"]
    assert lines[4].split()[-1] == "05050N"


def test_every_price_in_the_order_in_which_it_is_tried(cli: Cli) -> None:
    rows = cli("tariffs", "--operator", "mts-ru")
    assert [(row["kind"], row["name"], row["price_minor"]) for row in rows] == [
        ("collect", "caller-abroad-20", 2000),
        ("collect", "caller-abroad-80", 8000),
        ("collect", "caller-travelling", 890),
        ("collect", "same-region", 300),
        ("collect", "other-region", 500),
        ("ordinary", "any", 200),
        ("supplement", "ru", 500),
        ("supplement", "world-20", 500),
        ("supplement", "world-80", 500),
    ]
    assert rows[3] == {
        "operator": "mts-ru",
        "plan": None,
        "version": "2019-08-29",
        "valid_from": "2019-08-29",
        "in_force": True,
        "currency": "RUB",
        "unit_ms": 60_000,
        "kind": "collect",
        "name": "same-region",
        "conditions": {"calling_zones": ["home"], "same_region": True},
        "price_minor": 300,
    }
    everything = cli("tariffs")
    assert {row["operator"] for row in everything} == {"beeline-ru", "mts-ru", "tele2-kz"}
    assert all(row in everything for row in rows)


def test_one_version_of_a_tariff_is_in_force(cli: Cli, own_files: Path) -> None:
    old = own_files / "tariffs" / "test-net.toml"
    for version, day in (("0", "2025-01-01"), ("9", "9999-01-01")):
        text = old.read_text().replace('version = "1"', f'version = "{version}"')
        (own_files / "tariffs" / f"v{version}.toml").write_text(text.replace("2026-01-01", day))
    rows = cli("tariffs", "--operator", "test-net")
    versions = {row["version"]: (row["valid_from"], row["in_force"]) for row in rows}
    assert list(versions) == ["0", "1", "9"]
    assert versions == {
        "0": ("2025-01-01", False),
        "1": ("2026-01-01", True),
        "9": ("9999-01-01", False),
    }


def test_people_get_a_table_of_prices(cli: Cli) -> None:
    shown = cli.run("tariffs", "--operator", "mts-ru").stdout
    (line,) = (line for line in shown.splitlines() if "same-region" in line)
    assert "calling zones home; same region yes" in line
    assert "3.00" in line


def test_an_operator_that_is_unknown_has_no_prices(cli: Cli) -> None:
    assert "no operator 'mts': there are altel-kz" in cli.error("tariffs", "--operator", "mts")


@pytest.mark.parametrize("command", ["operators", "tariffs"])
def test_a_mistake_in_a_file_is_one_line(cli: Cli, own_files: Path, command: str) -> None:
    (own_files / "tariffs" / "test-net.toml").write_text("version = \n")
    complaint = cli.error(command)
    assert "tariffs/test-net.toml: Invalid value (at line 1, column 11)" in complaint
    assert "Traceback" not in complaint
