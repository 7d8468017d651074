"""Days of every length: clocks that change by an hour or half of one, stores that close after midnight, leap days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from analytics.frames import StoreTime, Window, business_day, day_start, day_window, hours, local_day, local_hour

SHANGHAI, BERLIN, NEW_YORK = "Asia/Shanghai", "Europe/Berlin", "America/New_York"
LORD_HOWE, KATHMANDU = "Australia/Lord_Howe", "Asia/Kathmandu"
# Zone, a day on whose morning the clocks change, and the length of that day in hours.
CHANGES = [
    (BERLIN, date(2026, 3, 29), 23),
    (BERLIN, date(2026, 10, 25), 25),
    (NEW_YORK, date(2026, 3, 8), 23),
    (NEW_YORK, date(2026, 11, 1), 25),
    (SHANGHAI, date(2026, 3, 29), 24),
    (SHANGHAI, date(2026, 10, 25), 24),
    (KATHMANDU, date(2026, 3, 29), 24),
    (LORD_HOWE, date(2026, 10, 4), 23.5),
    (LORD_HOWE, date(2026, 4, 5), 24.5),
    (BERLIN, date(2028, 2, 29), 24),
    (NEW_YORK, date(2026, 12, 31), 24),
    ("Europe/Dublin", date(2026, 10, 25), 25),
    ("America/Havana", date(2026, 3, 8), 23),  # the clocks go forward at midnight: the day begins at one
    ("America/Havana", date(2026, 11, 1), 25),  # and back to midnight: the first hour is there twice
    ("America/Nuuk", date(2026, 10, 24), 25),  # back at midnight: the last hour is there twice
]
TURNS = [0, 60, 120, 180, 300]


def around(day: date) -> list[date]:
    """The business days that may hold the night of the change."""
    return [day + timedelta(days=n) for n in (-2, -1, 0, 1)]


@pytest.mark.slow
@pytest.mark.parametrize("turns", TURNS)
@pytest.mark.parametrize(("zone", "day", "length"), CHANGES)
def test_days_tile_and_their_hours_add_up(zone: str, day: date, length: float, turns: int) -> None:
    time = StoreTime(zone, turns)
    total = 0.0
    for one in around(day):
        since, until = day_window(one, time)
        assert until == day_start(one + timedelta(days=1), time)
        found = hours(since, until, time)
        starts = [t.to_pydatetime() for t in found["hour_utc"]]
        assert starts[0] == since, "a day begins with an hour of its own"
        ends = [*starts[1:], until]
        lengths = [(end - start).total_seconds() for start, end in zip(starts, ends, strict=True)]
        assert all(0 < seconds <= 3600 for seconds in lengths)
        assert sum(lengths) == (until - since).total_seconds()
        assert found["local_date"].eq(pd.Timestamp(one)).all()
        assert found["weekday"].eq(one.weekday()).all()
        total += sum(lengths)
    assert total == 3600 * (72 + length), "wherever the business day turns, the change is lost nowhere"


@pytest.mark.slow
@pytest.mark.parametrize("turns", TURNS)
@pytest.mark.parametrize(("zone", "day"), [change[:2] for change in CHANGES])
def test_every_moment_has_the_day_whose_window_holds_it(zone: str, day: date, turns: int) -> None:
    time = StoreTime(zone, turns)
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    times = pd.Series(pd.date_range(begin, begin + timedelta(days=3), freq="7min13s", unit="ms"))
    found = local_hour(times, time)
    for moment, hour_utc, local_date in zip(times, found["hour_utc"], found["local_date"], strict=True):
        since, until = day_window(local_date.date(), time)
        assert since <= moment < until
        assert since <= hour_utc <= moment < hour_utc + timedelta(hours=1)
        assert business_day(moment.to_pydatetime(), time) == local_date.date()
    wall = [t.to_pydatetime().astimezone(ZoneInfo(zone)) for t in times]
    assert list(found["local_hour"]) == [w.hour for w in wall]
    assert local_day(times, time).equals(found["local_date"])
    assert found["hour_utc"].is_monotonic_increasing
    assert found["local_date"].is_monotonic_increasing


def test_the_half_hour_that_lord_howe_repeats_is_an_hour_of_its_own() -> None:
    found = hours(*day_window(date(2026, 4, 5), LORD_HOWE), LORD_HOWE)
    one = found[found["local_hour"] == 1]
    assert [f"{t:%d %H:%M}" for t in one["hour_utc"]] == ["04 14:00", "04 15:00"], "from 01:00, and again from 01:30"
    assert f"{found['hour_utc'][found['local_hour'] == 2].item():%d %H:%M}" == "04 15:30"


def test_the_half_hour_that_lord_howe_skips_shortens_its_hour() -> None:
    found = hours(*day_window(date(2026, 10, 4), LORD_HOWE), LORD_HOWE)
    starts = dict(zip(found["local_hour"], found["hour_utc"], strict=True))
    assert [f"{starts[hour]:%H:%M}" for hour in (1, 2, 3)] == ["14:30", "15:30", "16:00"]


def test_what_is_sold_after_midnight_belongs_to_the_evening_before() -> None:
    bar = StoreTime(BERLIN, 180)
    times = pd.Series(pd.to_datetime(["2026-01-01T00:59:59.999Z", "2026-01-01T02:00:00.000Z"]))  # 01:59, 03:00
    found = local_hour(times, bar)
    assert [f"{d:%Y-%m-%d}" for d in found["local_date"]] == ["2025-12-31", "2026-01-01"]
    assert list(found["weekday"]) == [2, 3]
    assert list(found["local_hour"]) == [1, 3], "the hour stays the wall's"
    leap = Window.of(date(2028, 2, 29), date(2028, 3, 1), bar)
    assert leap.until == datetime(2028, 3, 1, 2, tzinfo=UTC)


def test_a_night_on_which_the_clocks_change_is_longer_or_shorter_for_the_evening_before() -> None:
    bar = StoreTime(BERLIN, 240)
    lengths = {
        day: (until - since).total_seconds() / 3600
        for day in (date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 24), date(2026, 10, 25))
        for since, until in [day_window(day, bar)]
    }
    assert list(lengths.values()) == [23, 24, 25, 24]


def test_an_empty_frame_has_no_hours_and_keeps_its_dtypes() -> None:
    found = local_hour(pd.Series([], dtype="datetime64[ms, UTC]"), BERLIN)
    assert [str(t) for t in found.dtypes] == ["datetime64[ms, UTC]", "datetime64[ms]", "int64", "int64"]
    assert found.empty


def test_the_index_of_the_times_is_kept() -> None:
    times = pd.Series(pd.to_datetime(["2026-01-01T10:00Z", "2026-01-01T10:01Z"]), index=[7, 3])
    assert list(local_hour(times, BERLIN).index) == [7, 3]


@pytest.mark.parametrize("turns", [-60, 90, 1440])
def test_a_business_day_begins_on_a_whole_hour(turns: int) -> None:
    with pytest.raises(ValueError, match=f"turns_min={turns}: must be whole hours"):
        StoreTime(BERLIN, turns)
