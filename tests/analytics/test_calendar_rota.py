"""Labour hours on the floor: by local hour, over midnight, on the nights when clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from analytics.calendar import labour_hours
from analytics.frames import ROTA, StoreTime, Window, check, empty

BERLIN = StoreTime("Europe/Berlin")
MONDAY = date(2026, 3, 2)


def at(text: str, zone: str = "Europe/Berlin") -> pd.Timestamp:
    return pd.Timestamp(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))


def rota(*shifts: tuple[str, str, int, bool], zone: str = "Europe/Berlin") -> pd.DataFrame:
    rows = [
        {"shift_id": f"S{n}", "begins": at(begins, zone), "ends": at(ends, zone), "people": people, "floor": floor}
        for n, (begins, ends, people, floor) in enumerate(shifts)
    ]
    return check(pd.DataFrame(rows), ROTA) if rows else empty(ROTA)


def of_days(shifts: pd.DataFrame, first: date, days: int = 1, time: StoreTime = BERLIN) -> pd.DataFrame:
    window = Window.of(first, first + timedelta(days=days), time)
    return labour_hours(shifts, time, window.since, window.until)


def test_a_shift_counts_for_the_hours_that_it_lasts() -> None:
    shifts = rota(
        ("2026-03-02T09:30", "2026-03-02T11:15", 2, True),
        ("2026-03-02T11:00", "2026-03-02T12:00", 1, True),
        ("2026-03-02T09:00", "2026-03-02T18:00", 3, False),  # in the office
    )
    found = of_days(shifts, MONDAY).set_index("local_hour")["labour_s"]
    assert found[found > 0].to_dict() == {9: 3600.0, 10: 7200.0, 11: 1800.0 + 3600.0}
    assert found[20] == 0


def test_a_day_of_which_the_rota_says_nothing_is_not_known() -> None:
    found = of_days(rota(("2026-03-02T09:00", "2026-03-02T10:00", 1, True)), MONDAY, days=2)
    assert found["labour_s"].isna().groupby(found["local_date"]).mean().tolist() == [0, 1]
    assert of_days(empty(ROTA), MONDAY)["labour_s"].isna().all()


@pytest.mark.parametrize(
    ("zone", "night", "worked_h"),
    [
        ("Europe/Berlin", date(2026, 3, 28), 7),
        ("Europe/Berlin", date(2026, 10, 24), 9),
        ("America/New_York", date(2026, 3, 7), 7),
        ("America/New_York", date(2026, 10, 31), 9),
        ("Asia/Shanghai", date(2026, 3, 28), 8),
        ("Australia/Lord_Howe", date(2026, 4, 4), 8.5),
        ("Australia/Lord_Howe", date(2026, 10, 3), 7.5),
    ],
)
def test_a_night_shift_is_as_long_as_it_was(zone: str, night: date, worked_h: float) -> None:
    after = night + timedelta(days=1)
    shifts = rota((f"{night}T20:00", f"{after}T04:00", 2, True), zone=zone)
    bar = StoreTime(zone, 300)
    found = of_days(shifts, night, time=bar)
    assert found["labour_s"].sum() == 2 * 3600 * worked_h
    assert found["local_date"].eq(pd.Timestamp(night)).all()
    assert of_days(shifts, after, time=bar)["labour_s"].isna().all(), "nothing is left for the next business day"
    assert (found["labour_s"] <= 2 * 3600).all()


@pytest.mark.parametrize("seed", range(5))
def test_any_rota_adds_up_as_when_it_is_added_second_by_second(seed: int) -> None:
    rng = np.random.default_rng(seed)
    zero = int(at("2026-03-28T00:00").timestamp())
    begins = zero + rng.integers(-20_000, 3 * 86_400, 30)
    ends = begins + rng.integers(1, 40_000, 30)
    people, floor = rng.integers(1, 5, 30), rng.random(30) < 0.8
    shifts = pd.DataFrame(
        {
            "shift_id": [f"S{n}" for n in range(30)],
            "begins": pd.to_datetime(begins, unit="s", utc=True),
            "ends": pd.to_datetime(ends, unit="s", utc=True),
            "people": people,
            "floor": floor,
        }
    )
    found = of_days(check(shifts, ROTA), date(2026, 3, 28), days=2)
    for hour_utc, labour_s in zip(found["hour_utc"], found["labour_s"], strict=True):
        from_s = int(hour_utc.timestamp())
        slow = sum(
            int(n) * max(0, min(int(end), from_s + 3600) - max(int(begin), from_s))
            for begin, end, n, on_floor in zip(begins, ends, people, floor, strict=True)
            if on_floor
        )
        assert labour_s == slow
