"""Loading data files: the shipped ones, and a deployment's own over them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from agi import catalogue
from agi.catalogue import UnknownOperator
from agi.domain import dialling
from agi.domain.dispositions import Disposition
from agi.domain.errors import TariffGap
from agi.domain.subscribers import Subscriber
from tests.catalogue.conftest import OPERATOR, TARIFF, WHOLE, Write

SHIPPED = catalogue.load()
ONE_SMS = 70  # letters, where one of them is outside the GSM alphabet


def payer(operator: str, plan: str = "") -> Subscriber:
    return Subscriber("9110000001", operator, "moscow", plan=plan)


def test_the_shipped_operators() -> None:
    facts = {rule.id: (rule.currency, rule.time_zone) for rule in SHIPPED.operators.values()}
    assert facts == {
        "altel-kz": ("KZT", "Asia/Almaty"),
        "beeline-kz": ("KZT", "Asia/Almaty"),
        "beeline-ru": ("RUB", "Europe/Moscow"),
        "mts-ru": ("RUB", "Europe/Moscow"),
        "tele2-kz": ("KZT", "Asia/Almaty"),
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


@pytest.mark.parametrize(
    ("operator", "kind", "networks"),
    [
        ("beeline-ru", "call_back", None),
        ("beeline-ru", "top_up", {"beeline-ru"}),
        ("mts-ru", "call_back", None),
        ("mts-ru", "top_up", None),
        ("mts-ru", "white_list", {"mts-ru"}),
        ("tele2-kz", "call_back", {"tele2-kz", "altel-kz"}),
        ("tele2-kz", "top_up", {"tele2-kz", "altel-kz"}),
    ],
)
def test_whom_a_code_may_send_to(operator: str, kind: str, networks: set[str] | None) -> None:
    assert SHIPPED.notice_rules(operator).by_code[kind].networks == networks


def test_every_text_names_the_sender_and_is_one_message() -> None:
    for rules in SHIPPED.notices.values():
        texts = [notice.text for notice in (*rules.by_code.values(), rules.call_me) if notice]
        for text in (one.format(calling="9161234567") for one in texts):
            assert "+79161234567" in text
            assert len(text) <= ONE_SMS


def test_the_shipped_limits_that_are_on() -> None:
    assert {
        (rule.id, limit.name, limit.most, limit.window.value)
        for rule in SHIPPED.operators.values()
        for limit in rule.limits
        if limit.most
    } == {
        ("beeline-ru", "requests-a-day", 15, "day"),
        ("mts-ru", "requests-a-day", 10, "day"),
        ("mts-ru", "after-failed-calls", 10, "24h"),
        ("mts-ru", "messages-a-day", 50, "day"),
        ("mts-ru", "call-back-a-day", 5, "day"),
        ("mts-ru", "top-up-a-day", 5, "day"),
    }


def test_nothing_that_is_dialled_means_two_things() -> None:
    entries = dialling.entries(SHIPPED.operators.values(), SHIPPED.services)
    assert dialling.collision(entries) is None


def test_an_unknown_operator_is_told_which_there_are() -> None:
    with pytest.raises(UnknownOperator, match="no operator 'mts': there are altel-kz"):
        SHIPPED.operator("mts")


def test_a_folder_adds_an_operator(write: Write) -> None:
    loaded = catalogue.load([write(**WHOLE)])
    assert set(loaded.operators) == {*SHIPPED.operators, "test-net"}
    assert loaded.tariff_for(payer("test-net"), date(2026, 1, 1)).rules[0].price_minor == 100
    assert loaded.notice_rules("test-net").call_me is not None
    assert loaded.services["test-net"].code("*78*N#") is not None
    added = {
        entry.pattern.text
        for entry in dialling.entries(loaded.operators.values(), loaded.services)
        if entry.name.startswith("*7")
    }
    assert added == {f"*7{n}*{p}Z{'X' * 9}#" for n in "78" for p in ("", "7", "8", "+7")} | {"*78#"}


def test_a_file_of_the_same_name_replaces_the_shipped_one(write: Write) -> None:
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
    loaded = catalogue.load(
        [write(files, operators=OPERATOR, tariffs=TARIFF, notices=WHOLE["notices"])]
    )
    for plan, day, version in (
        ("", date(2026, 1, 31), "1"),
        ("", date(2026, 2, 1), "2"),
        ("silver", date(2026, 3, 1), "2"),
        ("gold", date(2026, 3, 1), "gold"),
    ):
        assert loaded.tariff_for(payer("test-net", plan), day).version == version
    with pytest.raises(TariffGap, match="test-net has no tariff on 2025-12-31"):
        loaded.tariff_for(payer("test-net"), date(2025, 12, 31))


def test_an_operator_whose_tariffs_all_begin_later_is_named(write: Write) -> None:
    later = TARIFF.replace("2026-01-01", "2026-03-01").replace('version = "1"', 'version = "2"')
    gold = TARIFF.replace('version = "1"', 'version = "gold"\nplan = "gold"')
    folder = write({"tariffs/later.toml": later, "tariffs/gold.toml": gold}, **WHOLE)
    (folder / "tariffs" / "test-net.toml").write_text(TARIFF.replace("2026-01-01", "2026-02-01"))
    loaded = catalogue.load([folder])
    midnight_ms = round(datetime(2026, 2, 1, tzinfo=ZoneInfo("Europe/Moscow")).timestamp() * 1000)
    (warning,) = loaded.warnings(midnight_ms - 1)
    assert warning.startswith("operator test-net has no tariff without a plan before 2026-02-01:")
    assert list(loaded.warnings(midnight_ms)) == []


def test_a_version_of_a_plan_that_is_not_valid_yet_leaves_the_ordinary_one(write: Write) -> None:
    gold = TARIFF.replace('version = "1"', 'version = "gold"\nplan = "gold"')
    gold = gold.replace("2026-01-01", "2026-02-01")
    folder = write({"tariffs/gold.toml": gold}, **WHOLE)
    loaded = catalogue.load([folder])
    assert loaded.version_on("test-net", "gold", date(2026, 1, 31)) is None
    assert loaded.tariff_for(payer("test-net", "gold"), date(2026, 1, 31)).version == "1"


@pytest.mark.parametrize(
    ("operator", "zone"), [("mts-ru", "Europe/Moscow"), ("tele2-kz", "Asia/Almaty")]
)
def test_a_day_begins_at_the_operators_midnight(operator: str, zone: str) -> None:
    midnight = datetime(2026, 2, 1, tzinfo=ZoneInfo(zone))
    midnight_ms = round(midnight.timestamp() * 1000)
    days = [SHIPPED.today(operator, midnight_ms + late_ms) for late_ms in (-1, 0)]
    assert days == [date(2026, 1, 31), date(2026, 2, 1)]
