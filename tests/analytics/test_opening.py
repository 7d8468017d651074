"""When the store is open: over midnight, on the nights when clocks change, on days with hours of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from analytics import metrics
from analytics.frames import StoreTime, Window
from analytics.opening import Opening, OpeningError, turns_min
from analytics.visits import VisitRules, visits, waterfall_days
from edge.hours import StoreHours
from tests.analytics.store_days import at, crossings, lines, opening, receipts, watches

EVENINGS = dict.fromkeys(range(7), ("18:00", "26:00"))  # until two in the morning
BAR = opening(EVENINGS)


def hours_long(calendar: Opening, first: date, days: int) -> list[float]:
    """How long each business day is open, in hours."""
    found = []
    for n in range(days):
        window = Window.of(first + timedelta(days=n), first + timedelta(days=n + 1), calendar.time)
        grid = calendar.grid(window.since, window.until)
        assert grid["local_date"].eq(pd.Timestamp(window.first)).all()
        found.append(float(grid["open_s"].sum()) / 3600)
    return found


@pytest.mark.parametrize(
    ("openings", "turn"),
    [
        ([], 0),
        ([(540, 1200)], 0),
        ([(0, 1440)], 0),
        ([(540, 540), (540, 1440)], 0),
        ([(1080, 1560)], 180),
        ([(1080, 1561)], 240),
        ([(1080, 1560), (150, 600)], 120),  # opens at half past two elsewhere in the week
        ([(1080, 1800)], 420),
        ([(1320, 1980), (540, 1200)], 540),  # closes at nine and opens at nine
        ([(1080, 1560), (0, 0)], 180),  # a closed day opens never
    ],
)
def test_the_business_day_ends_after_the_latest_closing(openings: list[tuple[int, int]], turn: int) -> None:
    assert turns_min(openings) == turn


@pytest.mark.parametrize(
    "openings", [[(1080, 1560), (0, 600)], [(1200, 1995), (540, 1200)], [(1080, 1570), (130, 600)]]
)
def test_hours_that_leave_no_end_of_the_day_are_refused(openings: list[tuple[int, int]]) -> None:
    with pytest.raises(OpeningError, match=r"closes at \d\d:\d\d past midnight and opens at \d\d:\d\d on some day"):
        turns_min(openings)


def test_an_ordinary_store_ends_its_days_at_midnight() -> None:
    assert opening().time == StoreTime("Europe/Berlin", 0)
    assert opening({}).time.turns_min == 0


def test_an_opening_over_midnight_belongs_to_its_evening() -> None:
    spans = BAR.spans(at("2026-01-05 20:00"), at("2026-01-06 01:00"))
    assert [f"{day:%m-%d}" for day in spans["local_date"]] == ["01-05"]
    spans = BAR.spans(at("2026-01-06 01:30"), at("2026-01-06 01:31"))
    assert [f"{day:%m-%d}" for day in spans["local_date"]] == ["01-05"], "opened the day before"
    times = pd.Series([pd.Timestamp(at(f"2026-01-06 {clock}")) for clock in ("01:59:59", "02:00", "12:00", "18:00")])
    assert list(BAR.is_open(times)) == [True, False, False, True]


@pytest.mark.parametrize(
    ("zone", "night", "length"),
    [
        ("Europe/Berlin", date(2026, 3, 28), 8),  # 02:00 is skipped: closes at what is 03:00 then, after 8 hours
        ("Europe/Berlin", date(2026, 10, 24), 9),  # 02:00 comes twice: closes at the second
        ("America/New_York", date(2026, 3, 7), 8),
        ("America/New_York", date(2026, 10, 31), 9),  # 01:00 to 02:00 is there twice
        ("Asia/Shanghai", date(2026, 3, 28), 8),
        ("Asia/Kathmandu", date(2026, 10, 24), 8),
        ("Australia/Lord_Howe", date(2026, 4, 4), 8.5),
        ("Australia/Lord_Howe", date(2026, 10, 3), 8),
        ("Europe/Berlin", date(2028, 2, 29), 8),
        ("Europe/Berlin", date(2025, 12, 31), 8),
    ],
)
def test_the_night_of_a_clock_change(zone: str, night: date, length: float) -> None:
    calendar = opening(EVENINGS, zone=zone)
    assert hours_long(calendar, night - timedelta(days=1), 3) == [8, length, 8]


@pytest.mark.parametrize("seed", range(8))
def test_any_week_of_hours_tiles(seed: int) -> None:
    """Openings of random hours and zones: every second of them is in one hour of one business day, and in no other."""
    rng = np.random.default_rng(seed)
    zones = ["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "Asia/Kathmandu"]
    week = {}
    for weekday in range(7):
        opens = int(rng.integers(12 * 60, 22 * 60))
        closes = int(rng.integers(opens + 30, 30 * 60))
        week[weekday] = (f"{opens // 60:02}:{opens % 60:02}", f"{closes // 60:02}:{closes % 60:02}")
    del week[int(rng.integers(7))]
    calendar = opening(week, zone=str(rng.choice(zones)))
    for first in (date(2026, 3, 1), date(2026, 9, 28), date(2027, 12, 20), date(2028, 2, 20)):
        window = Window.of(first, first + timedelta(days=40), calendar.time)
        spans = calendar.spans(window.since, window.until)
        grid = calendar.grid(window.since, window.until)
        per_day = grid.groupby("local_date")["open_s"].sum()
        own = ((spans["closes_ms"] - spans["opens_ms"]) / 1000).set_axis(spans["local_date"])
        assert per_day[per_day > 0].to_dict() == own.to_dict()


def test_new_years_eve_may_end_after_midnight() -> None:
    eve = date(2025, 12, 31)
    calendar = replace(opening(), special_hours={eve: (20 * 60, 26 * 60)}, closed_days=frozenset({date(2026, 1, 1)}))
    assert calendar.time.turns_min == 180
    assert hours_long(calendar, eve - timedelta(days=1), 4) == [11, 6, 0, 11]


def test_special_hours_that_run_into_the_morning_are_refused() -> None:
    with pytest.raises(OpeningError, match="closes at 09:30 past midnight and opens at 09:00"):
        replace(opening(), special_hours={date(2025, 12, 31): (20 * 60, 33 * 60 + 30)})


def test_who_came_before_midnight_and_leaves_after_it_is_one_visit() -> None:
    same = {"track_id": 7}
    rows = crossings(("2026-01-05 23:50", "in", same), ("2026-01-06 00:20", "out", same))
    judged = visits(rows, BAR, VisitRules())
    assert list(judged["reason"]) == ["visit"]
    assert judged["dwell_s"].item() == 1800
    assert np.isnan(visits(rows, opening(dict.fromkeys(range(7), ("00:00", "24:00"))))["dwell_s"].item())
    late = crossings(("2026-01-06 01:00", "in"))
    steps = waterfall_days(visits(late, BAR), BAR.time)
    assert {f"{day:%m-%d}" for day in steps["local_date"]} == {"01-05"}


def test_the_night_counts_for_the_evening_and_ends_at_closing() -> None:
    rows = crossings(("2026-01-05 23:30", "in"), ("2026-01-06 00:30", "in"), ("2026-01-06 18:30", "in"))
    window = Window.of(date(2026, 1, 5), date(2026, 1, 7), BAR.time)
    seen_by = watches(("2026-01-05 12:00", "2026-01-07 03:00"))
    traffic = metrics.Traffic(rows, visits(rows, BAR), seen_by, frozenset({"door"}))
    sold = metrics.Sales(receipts(("2026-01-06 01:30", 1000), ("2026-01-06 19:00", 500)), lines(R1=1, R2=1))
    hours = metrics.hourly(traffic, sold, BAR, window.since, window.until)
    days = metrics.daily(hours)
    assert list(days["visits"]) == [2, 1]
    assert list(days["receipts"]) == [1, 1]
    assert list(days["sales_minor"]) == [1000, 500]
    assert list(days["weekday"]) == [0, 1]
    assert list(days["occupancy_max"]) == [2, 1], "nobody of the night is inside in the evening"
    by_clock = hours.set_index(["local_date", "local_hour"])
    eve = pd.Timestamp(2026, 1, 5)
    assert by_clock.loc[(eve, 0), "occupancy_mean"] == 1.5, "midnight does not empty the store"
    assert by_clock.loc[(eve, 1), "occupancy_max"] == 2
    drift = metrics.drift_days(traffic, BAR, window.since, window.until)
    assert list(drift["inside"]) == [2, 1]
    assert [f"{day:%m-%d}" for day in drift["local_date"]] == ["01-05", "01-06"]


def test_an_hour_that_the_clock_skips_half_of_is_half_as_long() -> None:
    calendar = opening(dict.fromkeys(range(7), ("00:00", "24:00")), zone="Australia/Lord_Howe")
    for day, length in ((date(2026, 4, 5), 24.5), (date(2026, 10, 4), 23.5)):
        window = Window.of(day, day + timedelta(days=1), calendar.time)
        grid = calendar.grid(window.since, window.until)
        assert grid["open_s"].sum() == 3600 * length
        assert sorted(grid["open_s"].unique()) == [1800, 3600]
        assert (grid["open_to_ms"].to_numpy()[:-1] == grid["open_from_ms"].to_numpy()[1:]).all()


def test_closing_in_a_half_hour_that_is_skipped_is_the_moment_of_the_skip() -> None:
    calendar = opening({5: ("18:00", "26:15")}, zone="Australia/Lord_Howe")
    spans = calendar.spans(datetime(2026, 10, 3, tzinfo=UTC), datetime(2026, 10, 4, tzinfo=UTC))
    closes = datetime.fromtimestamp(spans["closes_ms"].item() / 1000, tz=UTC).astimezone(ZoneInfo(calendar.time_zone))
    assert f"{closes:%d %H:%M}" == "04 02:30"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("zone", "middle"),
    [
        (zone, middle)
        for zone, days in {
            "Asia/Shanghai": (date(2026, 3, 29),),
            "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
            "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
            "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
        }.items()
        for middle in days
    ],
)
def test_days_count_what_the_edge_saw_by_its_own_clock(zone: str, middle: date) -> None:
    """Everyone who comes while the edge says open is a visit of the evening on which the edge says it opened."""
    calendar = opening(EVENINGS, zone=zone)
    edge = StoreHours(((18 * 60, 26 * 60),) * 7, zone)
    window = Window.of(middle - timedelta(days=2), middle + timedelta(days=2), calendar.time)
    span_ms = round((window.until - window.since).total_seconds() * 1000)
    moments = np.sort(np.random.default_rng(middle.toordinal()).integers(0, span_ms, 900))
    times = [window.since + timedelta(milliseconds=int(ms)) for ms in moments]
    rows = crossings(*[("2026-01-01 10:00", "in")] * len(times)).assign(
        at=pd.to_datetime(times, utc=True).as_unit("ms")
    )
    judged = visits(rows, calendar)
    since = [edge.open_since(at) for at in times]
    assert judged["counted"].tolist() == [opened is not None for opened in since]
    sales = receipts(*[("2026-01-01 10:00", 100)] * len(times)).assign(sold_at=rows["at"])
    seen_by = watches(("2026-01-01 00:00", "2026-12-31 00:00"))
    traffic = metrics.Traffic(rows, judged, seen_by, frozenset({"door"}))
    days = metrics.daily(metrics.hourly(traffic, metrics.Sales(sales, lines()), calendar, window.since, window.until))
    evenings = pd.Series([opened.astimezone(ZoneInfo(zone)).date() for opened in since if opened is not None])
    assert dict(zip(days["local_date"].dt.date, days["visits"], strict=True)) == evenings.value_counts().to_dict()
    assert days["receipts"].sum() == len(times), "what is sold while the store is closed is in some day, too"


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Europe/Dublin", "Australia/Lord_Howe", "America/Havana"])
@pytest.mark.parametrize("hours", [("01:30", "02:30"), ("00:00", "01:00"), ("02:15", "26:00")])
def test_every_opening_of_a_year_is_the_one_that_the_edge_knows(zone: str, hours: tuple[str, str]) -> None:
    """Also those in the readings that the clocks skip or show twice."""
    calendar = opening(dict.fromkeys(range(7), hours), zone=zone)
    opens, closes = (int(text[:2]) * 60 + int(text[3:]) for text in hours)
    edge = StoreHours(((opens, closes),) * 7, zone)
    spans = calendar.spans(datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 12, 30, tzinfo=UTC))
    for opened_ms, closed_ms in zip(spans["opens_ms"], spans["closes_ms"], strict=True):
        opened, closed = (datetime.fromtimestamp(at / 1000, tz=UTC) for at in (opened_ms, closed_ms))
        assert edge.last_closing(closed) == closed
        assert opened == closed or edge.open_since(opened) == opened
