"""Stories of hours and days: what was seen, what was not, and what the rates may claim."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from analytics import frames, metrics
from analytics.metrics.coverage import seen
from analytics.opening import Opening, ms
from analytics.visits import visits

from .store_days import BERLIN, at, crossings, lines, opening, receipts, rows_of, stays, watches

if TYPE_CHECKING:
    from collections.abc import Iterable

DAY = "2026-01-05"
ALL_DAY = watches((f"{DAY} 08:00", f"{DAY} 21:00"))
NOTHING_SOLD = metrics.Sales(receipts(), lines())


def hours_of(
    rows: pd.DataFrame,
    seen_by: pd.DataFrame = ALL_DAY,
    sold: metrics.Sales = NOTHING_SOLD,
    *,
    calendar: Opening | None = None,
    days: tuple[str, str] = (DAY, "2026-01-06"),
    cameras: frozenset[str] = frozenset({"door"}),
) -> Any:
    calendar = calendar or opening()
    traffic = metrics.Traffic(rows, visits(rows, calendar), seen_by, cameras)
    return metrics.hourly(traffic, sold, calendar, at(days[0]), at(days[1])).set_index("local_hour")


def many(day: str, count: int, hour: int = 10, direction: str = "in") -> list[tuple[str, str]]:
    return [(f"{day} {hour}:{n // 60:02}:{n % 60:02}", direction) for n in range(count)]


def test_an_hour_has_its_visits_and_its_sales_and_the_ratio_of_the_two() -> None:
    sold = metrics.Sales(receipts((f"{DAY} 10:20", 5000), (f"{DAY} 10:40", 1000)), lines(R1=3, R2=1))
    ten = hours_of(crossings(*many(DAY, 8)), sold=sold).loc[10]
    assert (ten["visits"], ten["receipts"], ten["units"], ten["sales_minor"]) == (8, 2, 4, 6000)
    assert (ten["conversion"], ten["atv_minor"], ten["upt"], ten["sales_per_visitor_minor"]) == (0.25, 3000, 2, 750)
    assert ten["conversion"] * ten["atv_minor"] == ten["sales_per_visitor_minor"]
    assert (ten["coverage"], ten["status"]) == (1.0, "ok")
    assert pd.isna(ten["flag"])


def test_an_hour_in_which_nobody_came_is_zero_and_an_hour_that_nobody_saw_is_missing() -> None:
    hours = hours_of(crossings(*many(DAY, 8)), watches((f"{DAY} 09:00", f"{DAY} 12:00")))
    assert (hours.loc[11, "visits"], hours.loc[11, "status"]) == (0, "ok")
    assert hours.loc[12, "status"] == "missing"
    for name in ("entries_in", "entries_out", "visits", "conversion", "sales_per_visitor_minor", "occupancy_mean"):
        assert pd.isna(hours.loc[12, name]), name


def test_the_till_goes_on_selling_while_the_camera_is_blind() -> None:
    sold = metrics.Sales(receipts((f"{DAY} 12:20", 5000)), lines(R1=2))
    noon = hours_of(crossings(), watches((f"{DAY} 09:00", f"{DAY} 12:00")), sold).loc[12]
    assert (noon["receipts"], noon["sales_minor"], noon["atv_minor"], noon["upt"]) == (1, 5000, 5000, 2)
    assert pd.isna(noon["conversion"])
    assert pd.isna(noon["flag"])


@pytest.mark.parametrize(
    ("minutes_seen", "status"),
    [(60, "ok"), (54, "ok"), (53, "partial"), (30, "partial"), (29, "missing"), (0, "missing")],
)
def test_under_nine_tenths_an_hour_is_partial_and_under_half_it_is_missing(minutes_seen: int, status: str) -> None:
    ends = at(f"{DAY} 10:00") + timedelta(minutes=minutes_seen)
    period = (f"{DAY} 10:00", ends.astimezone(BERLIN).strftime("%Y-%m-%d %H:%M"))
    ten = hours_of(crossings(), watches((f"{DAY} 09:00", f"{DAY} 10:00"), period)).loc[10]
    assert ten["status"] == status
    assert ten["coverage"] == pytest.approx(minutes_seen / 60)
    assert pd.isna(ten["visits"]) == (status == "missing")


def test_a_black_picture_is_not_seen_and_two_runs_at_once_are_seen_once() -> None:
    rows = watches(
        (f"{DAY} 10:00", f"{DAY} 10:40"),
        (f"{DAY} 10:20", f"{DAY} 10:50", {"run_id": "run-2"}),
        (f"{DAY} 10:50", f"{DAY} 11:00", {"health": "black"}),
    )
    assert hours_of(crossings(), rows).loc[10, "seen_s"] == 50 * 60


def test_with_two_doors_one_dead_camera_is_a_gap() -> None:
    rows = watches(
        (f"{DAY} 09:00", f"{DAY} 20:00"),
        (f"{DAY} 09:00", f"{DAY} 13:00", {"camera_id": "back"}),
    )
    both = hours_of(crossings(), rows, cameras=frozenset({"door", "back"}))
    assert list(both.loc[[12, 13], "status"]) == ["ok", "missing"]
    assert hours_of(crossings(), rows).loc[13, "status"] == "ok"


def test_a_camera_counts_from_its_first_day_until_a_week_after_its_last() -> None:
    rows = watches(
        (f"{DAY} 00:00", "2026-02-02 00:00"),
        ("2026-01-10 00:00", "2026-01-12 00:00", {"camera_id": "back"}),
    )
    periods = seen(rows, {"door", "back"})
    border = [pd.Timestamp(at(day)) for day in (DAY, "2026-01-12", "2026-01-19", "2026-02-02")]
    assert list(periods.begins_ms) == list(ms(pd.Series([border[0], border[2]])))
    assert list(periods.ends_ms) == list(ms(pd.Series([border[1], border[3]])))


def test_a_camera_that_never_watched_leaves_everything_missing() -> None:
    hours = hours_of(crossings(), watches())
    assert set(hours["status"]) == {"missing", "closed"}
    assert hours.loc[10, "coverage"] == 0.0
    assert pd.isna(hours.loc[3, "coverage"])


def test_half_an_hour_of_opening_is_covered_by_half_an_hour_of_watching() -> None:
    calendar = opening(dict.fromkeys(range(7), ("09:30", "18:15")))
    hours = hours_of(crossings(), watches((f"{DAY} 09:30", f"{DAY} 18:15")), calendar=calendar)
    assert list(hours.loc[[8, 9, 10, 18, 19], "open_s"]) == [0, 1800, 3600, 900, 0]
    assert list(hours.loc[[9, 18], "status"]) == ["ok", "ok"]


def test_christmas_eve_ends_at_two_and_the_shut_afternoon_is_not_missing() -> None:
    eve, next_day = "2025-12-24", "2025-12-25"
    calendar = replace(opening(), special_hours={date(2025, 12, 24): (9 * 60, 14 * 60), date(2025, 12, 28): (720, 960)})
    seen_by = watches((f"{eve} 09:00", f"{eve} 14:00"))
    hours = hours_of(crossings(*many(eve, 5)), seen_by, calendar=calendar, days=(eve, next_day))
    assert list(hours.loc[[13, 14], "status"]) == ["ok", "closed"]
    assert metrics.daily(hours.reset_index())["coverage"].iloc[0] == 1
    spans = calendar.spans(at(eve), at("2025-12-30"))
    assert list((spans["closes_ms"] - spans["opens_ms"]) / 3_600_000) == [5, 11, 11, 11, 4, 11]


@pytest.mark.parametrize(("day", "length"), [("2026-03-29", 23), ("2025-10-26", 25), (DAY, 24)])
def test_days_of_a_clock_change_have_23_and_25_hours_and_open_as_long_as_any(day: str, length: int) -> None:
    night = opening(dict.fromkeys(range(7), ("00:00", "24:00")))
    after = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    seen_by = watches((f"{day} 00:00", f"{after} 00:00"))
    hours = hours_of(crossings(), seen_by, calendar=night, days=(day, after))
    assert len(hours) == length
    assert hours["open_s"].sum() == length * 3600
    assert set(hours["status"]) == {"ok"}
    assert hours_of(crossings(), calendar=opening(dict.fromkeys(range(7), ("09:00", "20:00"))), days=(day, after))[
        "open_s"
    ].sum() == (11 * 3600)


def test_more_receipts_than_visits_is_shown_as_it_is_and_flagged() -> None:
    sold = metrics.Sales(receipts(*[(f"{DAY} 10:20", 100)] * 3), lines(R1=1, R2=1, R3=1))
    ten = hours_of(crossings(*many(DAY, 2)), sold=sold).loc[10]
    assert (ten["conversion"], ten["flag"]) == (1.5, "conversion>1")
    eleven = hours_of(crossings(*many(DAY, 2, hour=11)), sold=sold).loc[10]
    assert pd.isna(eleven["conversion"])
    assert eleven["flag"] == "sales without visits"


def test_the_running_count_is_weighed_by_time() -> None:
    rows = crossings((f"{DAY} 10:00", "in"), (f"{DAY} 10:30", "in"), (f"{DAY} 10:45", "out"), (f"{DAY} 11:15", "out"))
    hours = hours_of(rows)
    assert hours.loc[10, "occupancy_mean"] == (30 * 1 + 15 * 2 + 15 * 1) / 60
    assert hours.loc[10, "occupancy_max"] == 2
    assert (hours.loc[11, "occupancy_mean"], hours.loc[11, "occupancy_max"]) == (0.25, 1)
    assert pd.isna(hours.loc[21, "occupancy_mean"])


def test_a_missed_entry_never_makes_minus_one_people_and_a_missed_exit_ends_at_closing() -> None:
    rows = crossings((f"{DAY} 10:00", "out"), (f"{DAY} 10:00:01", "in"), ("2026-01-06 10:30", "in"))
    seen_by = watches((f"{DAY} 08:00", "2026-01-06 21:00"))
    hours = hours_of(rows, seen_by, days=(DAY, "2026-01-07"))
    assert list(hours.loc[19, "occupancy_mean"]) == [1, 1]
    assert list(hours.loc[9, "occupancy_mean"]) == [0, 0]
    spans = opening().spans(at(DAY), at("2026-01-07"))
    drifts = metrics.drift(rows, spans["closes_ms"].to_numpy(), list(spans["local_date"].dt.date))
    assert [(d.local_date.day, d.inside, d.balance, d.entries) for d in drifts] == [(5, 1, 0, 1), (6, 1, 1, 1)]


def test_after_a_blind_hour_nobody_knows_how_many_are_inside_until_the_store_closes() -> None:
    rows = watches((f"{DAY} 09:00", f"{DAY} 12:00"), (f"{DAY} 13:00", "2026-01-06 20:00"))
    hours = hours_of(crossings(), rows, days=(DAY, "2026-01-07"))
    monday, tuesday = hours.iloc[:24], hours.iloc[24:]
    assert list(monday.loc[[11, 12, 13, 19], "occupancy_mean"].isna()) == [False, True, True, True]
    assert tuesday.loc[10, "occupancy_mean"] == 0


def test_a_day_compares_visits_and_receipts_of_the_same_hours() -> None:
    """Ten visits and two receipts at ten; two receipts at noon while nobody watched: 20 %, not 40 %."""
    sold = metrics.Sales(
        receipts((f"{DAY} 10:20", 1000), (f"{DAY} 10:40", 1000), (f"{DAY} 12:20", 9000), (f"{DAY} 12:25", 9000)),
        lines(R1=1, R2=1, R3=1, R4=1),
    )
    seen_by = watches((f"{DAY} 09:00", f"{DAY} 12:00"), (f"{DAY} 13:00", f"{DAY} 20:00"))
    (day,) = rows_of(metrics.daily(hours_of(crossings(*many(DAY, 10)), seen_by, sold).reset_index()))
    assert (day.visits, day.receipts, day.sales_minor) == (10, 4, 20000)
    assert day.conversion == 0.2
    assert day.sales_per_visitor_minor == 200
    assert day.atv_minor == 5000
    assert (day.status, day.coverage) == ("ok", pytest.approx(10 / 11))


def test_rates_are_ratios_of_sums_and_not_means_of_rates() -> None:
    sold = metrics.Sales(receipts((f"{DAY} 10:20", 100), (f"{DAY} 11:40", 100)), lines(R1=1, R2=1))
    rows = crossings(*many(DAY, 1), *many(DAY, 9, hour=11))
    hours = hours_of(rows, sold=sold).reset_index()
    assert metrics.daily(hours).iloc[0]["conversion"] == 0.2
    assert hours["conversion"].mean() == pytest.approx((1 + 1 / 9) / 2)


def test_a_receipt_just_after_closing_belongs_to_the_day() -> None:
    sold = metrics.Sales(receipts((f"{DAY} 20:03", 700)), lines(R1=1))
    (day,) = rows_of(metrics.daily(hours_of(crossings(*many(DAY, 10, hour=19)), sold=sold).reset_index()))
    assert (day.receipts, day.conversion) == (1, 0.1)


def test_a_day_seen_for_less_than_half_says_nothing_about_traffic() -> None:
    seen_by = watches((f"{DAY} 09:00", f"{DAY} 14:00"))
    sold = metrics.Sales(receipts((f"{DAY} 10:20", 1000)), lines(R1=1))
    (day,) = rows_of(metrics.daily(hours_of(crossings(*many(DAY, 10)), seen_by, sold).reset_index()))
    assert day.status == "missing"
    assert pd.isna([day.visits, day.conversion, day.sales_per_visitor_minor, day.occupancy_max]).all()
    assert day.sales_minor == 1000


def test_a_day_of_nothing_but_partial_hours_takes_its_rates_from_those() -> None:
    seen_by = watches(
        *[(f"{DAY} {hour}:00", f"{DAY} {hour}:40") for hour in range(10, 20)], (f"{DAY} 09:00", f"{DAY} 09:40")
    )
    sold = metrics.Sales(receipts((f"{DAY} 10:20", 1000)), lines(R1=1))
    (day,) = rows_of(metrics.daily(hours_of(crossings(*many(DAY, 10)), seen_by, sold).reset_index()))
    assert (day.status, day.conversion) == ("partial", 0.1)


def test_a_sunday_is_closed_not_missing() -> None:
    (day,) = rows_of(metrics.daily(hours_of(crossings(), watches(), days=("2026-01-04", DAY)).reset_index()))
    assert (day.status, day.visits) == ("closed", 0)
    assert pd.isna(day.coverage)


def test_no_hours_are_no_days() -> None:
    assert metrics.daily(frames.empty(frames.HOURLY)).empty


TICK_S = 15
"""Everything in the random days happens on a tick, so that counting tick by tick is exact."""
OPENINGS = {0: (570, 1125), 1: (540, 1200), 2: (615, 780), 4: (0, 1440), 6: (720, 960)}


@dataclass
class RandomDays:
    """Nine days around a clock change: people, an often blind camera, opening times off the hour, returns and voids."""

    begin: datetime
    ticks: int
    doors: pd.DataFrame
    watched: pd.DataFrame
    sold: pd.DataFrame
    units: dict[str, int]


def random_days() -> RandomDays:
    rng = np.random.default_rng(11)
    begin, end = at("2026-03-23"), at("2026-04-01")
    ticks = int((end - begin).total_seconds()) // TICK_S

    def moments(ticks_at: Iterable[int]) -> pd.DatetimeIndex:
        return (pd.Timestamp(begin) + pd.to_timedelta([TICK_S * int(t) for t in ticks_at], unit="s")).as_unit("ms")

    doors = crossings(*[(DAY, str(way)) for way in rng.choice(["in", "out"], 2500)])
    doors = doors.assign(at=moments(np.sort(rng.choice(ticks, 2500, replace=False))), held=rng.random(2500) < 0.9)
    starts = np.sort(rng.choice(ticks, 60, replace=False))
    watched = watches(*[(DAY, DAY, {"health": str(h)}) for h in rng.choice(["ok", "lost"], 60, p=[0.8, 0.2])])
    watched = watched.assign(begins=moments(starts), ends=moments(starts + rng.integers(40, 1400, 60)))
    kinds = rng.choice(["sale", "return", "void", "training"], 400, p=[0.7, 0.15, 0.1, 0.05])
    totals = rng.choice([0, 990, 4995], 400)
    sold = receipts(*[(DAY, int(t), {"kind": str(k)}) for k, t in zip(kinds, totals, strict=True)])
    sold = sold.assign(sold_at=moments(rng.integers(0, ticks, 400)))
    units = {str(receipt): int(rng.integers(1, 4)) for receipt in sold["receipt_id"]}
    return RandomDays(begin, ticks, doors, watched, sold, units)


def counted_tick_by_tick(days: RandomDays) -> dict[datetime, dict[str, float]]:
    """The same hours, slowly: one pass over all ticks with a running number of people."""
    periods = {row.begins: row.ends for row in rows_of(days.watched) if row.health == "ok"}
    crossing_at = {row.at.to_pydatetime(): row for row in rows_of(days.doors)}
    hours: dict[datetime, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    inside, seen_until = 0, days.begin
    for tick in range(days.ticks):
        moment = days.begin + timedelta(seconds=TICK_S * tick)
        seen_until = max(seen_until, periods.get(pd.Timestamp(moment), moment))
        wall = moment.astimezone(BERLIN)
        minute = wall.hour * 60 + wall.minute
        opens, closes = OPENINGS.get(wall.weekday(), (0, 0))
        is_open = opens <= minute < closes
        # At closing, and when a business day begins.
        if wall.second == 0 and minute in {closes % 1440, 0}:
            inside = 0
        hour = hours[moment.replace(minute=0, second=0)]
        hour["all_seen_s"] += TICK_S * (seen_until > moment)
        if moment in crossing_at:
            row = crossing_at[moment]
            inside = inside + 1 if row.direction == "in" else max(inside - 1, 0)
            hour[f"entries_{row.direction}"] += 1
            hour["visits"] += row.direction == "in" and is_open and row.held
        hour["open_s"] += TICK_S * is_open
        hour["seen_s"] += TICK_S * (is_open and seen_until > moment)
        hour["people_s"] += TICK_S * is_open * inside
        hour["occupancy_max"] = max(hour["occupancy_max"], is_open * inside)
    for sale in rows_of(days.sold):
        if sale.kind in {"sale", "return"} and sale.total_minor:
            hour, sign = hours[sale.sold_at.to_pydatetime().replace(minute=0, second=0)], -1 + 2 * (sale.kind == "sale")
            hour["receipts"] += sign == 1
            hour["units"] += sign * days.units[sale.receipt_id]
            hour["sales_minor"] += sign * sale.total_minor
    return hours


@pytest.mark.slow
def test_random_days_agree_with_a_slow_and_simple_count() -> None:
    days = random_days()
    clock = {day: (f"{o // 60:02}:{o % 60:02}", f"{c // 60:02}:{c % 60:02}") for day, (o, c) in OPENINGS.items()}
    calendar = opening(clock)
    traffic = metrics.Traffic(days.doors, visits(days.doors, calendar), days.watched, frozenset({"door"}))
    sales = metrics.Sales(days.sold, lines(**days.units))
    hours = metrics.hourly(traffic, sales, calendar, days.begin, days.begin + timedelta(seconds=TICK_S * days.ticks))
    slow = counted_tick_by_tick(days)
    assert len(hours) == len(slow) == 9 * 24 - 1
    assert set(hours["status"]) == set(frames.STATUSES)
    exact = ["open_s", "seen_s", "receipts", "units", "sales_minor"]
    assert hours[exact].to_numpy().tolist() == [[slow[h][name] for name in exact] for h in hours["hour_utc"]]
    lost: dict[date, bool] = defaultdict(bool)
    for row in rows_of(hours):
        truth = slow[row.hour_utc.to_pydatetime()]
        missing = truth["open_s"] > 0 and truth["seen_s"] < 0.5 * truth["open_s"]
        watched = truth["open_s"] > 0 or truth["all_seen_s"] > 0
        lost[row.local_date] |= missing
        inside_known = truth["open_s"] > 0 and not lost[row.local_date]
        assert (row.status == "missing") == missing
        expected = {
            "visits": None if missing else truth["visits"],
            "entries_in": truth["entries_in"] if watched and not missing else None,
            "entries_out": truth["entries_out"] if watched and not missing else None,
            "occupancy_mean": truth["people_s"] / truth["open_s"] if inside_known else None,
            "occupancy_max": truth["occupancy_max"] if inside_known else None,
            "conversion": truth["receipts"] / truth["visits"] if truth["visits"] and not missing else None,
        }
        for name, value in expected.items():
            found = getattr(row, name)
            assert pd.isna(found) if value is None else found == pytest.approx(value), (name, row.hour_utc)


SHOES: dict[str, object] = {"zone_id": "shoes", "role": "product"}
FLOOR_SEEN = watches((f"{DAY} 09:00", f"{DAY} 20:00", {"camera_id": "sales-floor"}))


def test_a_zone_has_stays_and_visitors_and_passers_by_are_neither() -> None:
    rows = stays(
        (f"{DAY} 10:00:00", 10.0, SHOES | {"track_id": 1}),
        (f"{DAY} 10:05:00", 30.0, SHOES | {"track_id": 1}),
        (f"{DAY} 10:06:00", 20.0, SHOES | {"track_id": 2}),
        (f"{DAY} 10:07:00", 4.9, SHOES | {"track_id": 3}),
    )
    found = metrics.zones(rows, FLOOR_SEEN, opening(), at(DAY), at("2026-01-06"))
    ten = found[found["hour_utc"] == pd.Timestamp(at(f"{DAY} 10:00"))].iloc[0]
    assert (ten["stays"], ten["visitors"], ten["censored"]) == (3, 2, 0)
    assert (ten["dwell_mean_s"], ten["dwell_median_s"], ten["dwell_p90_s"]) == (20, 20, 30)
    longer = metrics.zones(
        rows, FLOOR_SEEN, opening(), at(DAY), at("2026-01-06"), rules=metrics.ZoneRules(min_stay_s={"shoes": 15})
    )
    assert longer["stays"].sum() == 2


def test_an_empty_zone_is_zero_where_it_was_seen_and_has_no_row_where_it_was_not() -> None:
    rows = stays((f"{DAY} 10:00:00", 10.0, SHOES))
    half = watches((f"{DAY} 09:00", f"{DAY} 14:00", {"camera_id": "sales-floor"}))
    found = metrics.zones(rows, half, opening(), at(DAY), at("2026-01-06"))
    assert list(found["stays"]) == [0, 1, 0, 0, 0]
    assert found.loc[0, ["dwell_mean_s", "dwell_median_s", "dwell_p90_s"]].isna().all()


def test_a_person_lost_inside_the_zone_stayed_at_least_that_long() -> None:
    """Of 10, 20+, 30 and 40 s, where 20+ was lost, half are gone after 30 s; the mean has what 20+ may have added."""
    lost = np.array([False, True, False, False])
    found = metrics.dwell(np.array([10.0, 20.0, 30.0, 40.0]), lost)
    assert found.median_s == 30
    assert found.mean_s == pytest.approx(10 + 20 * 0.75 + 10 * 0.375)
    assert metrics.dwell(np.array([10.0, 20.0]), np.array([True, True])) == metrics.Dwell(None, None, None)
    assert metrics.dwell(np.array([10.0, 90.0]), np.array([False, True])).p90_s is None


def test_dwell_agrees_with_a_slow_product_limit_curve() -> None:
    rng = np.random.default_rng(3)
    times, censored = rng.integers(1, 60, 200).astype(float), rng.random(200) < 0.3
    still, area, before = 1.0, 0.0, 0.0
    curve = {}
    for moment in sorted(set(times)):
        area += still * (moment - before)
        before = moment
        at_risk = sum(1 for t in times if t >= moment)
        ended = sum(1 for t, c in zip(times, censored, strict=True) if t == moment and not c)
        still *= 1 - ended / at_risk
        curve[moment] = still
    found = metrics.dwell(times, censored)
    assert found.mean_s == pytest.approx(area)
    assert found.median_s == min(t for t, s in curve.items() if s <= 0.5)
    assert found.p90_s == min((t for t, s in curve.items() if s <= 0.1), default=None)


def test_the_draw_in_rate_compares_a_zone_with_the_visits_of_the_hours_both_were_seen() -> None:
    """Four visits at ten and four at three; the floor camera went out at two: one of four stopped at the shoes."""
    rows = crossings(*many(DAY, 4), *many(DAY, 4, hour=15))
    in_zone = stays((f"{DAY} 10:00:30", 60.0, SHOES))
    half = watches((f"{DAY} 09:00", f"{DAY} 14:00", {"camera_id": "sales-floor"}))
    zone_hours = metrics.zones(in_zone, half, opening(), at(DAY), at("2026-01-06"))
    (shoes,) = metrics.zone_totals(in_zone, zone_hours, hours_of(rows).reset_index())
    assert (shoes.zone_id, shoes.visitors, shoes.draw_in) == ("shoes", 1, 0.25)
    assert shoes.dwell.median_s == 60


@pytest.mark.parametrize(
    ("right", "of", "low", "high"), [(95, 100, 0.888, 0.978), (0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0)]
)
def test_wilson_says_how_little_95_of_100_shows(right: int, of: int, low: float, high: float) -> None:
    assert metrics.wilson(right, of) == pytest.approx((low, high), abs=0.0005)


def test_wilson_has_nothing_to_say_about_what_is_no_proportion() -> None:
    assert metrics.wilson(0, 0) is None
    assert metrics.wilson(3, 2) is None


def test_power_hours_are_the_fewest_that_hold_two_fifths_of_a_week() -> None:
    busy = crossings(*many(DAY, 40, hour=17), *many(DAY, 30, hour=12), *many(DAY, 30, hour=10))
    hours = hours_of(busy).reset_index()
    assert [(p.weekday, p.local_hour, p.share) for p in metrics.power_hours(hours)] == [(0, 17, 0.4)]
    assert len(metrics.power_hours(hours, share=0.41)) == 2
    assert metrics.power_hours(hours_of(crossings(), watches()).reset_index()) == ()


def test_an_outage_over_night_is_one_gap_and_costs_opening_time_only() -> None:
    rows = watches(
        (f"{DAY} 09:00", f"{DAY} 19:00"),
        ("2026-01-06 10:00", "2026-01-06 15:00"),
        ("2026-01-06 15:00", "2026-01-06 15:30", {"health": "black"}),
        ("2026-01-06 15:30", "2026-01-06 19:59:30"),
    )
    night, black = metrics.gaps(rows, {"door"}, opening(), at(DAY), at("2026-01-07"))
    assert (night.begins, night.ends) == (at(f"{DAY} 19:00"), at("2026-01-06 10:00"))
    assert (night.open_s, night.cause) == (2 * 3600, "no data")
    assert (black.begins, black.open_s, black.cause) == (at("2026-01-06 15:00"), 1800, "black")


def test_a_camera_that_saw_everything_has_no_gap_and_one_that_saw_nothing_is_all_gap() -> None:
    assert metrics.gaps(ALL_DAY, {"door"}, opening(), at(DAY), at("2026-01-06")) == ()
    (gap,) = metrics.gaps(watches(), {"door"}, opening(), at(DAY), at("2026-01-07"))
    assert gap.open_s == 22 * 3600


@pytest.mark.parametrize(
    ("now", "before", "answer"),
    [((60, 200), (40, 200), True), ((52, 200), (50, 200), False), ((3, 2), (1, 2), None), ((0, 0), (1, 2), None)],
)
def test_two_conversions_differ_only_by_more_than_chance(
    now: tuple[int, int], before: tuple[int, int], answer: object
) -> None:
    assert metrics.differ(*now, *before) is answer
