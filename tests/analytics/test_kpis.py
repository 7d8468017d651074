"""Every indicator against a slow version of it, on stores told by dice."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from analytics import frames, kpis, metrics

from . import slow_kpis
from .random_store import CALM, FIRST, store
from .store_days import rows_of

if TYPE_CHECKING:
    from collections.abc import Callable

SINCE, UNTIL = FIRST + timedelta(weeks=6), FIRST + timedelta(weeks=9)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@pytest.fixture(scope="module")
def rollups() -> kpis.Rollups:
    return store(3)[0]


def only(found: pd.DataFrame, kpi: str) -> Any:
    """The one row of an indicator."""
    (row,) = rows_of(found[found["kpi"] == kpi])
    return row


def names_by(rollups: kpis.Rollups) -> dict[str, Callable[[dict[str, Any]], str]]:
    """What each hour's group is called, told once more."""
    days = {row.local_date: row for row in rows_of(rollups.calendar)}

    def of_day(name: str, none: str) -> Callable[[dict[str, Any]], str]:
        def told(hour: dict[str, Any]) -> str:
            row = days.get(hour["local_date"])
            if row is None:
                return "unknown"
            value = getattr(row, name)
            return value if isinstance(value, str) else none

        return told

    def retail(hour: dict[str, Any]) -> str:
        row = days.get(hour["local_date"])
        return "unknown" if row is None else f"{row.retail_year}-W{row.retail_week:02}"

    def iso(hour: dict[str, Any]) -> str:
        year, week, _ = hour["local_date"].isocalendar()
        return f"{year}-W{week:02}"

    return {
        "all": lambda _: "",
        "hour": lambda h: f"{h['hour_utc']:%Y-%m-%dT%H:%MZ}",
        "day": lambda h: f"{h['local_date']:%Y-%m-%d}",
        "week": iso,
        "month": lambda h: f"{h['local_date']:%Y-%m}",
        "retail_week": retail,
        "weekday_hour": lambda h: f"{WEEKDAYS[h['weekday']]} {h['local_hour']:02}",
        "weather": of_day("weather", "unknown"),
        "promotion": of_day("promotion", "none"),
        "holiday": of_day("holiday", "none"),
    }


def agree(found: Any, slow: float | None, what: str) -> None:
    if slow is None or math.isnan(slow):
        assert pd.isna(found), f"{what}: {found} but nothing can be known"
    else:
        assert found == pytest.approx(slow, rel=1e-9, abs=1e-9), what


def compare_all(rollups: kpis.Rollups, found: pd.DataFrame, by: str, kind: str = "", name: str = "") -> None:
    """Every row of ``found`` against the slow version; and no group is missing."""
    everything = slow_kpis.hours_of(rollups, kind, name)
    asked = [h for h in everything if SINCE <= h["local_date"].date() < UNTIL]

    def same(_: dict[str, Any]) -> str:
        return name

    label = names_by(rollups).get(by, same)
    grouped = defaultdict(list)
    for hour in asked:
        grouped[label(hour)].append(hour)
    for kpi, mine in found.groupby("kpi"):
        assert set(mine["group"]) == set(grouped), kpi
    for row in rows_of(found):
        what = f"{row.kpi} by {by} {row.group!r}"
        slow = slow_kpis.answer(row.kpi, grouped[row.group])
        for column in ("numerator", "denominator", "value", "coverage"):
            agree(getattr(row, column), getattr(slow, column), f"{what}: {column}")
        assert row.status == slow.status, what
        weekly = []
        if slow.value is not None and row.kpi != "coverage":
            weekly = slow_kpis.weeks_before(row.kpi, grouped[row.group], everything, slow.value)
        assert row.weeks == len(weekly), what
        baseline, ratio, z = slow_kpis.against(slow.value, weekly)
        agree(row.baseline, baseline, f"{what}: baseline")
        agree(row.ratio, ratio, f"{what}: ratio")
        if z is not None and abs(z) < 1e6:
            agree(row.z, z, f"{what}: z")


@pytest.mark.slow
@pytest.mark.parametrize("by", [by for by in frames.BY if by not in {"till", "zone", "segment", "hour"}])
def test_every_indicator_by_every_property_of_the_time_equals_the_slow_version(rollups: kpis.Rollups, by: str) -> None:
    found = kpis.kpis(rollups, SINCE, UNTIL, by)
    assert set(found["kpi"]) == {name for name, kpi in kpis.KPIS.items() if by in kpi.by}
    compare_all(rollups, found, by)


