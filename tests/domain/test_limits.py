"""When a limit's time begins and ends."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agi.domain.limits import COLLECT, Limit, Window

DAY = Limit(name="day", counts=frozenset({COLLECT}), most=1)
LONG = Limit(name="long", counts=frozenset({COLLECT}), most=1, window=Window.DAY_LONG)
HOUR_MS = 3_600_000
ZONES = ["Europe/Moscow", "Asia/Almaty", "UTC", "Europe/Berlin", "America/Sao_Paulo"]


def at(text: str, zone: str) -> int:
    """Local time as Unix milliseconds."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("zone", "now", "since"),
    [
        # 23:30 in UTC is the next day in both.
        ("Europe/Moscow", "2026-01-31T23:30+00:00", "2026-02-01T00:00"),
        ("Asia/Almaty", "2026-01-31T23:30+00:00", "2026-02-01T00:00"),
        ("Europe/Moscow", "2026-01-31T20:59:59.999+00:00", "2026-01-31T00:00"),
        ("Europe/Moscow", "2026-01-31T21:00+00:00", "2026-02-01T00:00"),
        ("Asia/Almaty", "2026-01-31T18:59:59.999+00:00", "2026-01-31T00:00"),
        ("Asia/Almaty", "2026-01-31T19:00+00:00", "2026-02-01T00:00"),
        # Almaty had UTC+6 until March 2024.
        ("Asia/Almaty", "2024-01-31T18:00+00:00", "2024-02-01T00:00"),
    ],
)
def test_a_day_begins_at_midnight_in_the_zone(zone: str, now: str, since: str) -> None:
    now_ms = round(datetime.fromisoformat(now).timestamp() * 1000)
    assert DAY.since_ms(now_ms, ZoneInfo(zone)) == at(since, zone)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_may_have_23_or_25_hours(day: str, hours: int) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    noon_ms, midnight_ms = at(f"{day}T12:00", "Europe/Berlin"), at(f"{day}T00:00", "Europe/Berlin")
    assert DAY.since_ms(noon_ms, berlin) == midnight_ms
    assert DAY.free_ms(noon_ms, berlin) == midnight_ms + hours * HOUR_MS


def test_24_hours_are_24_hours() -> None:
    now_ms = at("2026-02-01T00:10", "Europe/Moscow")
    moscow = ZoneInfo("Europe/Moscow")
    assert LONG.since_ms(now_ms, moscow) == now_ms - 24 * HOUR_MS + 1
    assert LONG.free_ms(now_ms, moscow) == now_ms + 24 * HOUR_MS


@given(
    st.sampled_from([DAY, LONG]),
    st.sampled_from(ZONES),
    st.integers(at("2010-01-01", "UTC"), at("2040-01-01", "UTC")),
)
def test_a_use_counts_until_it_is_free(limit: Limit, zone: str, used_ms: int) -> None:
    free_ms = limit.free_ms(used_ms, ZoneInfo(zone))
    assert limit.since_ms(used_ms, ZoneInfo(zone)) <= used_ms
    assert limit.since_ms(free_ms - 1, ZoneInfo(zone)) <= used_ms
    assert limit.since_ms(free_ms, ZoneInfo(zone)) > used_ms


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", "Requests a day"),
        ("counts", []),
        ("counts", ["Call me"]),
        ("per", "region"),
        ("window", "week"),
        ("most", -1),
        ("most", 1.5),
        ("colour", "red"),
    ],
)
def test_a_wrong_value_is_named_by_its_key(key: str, value: object) -> None:
    good = {"name": "x", "counts": ["collect"], "most": 1}
    assert Limit.model_validate(good).most == 1
    with pytest.raises(ValidationError) as refused:
        Limit.model_validate(good | {key: value})
    assert refused.value.errors()[0]["loc"][0] == key
