"""What is kept by the day for reports, against what the facts say of the whole period."""

from __future__ import annotations

from dataclasses import astuple
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analytics import frames, metrics
from analytics.frames import day_window
from analytics.jobs.rollups import pair_days
from analytics.metrics.survival import dwell, dwell_of_counts
from analytics.metrics.zone_days import steps

from .store_days import at, crossings, lines, opening, receipts, stays, watches

if TYPE_CHECKING:
    from analytics.opening import Opening

DOORS = frozenset({"door"})
CALENDAR = opening(closed_days=frozenset({date(2026, 1, 7)}))
FIRST, END = date(2026, 1, 5), date(2026, 1, 19)


def day_by_day(seen: pd.DataFrame, calendar: Opening, first: date, end: date) -> pd.DataFrame:
    days = [first + timedelta(days=n) for n in range((end - first).days)]
    windows = (day_window(day, calendar.time_zone) for day in days)
    parts = [metrics.outages(seen, DOORS, calendar, *window) for window in windows]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_outages_kept_by_the_day_are_the_gaps_of_the_period(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows: list[tuple[str, str]] = []
    health: list[str] = []
    clock = pd.Timestamp("2026-01-05 06:00")
    while clock < pd.Timestamp("2026-01-19 23:00"):
        end = clock + pd.Timedelta(minutes=int(rng.integers(20, 1500)))
        rows.append((f"{clock}", f"{end}"))
        health.append(str(rng.choice(["ok", "ok", "ok", "frozen", "dark"])))
        clock = end + pd.Timedelta(minutes=int(rng.integers(0, 700)) if rng.random() < 0.4 else 0)
    seen = watches(*rows).assign(health=health)
    since, until = at(FIRST.isoformat()), at(END.isoformat())
    kept = day_by_day(seen, CALENDAR, FIRST, END)
    whole = metrics.outages(seen, DOORS, CALENDAR, since, until)
    pd.testing.assert_frame_equal(kept, whole)
    expected = metrics.gaps(seen, DOORS, CALENDAR, since, until)
    found = metrics.joined(kept, CALENDAR)
    assert len(expected) > 1
    for one, other in zip(found, expected, strict=True):
        assert (one.begins, one.ends, one.open_s) == (other.begins, other.ends, other.open_s)
        assert set(one.cause.split(", ")) <= {*other.cause.split(", "), "no data"}


def test_a_gap_over_closed_days_is_one_and_two_gaps_are_two() -> None:
    seen = watches(("2026-01-05 08:00", "2026-01-06 18:00"), ("2026-01-08 12:00", "2026-01-09 21:00"))
    until = at("2026-01-10")
    found = metrics.joined(metrics.outages(seen, DOORS, CALENDAR, at("2026-01-05"), until), CALENDAR)
    assert [(gap.begins, gap.ends, gap.open_s) for gap in found] == [
        (at("2026-01-06 18:00"), at("2026-01-08 12:00"), (2 + 3) * 3600.0)  # the 7th is closed
    ]
    apart = watches(
        ("2026-01-05 08:00", "2026-01-05 18:00"), ("2026-01-06 08:00", "2026-01-08 09:00"),
        ("2026-01-08 10:00", "2026-01-09 21:00"),
    )  # fmt: skip
    found = metrics.joined(metrics.outages(apart, DOORS, CALENDAR, at("2026-01-05"), until), CALENDAR)
    assert [gap.open_s for gap in found] == [2 * 3600.0, 3600.0]


def test_without_outages_there_are_no_gaps() -> None:
    seen = watches(("2026-01-05 08:00", "2026-01-05 21:00"))
    kept = metrics.outages(seen, DOORS, CALENDAR, at("2026-01-05"), at("2026-01-06"))
    assert kept.empty
    assert metrics.joined(kept, CALENDAR) == ()


def test_steps_are_whole_seconds_at_first_and_then_within_a_twentieth() -> None:
    seconds = np.concatenate([np.arange(0.0, 10.0), np.geomspace(10, 43_200, 4000)])
    found = steps(seconds)
    assert found[:10].tolist() == list(range(10))
    assert np.all(np.abs(found[10:] / seconds[10:] - 1) < 0.034)
    assert np.all(np.diff(found) >= 0)
    assert len(np.unique(found)) < 170


@pytest.mark.parametrize("seed", range(5))
def test_lengths_from_counts_are_those_of_the_single_stays(seed: int) -> None:
    rng = np.random.default_rng(seed)
    seconds, lost = np.round(rng.lognormal(4, 1, 400), 1), rng.random(400) < 0.2
    times, place = np.unique(seconds, return_inverse=True)
    ended, gone = (np.bincount(place[mine], minlength=len(times)).astype(np.float64) for mine in (~lost, lost))
    counted = dwell_of_counts(times, ended, gone)
    assert astuple(counted) == astuple(dwell(seconds, lost))
    coarse = dwell(steps(seconds), lost)
    for one, other in zip(astuple(coarse), astuple(counted), strict=True):
        assert one == pytest.approx(other, rel=0.035)


def test_zones_of_a_period_are_the_sums_of_their_days() -> None:
    rng = np.random.default_rng(4)
    rows: list[tuple[str, float, dict[str, object]]] = []
    for day in pd.date_range(FIRST, END, inclusive="left"):
        if day.date() in CALENDAR.closed_days or day.day_of_week == 6:
            continue
        for n in range(int(rng.poisson(40))):
            begin = day + pd.Timedelta(hours=9) + pd.Timedelta(seconds=int(rng.integers(0, 36_000)))
            lost: dict[str, object] = {"end_cause": "lost"} if rng.random() < 0.15 else {}
            rows.append(
                (
                    f"{begin}",
                    float(rng.lognormal(3.5, 1)),
                    {"zone_id": "shoes", "role": "product", "track_id": n} | lost,
                )
            )
    seen = watches(*((f"{d:%Y-%m-%d} 08:00", f"{d:%Y-%m-%d} 21:00") for d in pd.date_range(FIRST, END)))
    floor = pd.concat([seen, seen.assign(camera_id="sales-floor")], ignore_index=True)
    found, doors = stays(*rows), crossings(*((begin, "in") for begin, _, _ in rows[::2]))
    since, until = at(FIRST.isoformat()), at(END.isoformat())
    from analytics.visits import visits

    traffic = metrics.Traffic(doors, visits(doors, CALENDAR), floor, DOORS)
    hours = metrics.hourly(traffic, metrics.Sales(receipts(), lines()), CALENDAR, since, until)
    zone_hours = metrics.zones(found, floor, CALENDAR, since, until)
    (expected,) = metrics.zone_totals(found, zone_hours, hours)
    bins = metrics.stay_bins(found, frames.empty(frames.QUEUE_WAITS), CALENDAR.time_zone, metrics.ZoneRules())
    (made,) = metrics.zone_period(metrics.zone_days(zone_hours, hours), bins)
    for name in (
        "camera_id",
        "zone_id",
        "role",
        "stays",
        "visitors",
        "draw_in",
        "censored",
        "pass_through",
        "fixed",
        "staff",
        "occupancy_max",
    ):
        assert getattr(made, name) == getattr(expected, name), name
    assert made.occupancy_mean == pytest.approx(expected.occupancy_mean)
    for one, other in zip(astuple(made.dwell), astuple(expected.dwell), strict=True):
        assert one == pytest.approx(other, rel=0.06)
    assert len(bins) < 60 * 12


def test_pairs_are_counted_by_the_day_of_their_receipt() -> None:
    rows = [
        ("A", "2026-01-05 10:00", 1, 0.95, None),
        ("B", "2026-01-05 23:30", 2, 0.6, None),
        ("C", "2026-01-06 00:30", None, None, "nobody at the till"),
        ("D", "2026-01-06 09:00", None, None, "not a sale"),
    ]
    made = pd.DataFrame(rows, columns=["receipt_id", "sold_at", "track_id", "probability", "reason"])
    made["sold_at"] = [pd.Timestamp(at(moment)) for moment in made["sold_at"]]
    for name in ("camera_id", "run_id", "zone_id", "gap_s"):
        made[name] = None
    pairs = frames.check(made.assign(candidates=1), frames.RECEIPT_VISITS)
    assert pair_days(pairs, "Europe/Berlin").drop(columns="local_date").to_numpy().tolist() == [
        [2, 2, 1, 0],
        [1, 0, 0, 1],
    ]
    assert pair_days(pairs.head(0), "Europe/Berlin").empty