def test_every_indicator_by_the_hour_equals_the_slow_version(rollups: kpis.Rollups) -> None:
    found = kpis.kpis(rollups, SINCE, UNTIL, "hour")
    some = found[found["group"].isin(sorted(found["group"].unique())[::7])]
    everything = slow_kpis.hours_of(rollups, "", "")
    label = names_by(rollups)["hour"]
    by_name = {label(h): h for h in everything}
    for row in rows_of(some):
        slow = slow_kpis.answer(row.kpi, [by_name[row.group]])
        agree(row.value, slow.value, f"{row.kpi} {row.group}")
        assert row.status == slow.status


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["till", "zone", "segment"])
def test_every_till_zone_and_segment_equals_the_slow_version(rollups: kpis.Rollups, kind: str) -> None:
    found = kpis.kpis(rollups, SINCE, UNTIL, kind)
    assert found["group"].nunique() == {"till": 3, "zone": 3, "segment": 4}[kind]
    for name, mine in found.groupby("group"):
        compare_all(rollups, mine.reset_index(drop=True), kind, kind, str(name))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name"), [("till", "T2"), ("zone", "floor/till"), ("segment", "Champions")])
def test_one_till_zone_or_segment_can_be_followed_through_time(rollups: kpis.Rollups, kind: str, name: str) -> None:
    for by in ("day", "weekday_hour"):
        found = kpis.kpis(rollups, SINCE, UNTIL, by, part=kpis.Part(kind, name))
        compare_all(rollups, found, by, kind, name)


def test_tills_and_segments_add_up_to_the_store(rollups: kpis.Rollups) -> None:
    sums = ["transactions", "net_sales", "net_units"]
    whole = kpis.kpis(rollups, SINCE, UNTIL, "all", sums).set_index("kpi")["value"]
    for kind in ("till", "segment"):
        parts = kpis.kpis(rollups, SINCE, UNTIL, kind, sums).groupby("kpi")["value"].sum()
        assert parts.to_dict() == whole.to_dict()


@pytest.mark.slow
def test_the_totals_are_those_of_the_daily_roll_up_and_of_the_report() -> None:
    rollups = store(5)[0]
    days = metrics.daily(rollups.hourly).set_index("local_date")
    pairs = {
        "traffic_in": "entries_in", "traffic_out": "entries_out", "visits": "visits", "conversion": "conversion",
        "buying_units": "buying_units", "conversion_per_unit": "conversion_per_unit", "atv": "atv_minor", "upt": "upt",
        "sales_per_visitor": "sales_per_visitor_minor", "occupancy_mean": "occupancy_mean", "coverage": "coverage",
        "occupancy_max": "occupancy_max", "net_sales": "sales_minor", "transactions": "receipts",
    }  # fmt: skip
    found = kpis.kpis(rollups, SINCE, UNTIL, "day", tuple(pairs), against=False)
    for row in rows_of(found):
        agree(row.value, slow_kpis.number(days.loc[row.group, pairs[row.kpi]]), f"{row.kpi} {row.group}")
    assert set(found["status"]) == {"ok", "partial", "missing", "closed"}


@pytest.mark.slow
def test_the_bounds_are_those_of_the_audit() -> None:
    rollups = store(6)[0]
    hours = rollups.hourly[rollups.hourly["local_date"].between(pd.Timestamp(SINCE), pd.Timestamp(UNTIL), "left")]
    days = metrics.with_bars(metrics.daily(hours), hours.reset_index(drop=True), rollups.audited)
    days = days.set_index("local_date")
    pairs = {
        "traffic_in": "entries_in", "traffic_out": "entries_out", "visits": "visits", "conversion": "conversion",
        "sales_per_visitor": "sales_per_visitor_minor", "occupancy_mean": "occupancy_mean",
    }  # fmt: skip
    found = kpis.kpis(rollups, SINCE, UNTIL, "day", tuple(pairs), against=False)
    assert found["low"].notna().sum() > 30
    for row in rows_of(found):
        for end in ("low", "high"):
            bar = slow_kpis.number(days.loc[row.group, f"{pairs[row.kpi]}_{end}"])
            agree(getattr(row, end), bar, f"{row.kpi} {row.group} {end}")
    barred = found.dropna(subset=["low", "high"])
    assert (barred["low"] <= barred["high"]).all()


@pytest.mark.slow
def test_what_is_divided_by_labour_or_drawn_into_a_zone_carries_the_bounds_of_the_visits() -> None:
    rollups = store(6, parts=CALM)[0]
    star = only(kpis.kpis(rollups, SINCE, UNTIL), "star")
    assert star.low < star.value < star.high
    # The product counted 195 of 200: the true number is more than the counted one.
    assert star.high - star.value > star.value - star.low
    drawn = kpis.kpis(rollups, SINCE, UNTIL, "zone", ["draw_in_rate"])
    assert ((drawn["low"] < drawn["value"]) & (drawn["value"] < drawn["high"])).all()
    tills = kpis.kpis(rollups, SINCE, UNTIL, "all", ["atv", "net_sales"])
    assert tills[["low", "high"]].isna().all(axis=None)


