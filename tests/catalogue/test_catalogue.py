"""Loading data files: the shipped ones, a deployment's own over them, and every mistake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from agi import catalogue
from agi.catalogue import CatalogueError, UnknownOperator
from agi.domain.dispositions import Disposition
from agi.domain.errors import TariffGap
from agi.domain.subscribers import Subscriber

SHIPPED = catalogue.load()
ONE_SMS = 70  # letters, where one of them is outside the GSM alphabet

OPERATOR = """
id = "test-net"
name = "Test"
currency = "RUB"
default_region = "moscow"
roaming_zones = ["ru"]
[collect]
keys = { accept = "1" }
access_codes = [{ code = "*77*", suffix = "#" }]
"""
TARIFF = """
operator = "test-net"
version = "1"
valid_from = 2026-01-01
currency = "RUB"
rules = [{ name = "any", price_minor = 100 }]
called_zone_supplements_minor = { ru = 50 }
"""
NOTICES = """
operator = "test-net"
[call_me]
on = ["busy"]
text = "{calling}"
"""

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


def payer(operator: str, plan: str = "") -> Subscriber:
    return Subscriber("9110000001", operator, "moscow", plan=plan)


def test_the_shipped_operators() -> None:
    assert sorted(SHIPPED.operators) == ["beeline-kz", "beeline-ru", "mts-ru", "tele2-kz"]
    assert {name: rule.currency for name, rule in SHIPPED.operators.items()} == {
        "beeline-kz": "KZT",
        "beeline-ru": "RUB",
        "mts-ru": "RUB",
        "tele2-kz": "KZT",
    }


@pytest.mark.parametrize(
    ("operator", "outcomes"),
    [
        (
            "beeline-ru",
            {
                Disposition.NO_FUNDS,
                Disposition.NOT_ENTITLED,
                Disposition.BUSY,
                Disposition.NO_ANSWER,
                Disposition.UNREACHABLE,
            },
        ),
        ("mts-ru", {Disposition.BUSY, Disposition.NO_FUNDS, Disposition.UNREACHABLE}),
        ("tele2-kz", None),
        ("beeline-kz", None),
    ],
)
def test_the_shipped_notices(operator: str, outcomes: set[Disposition] | None) -> None:
    call_me = SHIPPED.notice_rules(operator).call_me
    assert (call_me.on if call_me else None) == outcomes
    if call_me:
        text = call_me.text.format(calling="9161234567")
        assert "+79161234567" in text
        assert len(text) <= ONE_SMS


def test_an_unknown_operator_is_told_which_there_are() -> None:
    with pytest.raises(UnknownOperator, match="no operator 'mts': there are beeline-kz"):
        SHIPPED.operator("mts")


def test_a_folder_adds_an_operator(write: Write) -> None:
    loaded = catalogue.load([write(operators=OPERATOR, tariffs=TARIFF, notices=NOTICES)])
    assert set(loaded.operators) == {*SHIPPED.operators, "test-net"}
    assert loaded.tariff_for(payer("test-net"), date(2026, 1, 1)).rules[0].price_minor == 100
    assert loaded.notice_rules("test-net").call_me is not None


def test_a_file_of_the_same_name_replaces_the_shipped_one(write: Write, tmp_path: Path) -> None:
    shipped = (catalogue.DATA_DIR / "tariffs" / "tele2-kz.toml").read_text(encoding="utf-8")
    quick = write({"tariffs/tele2-kz.toml": shipped.replace("60000", "2000")})
    tariff = catalogue.load([quick]).tariff_for(payer("tele2-kz"), date(2026, 1, 1))
    assert (tariff.unit_ms, tariff.rules[0].price_minor) == (2000, 1300)
    # The last folder wins.
    assert catalogue.load([quick, catalogue.DATA_DIR]).tariffs == SHIPPED.tariffs


def test_the_newest_valid_version_of_the_plan_applies(write: Write) -> None:
    later = TARIFF.replace("2026-01-01", "2026-02-01").replace('version = "1"', 'version = "2"')
    gold = TARIFF.replace('version = "1"', 'version = "gold"\nplan = "gold"')
    files = {"tariffs/test-net-2.toml": later, "tariffs/test-net-gold.toml": gold}
    loaded = catalogue.load([write(files, operators=OPERATOR, tariffs=TARIFF)])
    for plan, day, version in (
        ("", date(2026, 1, 31), "1"),
        ("", date(2026, 2, 1), "2"),
        ("silver", date(2026, 3, 1), "2"),
        ("gold", date(2026, 3, 1), "gold"),
    ):
        assert loaded.tariff_for(payer("test-net", plan), day).version == version
    with pytest.raises(TariffGap, match="test-net has no tariff on 2025-12-31"):
        loaded.tariff_for(payer("test-net"), date(2025, 12, 31))


@pytest.mark.parametrize(
    ("kind", "old", "new", "fault"),
    [
        ("operators", 'id = "test-net"', "id = test-net", "at line 2, column"),
        ("operators", 'name = "Test"\n', "", "name: Field required"),
        ("operators", 'name = "Test"', 'nam = "Test"', "nam: Extra inputs are not permitted"),
        ("operators", '"1"', '"one"', r"collect\.keys\.accept: "),
        ("operators", '"*77*"', '"x"', r"collect\.access_codes\[0\]\.code: "),
        ("operators", "test-net", "mts-ru", "says the same as .*: one file an operator"),
        ("operators", "*77*", "*133*8", r"\*133\*8 .*can't be told from \*133\* of .*tele2-kz"),
        ("tariffs", "test-net", "nobody", "operator: no operator 'nobody': there are"),
        ("tariffs", "RUB", "KZT", "currency: KZT, but the operator's accounts are in RUB"),
        ("tariffs", "= 100", "= 1.5", r"rules\[0\]\.price_minor: "),
        ("tariffs", "= 100", "= 0", r"rules\[0\]\.price_minor: "),
        ("tariffs", "ru = 50", "ru = 50, mars = 1", "no zone mars: test-net has home, ru"),
        ("tariffs", "ru = 50", "", "no price for .*/home and a called party in .*/ru: add"),
        ("tariffs", "price_minor", "same_region = true, price_minor", "no price for .* there"),
        ("tariffs", 'version = "1"', 'version = "1"\nplan = "x"', "no tariff without a plan"),
        ("notices", "test-net", "nobody", "operator: no operator 'nobody'"),
        ("notices", "test-net", "mts-ru", "says the same as .*: one file of notices an operator"),
        ("notices", "{calling}", "{called}", r"call_me\.text: .*only \{calling\}"),
        ("notices", "{calling}", "{calling.__class__}", r"call_me\.text: .*only \{calling\}"),
        ("notices", "{calling}", "{", r"call_me\.text: "),
        ("notices", "busy", "bussy", r"call_me\.on"),
    ],
)
def test_a_mistake_is_named_by_file_and_key(
    write: Write, kind: str, old: str, new: str, fault: str
) -> None:
    good = {"operators": OPERATOR, "tariffs": TARIFF, "notices": NOTICES}
    assert old in good[kind]
    folder = write(**good | {kind: good[kind].replace(old, new)})
    with pytest.raises(CatalogueError, match=fault) as refused:
        catalogue.load([folder])
    if "without a plan" not in fault:
        assert "test-net.toml" in str(refused.value)


@pytest.mark.parametrize("day", ["2026-01-01", "2026-02-01"])
def test_two_tariffs_that_nothing_tells_apart_are_refused(write: Write, day: str) -> None:
    again = TARIFF.replace("2026-01-01", day)
    with pytest.raises(CatalogueError, match=r"test-net\.toml says the same as .*test-net-2\.toml"):
        catalogue.load(
            [write({"tariffs/test-net-2.toml": again}, operators=OPERATOR, tariffs=TARIFF)]
        )


def test_a_currency_that_can_not_be_spoken_is_refused(write: Write) -> None:
    files = {"operators": OPERATOR, "tariffs": TARIFF}
    euro = {kind: text.replace("RUB", "EUR") for kind, text in files.items()}
    with pytest.raises(CatalogueError, match="no words for EUR: there are RUB, KZT"):
        catalogue.load([write(**euro)])


def test_a_file_that_is_no_text_is_named(write: Write) -> None:
    folder = write(operators=OPERATOR)
    (folder / "operators" / "test-net.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(CatalogueError, match=r"test-net\.toml: .*utf-8"):
        catalogue.load([folder])


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"nowhere is no folder: correct data_dirs"):
        catalogue.load([tmp_path / "nowhere"])