def test_nobody_audited_so_nothing_has_bounds() -> None:
    rollups = store(6)[0]
    silent = replace(rollups, audited=metrics.Audited(frames.empty(frames.LINE_HOURLY), frames.empty(frames.ACCURACY)))
    found = kpis.kpis(silent, SINCE, UNTIL)
    assert found[["low", "high"]].isna().all(axis=None)


def busy_and_blind() -> kpis.Rollups:
    """More sales than visits, everywhere."""
    rollups = store(7)[0]
    hours = rollups.hourly.copy()
    hours["visits"] = hours["visits"].mask(hours["visits"] > 0, 1)
    hours["receipts"] = hours["receipts"] * 10
    return replace(rollups, hourly=hours)


@pytest.mark.slow
def test_a_conversion_over_one_is_flagged_and_never_clipped() -> None:
    found = kpis.kpis(busy_and_blind(), SINCE, UNTIL, "all", ["conversion", "atv"])
    conversion = only(found, "conversion")
    assert conversion.value > 1
    assert conversion.flag == "conversion>1"
    assert pd.isna(only(found, "atv").flag)


@pytest.mark.slow
def test_a_conversion_of_exactly_one_is_no_mistake() -> None:
    rollups = store(7)[0]
    hours = rollups.hourly
    equal = replace(rollups, hourly=hours.assign(receipts=hours["visits"].fillna(0).astype("int64")))
    row = only(kpis.kpis(equal, SINCE, UNTIL, "all", ["conversion"]), "conversion")
    assert row.value == 1
    assert pd.isna(row.flag)


def test_sales_without_a_single_visit_are_flagged() -> None:
    rollups = store(7)[0]
    hours = rollups.hourly.assign(visits=rollups.hourly["visits"].where(rollups.hourly["visits"].isna(), 0))
    found = kpis.kpis(replace(rollups, hourly=hours), SINCE, UNTIL, "all", ["conversion"])
    row = only(found, "conversion")
    assert (row.flag, row.denominator) == ("sales without visits", 0)
    assert pd.isna(row.value)


def test_many_visits_without_a_single_receipt_are_flagged_and_a_few_are_not() -> None:
    rollups = store(7)[0]
    silent = replace(rollups, hourly=rollups.hourly.assign(receipts=0, units=0, sales_minor=0))
    row = only(kpis.kpis(silent, SINCE, UNTIL, "all", ["conversion"]), "conversion")
    assert row.denominator >= 30
    assert (row.value, row.flag) == (0, "visits without sales")
    hours = kpis.kpis(silent, SINCE, UNTIL, "hour", ["conversion"])
    few = hours[hours["denominator"].between(1, 29)]
    assert len(few)
    assert few["flag"].isna().all()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"by": "moon"}, "by 'moon': must be one of"),
        ({"names": ["conversoin"]}, "conversoin: no such indicator"),
        ({"names": ["dwell"]}, "dwell: not by all"),
        ({"by": "till", "names": ["conversion"]}, "conversion: not by till"),
        ({"part": kpis.Part("zone", "attic/hats")}, "zone 'attic/hats': there is none of this name"),
        ({"part": kpis.Part("cat", "Tom")}, "cat 'Tom', by all"),
        ({"by": "till", "part": kpis.Part("till", "T1")}, "till 'T1', by till"),
    ],
)
def test_what_there_is_not_is_named(rollups: kpis.Rollups, words: dict[str, Any], message: str) -> None:
    with pytest.raises(kpis.KpiError, match=message):
        kpis.kpis(rollups, SINCE, UNTIL, **words)


def test_a_period_without_hours_has_no_rows(rollups: kpis.Rollups) -> None:
    assert kpis.kpis(rollups, date(2030, 1, 1), date(2030, 2, 1), "day").empty
    nothing = kpis.Rollups(hourly=frames.empty(frames.HOURLY))
    for by in frames.BY:
        assert kpis.kpis(nothing, SINCE, UNTIL, by).empty


def test_the_day_of_the_clock_change_has_all_its_hours() -> None:
    rollups = store(8)[0]
    sunday = date(2026, 3, 29)
    found = kpis.kpis(rollups, sunday, sunday + timedelta(days=1), "hour", ["coverage"])
    assert len(found) == 23
    assert found["group"].is_unique


@pytest.mark.slow
def test_without_roll_ups_of_the_tills_what_rests_on_them_alone_is_unknown_not_zero() -> None:
    rollups = replace(store(3)[0], tills=frames.empty(frames.TILL_HOURLY))
    found = kpis.kpis(rollups, SINCE, UNTIL).set_index("kpi")["value"]
    assert np.isnan(found["return_rate"])
    assert found["net_sales"] > 0


def test_what_nobody_measures_says_so() -> None:
    rollups = replace(store(3)[0], capture=frames.empty(frames.CAPTURE_HOURLY), labour=None)
    found = kpis.kpis(rollups, SINCE, UNTIL).set_index("kpi")["flag"]
    assert set(found[found == "not measured"].index) == {"capture_rate", "star"}
