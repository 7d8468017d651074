"""Stories of distributions: what lies where, how far apart, how it changed, and that nobody is seen in a table."""

from __future__ import annotations

import statistics
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analytics import frames
from analytics.describe import NEW, NOT_GIVEN, OTHER, QUESTIONS, Period, Seen, describe
from analytics.describe.groups import large_enough
from analytics.describe.statistics import change, edges, gini, mean_of, summary
from analytics.frames.describe import QUANTILES
from analytics.purchases import Purchases, purchases

from .member_shop import FIRST, Story, shop
from .store_days import at, receipts, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

ZONE = "Europe/Berlin"
BLIND = Seen(frames.empty(frames.VISITS), frames.empty(frames.STORE_DWELL))
FEBRUARY = Period(date(2026, 2, 2), date(2026, 2, 16))
Row = tuple[str, int] | tuple[str, int, dict[str, object]]


def by(moment: str, cents: int, who: str | None = None, **differs: object) -> Row:
    return (moment, cents, {"member_id": who, **differs})


def sold(*rows: Row, ages: Mapping[str, str | None] | None = None, lines: pd.DataFrame | None = None) -> Purchases:
    people = [(name, pd.Timestamp("2025-06-01"), age, None, None, True) for name, age in (ages or {}).items()]
    members = pd.DataFrame(people, columns=frames.MEMBERS.names) if people else frames.empty(frames.MEMBERS)
    return purchases(
        receipts(*rows),
        frames.empty(frames.LINES) if lines is None else lines,
        frames.check(members, frames.MEMBERS),
        frames.empty(frames.PRODUCTS),
        as_of=FEBRUARY.end - timedelta(days=1),
        time=ZONE,
    )


def row(found: pd.DataFrame, measure: str, by_what: str = "store", group: str = "") -> pd.Series:
    mine = found[(found["measure"] == measure) & (found["by"] == by_what) & (found["group"] == group)]
    assert len(mine) == 1, (measure, by_what, group)
    return mine.iloc[0]


# Against slow versions


def test_every_number_of_a_row_is_that_of_a_plain_calculation() -> None:
    values = np.round(np.random.default_rng(1).gamma(2.0, 50.0, 83), 1)
    found = summary(values, np.arange(83))
    ordered = sorted(values.tolist())
    assert found["mean"] == pytest.approx(statistics.fmean(ordered))
    assert found["sd"] == pytest.approx(statistics.stdev(ordered))
    for q in QUANTILES:
        place = q / 100 * 82
        low = int(place)
        between = ordered[low] + (place - low) * (ordered[min(low + 1, 82)] - ordered[low])
        assert found[f"p{q}"] == pytest.approx(between)
    assert found["iqr"] == pytest.approx((found["p75"] or 0) - (found["p25"] or 0))
    assert found["cv"] == pytest.approx(statistics.stdev(ordered) / statistics.fmean(ordered))
    half = stats.t.ppf(0.975, 82) * statistics.stdev(ordered) / 83**0.5
    assert (found["mean_high"] or 0) - (found["mean"] or 0) == pytest.approx(half)


def test_gini_is_the_mean_difference_of_all_pairs() -> None:
    values = np.random.default_rng(2).gamma(1.0, 10.0, 60)
    pairs = statistics.fmean(abs(a - b) for a in values for b in values)
    assert gini(values) == pytest.approx(pairs / (2 * values.mean()))
    assert gini(np.full(5, 3.0)) == pytest.approx(0.0)
    assert gini(np.array([0.0, 0.0, 0.0, 8.0])) == pytest.approx(0.75)
    assert gini(np.array([-5.0, 0.0, 0.0, 8.0])) == gini(np.array([0.0, 0.0, 0.0, 8.0]))
    assert gini(np.array([0.0, -1.0])) is None


def test_numbers_of_a_day_that_go_together_are_as_sure_as_days_are() -> None:
    """Ten days of ten receipts that are all alike: ten numbers, not a hundred."""
    days = np.repeat(np.arange(10), 10)
    level = np.random.default_rng(3).normal(100, 20, 10)
    together = mean_of(level[days], days)
    assert together.units == 10
    assert together.variance == pytest.approx(level.var(ddof=1) / 10)
    apart = mean_of(level[days], np.arange(100))
    assert (apart.variance or 0) < (together.variance or 0) / 9


def test_the_variance_of_unequal_days_is_that_of_leaving_each_out_in_turn() -> None:
    """The jackknife over days is another way to the same: near it, though not the same number."""
    rng = np.random.default_rng(4)
    unit = np.sort(rng.integers(0, 40, 1200))
    values = rng.normal(50, 10, 1200) + 15 * rng.normal(0, 1, 40)[unit]
    means = [values[unit != day].mean() for day in range(40)]
    jackknife = 39 / 40 * float(((np.array(means) - np.mean(means)) ** 2).sum())
    assert mean_of(values, unit).variance == pytest.approx(jackknife, rel=0.1)


def test_nineteen_of_twenty_intervals_of_a_change_hold_the_true_one() -> None:
    rng, inside = np.random.default_rng(5), 0
    for _ in range(600):
        now, before = rng.gamma(2.0, 60.0, 80), rng.gamma(2.0, 50.0, 50)
        _, low, high = change(mean_of(now, np.arange(80)), mean_of(before, np.arange(50)))
        inside += (low or 0) <= 0.2 <= (high or 0)
    assert 0.93 <= inside / 600 <= 0.97


def test_a_change_from_nothing_or_of_one_number_has_no_interval() -> None:
    one, none = mean_of(np.array([3.0]), np.array([1])), mean_of(np.zeros(4), np.arange(4))
    assert change(one, none) == (None, None, None)
    assert change(one, one) == (0.0, None, None)
    same = mean_of(np.full(4, 3.0), np.arange(4))
    assert change(same, same) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("measure", ["frequency", "value", "basket_amount", "gap_days", "hour", "dwell_s"])
def test_every_number_lies_in_one_bin(measure: str) -> None:
    rng = np.random.default_rng(6)
    values = np.floor(rng.gamma(1.5, 8.0, 300)) % 24 if measure != "value" else rng.normal(500, 400, 300)
    begin = edges(measure, values)
    assert (np.diff(begin) > 0).all()
    assert len(begin) <= 40
    assert begin[0] <= np.quantile(values, 0.03)


# Stories


def test_frequency_counts_days_and_value_is_net_of_what_was_brought_back() -> None:
    sales = sold(
        by("2026-01-05 10:00", 100),
        by("2026-02-03 10:00", 1000, "anna"),
        by("2026-02-03 18:00", 500, "anna"),
        by("2026-02-10 10:00", 2000, "anna"),
        by("2026-02-11 10:00", 700, "anna", kind="return"),
        by("2026-02-11 10:00", 4000, "ben"),
        by("2026-02-12 10:00", 300, "carl", kind="return"),
        ages={"anna": None, "ben": None, "carl": None},
    )
    found = describe(sales, BLIND, FEBRUARY).rows
    often = row(found, "frequency")
    assert (often["n"], often["mean"]) == (2, 1.5)
    spent = row(found, "value")
    assert (spent["mean"], spent["p50"]) == (3400, 3400)
    assert row(found, "basket_amount")["n"] == 4


def test_a_gap_belongs_to_the_purchase_that_ends_it() -> None:
    sales = sold(
        by("2026-01-20 10:00", 100, "anna"),
        by("2026-02-03 10:00", 100, "anna"),
        by("2026-02-03 15:00", 100, "anna"),
        by("2026-02-08 15:00", 100, "anna"),
        by("2026-02-08 15:00", 100, "ben"),
        ages={"anna": None, "ben": None},
    )
    gaps = row(describe(sales, BLIND, FEBRUARY).rows, "gap_days")
    assert (gaps["n"], gaps["mean"]) == (2, 9.5)


def test_baskets_are_what_the_lines_say() -> None:
    items = [("R1", 1, "P1", 2, 100, 0, 200), ("R1", 2, "P1", 1, 100, 0, 100), ("R1", 3, "P2", 1, 100, 0, 100)]
    lines = frames.check(pd.DataFrame(items, columns=frames.LINES.names), frames.LINES)
    found = describe(sold(by("2026-02-03 10:00", 400), by("2026-02-04 10:00", 200), lines=lines), BLIND, FEBRUARY)
    assert row(found.rows, "basket_units")["mean"] == 4
    assert row(found.rows, "basket_products")["mean"] == 2
    assert row(found.rows, "basket_amount")["n"] == 2


def test_hours_are_those_on_the_shops_wall_and_weekdays_of_the_business_day() -> None:
    found = describe(sold(by("2026-02-03 10:30", 400), by("2026-02-10 10:59", 200)), BLIND, FEBRUARY)
    (cell,) = rows_of(found.week)
    assert (cell.weekday, cell.local_hour, cell.receipts, cell.days) == (1, 10, 2, 2)
    assert row(found.rows, "hour")["mean"] == 10


def test_the_days_before_count_only_when_all_of_them_are_known() -> None:
    new = describe(sold(by("2026-01-30 10:00", 400), by("2026-02-04 10:00", 200)), BLIND, FEBRUARY)
    assert new.rows["before_n"].isna().all()
    old = describe(sold(by("2026-01-19 10:00", 100), by("2026-02-04 10:00", 200)), BLIND, FEBRUARY)
    amount = row(old.rows, "basket_amount")
    assert (amount["before_n"], amount["before_mean"], amount["change"]) == (1, 100, 1.0)


def every(days: int, first: str, member: str) -> list[Row]:
    starts = pd.date_range(first, "2026-02-16", freq=f"{days}D", inclusive="left")
    return [by(f"{day:%Y-%m-%d} 10:00", 100, member) for day in starts]


def test_gaps_of_the_days_before_count_only_when_as_long_ones_could_have_been_seen() -> None:
    ages = {"anna": None, "ben": None}
    for first, known in (("2026-01-17", False), ("2025-10-01", True)):
        sales = sold(*every(2, first, "anna"), *every(11, first, "ben"), ages=ages)
        found = describe(sales, BLIND, FEBRUARY)
        gaps = row(found.rows, "gap_days")
        # Nothing changes in this shop: only what could be seen of the days before does.
        assert bool(pd.notna(gaps["change"])) is known
        assert not known or abs(gaps["change"]) < 0.25
        assert pd.notna(row(found.rows, "frequency")["change"])


def test_a_store_of_three_days_is_described_by_three_days() -> None:
    sales = sold(*(by(f"2026-02-{day} 10:00", 100 * day) for day in (13, 14, 15)))
    found = describe(sales, BLIND, FEBRUARY).rows
    amount = row(found, "basket_amount")
    assert (amount["first_day"].date(), amount["last_day"].date(), amount["n"]) == (
        date(2026, 2, 13),
        date(2026, 2, 15),
        3,
    )


def test_bins_hold_every_number_of_both_periods_once() -> None:
    found = describe(shop(Story(members=150)), BLIND, Period(FIRST + timedelta(days=124), FIRST + timedelta(days=152)))
    for measure, bins in found.bins.groupby("measure"):
        told = row(found.rows, str(measure))
        assert bins["n"].sum() == told["n"]
        assert bins["before_n"].sum() == told["before_n"]


# Groups


def test_segments_are_those_of_the_eve_and_who_was_nobody_then_is_new() -> None:
    before = [by(f"2025-12-{day:02} 10:00", 900, f"M{n}") for n in range(6) for day in (1, 8, 15)]
    now = [by("2026-02-05 10:00", 50_000, f"M{n}") for n in range(12)]
    found = describe(sold(*before, *now, ages={f"M{n}": None for n in range(12)}), BLIND, FEBRUARY).rows
    groups = found[(found["measure"] == "value") & (found["by"] == "segment")]
    assert NEW in set(groups["group"])
    assert row(found, "value", "segment", NEW)["n"] == 6
    assert set(groups["n"]) == {6}


def test_an_age_that_is_not_given_is_a_group_of_its_own() -> None:
    ages = {f"M{n}": ("18-24", None)[n % 2] for n in range(12)}
    found = describe(sold(*(by("2026-02-05 10:00", 100, who) for who in ages), ages=ages), BLIND, FEBRUARY).rows
    assert row(found, "value", "age", NOT_GIVEN)["n"] == 6
    assert row(found, "value", "age", "18-24")["n"] == 6


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [
        ({"a": 9, "b": 6}, {"a": "a", "b": "b"}),
        ({"a": 9, "b": 3, "c": 2}, {"a": "a", "b": OTHER, "c": OTHER}),
        ({"a": 9, "b": 6, "c": 2}, {"a": "a", "b": OTHER, "c": OTHER}),
        ({"a": 9, "b": 1}, {"a": OTHER, "b": OTHER}),
        ({"a": 2, "b": 1}, {}),
        ({}, {}),
    ],
    ids=["all large", "small ones together", "takes in the next", "nothing to be told apart by", "too few", "nobody"],
)
def test_no_group_is_so_small_that_somebody_is_seen(sizes: dict[str, int], shown: dict[str, str]) -> None:
    names = [f"{group}{n}" for group, many in sizes.items() for n in range(many)]
    groups = pd.Series({name: name[0] for name in names}, dtype="str")
    assert large_enough(groups, pd.Series(names, dtype="str"), 5) == shown


def test_no_row_of_a_group_speaks_of_fewer_than_five_members() -> None:
    sales = shop(Story(members=60))
    found = describe(sales, BLIND, Period(FIRST + timedelta(days=150), FIRST + timedelta(days=178))).rows
    groups = found[found["by"] != "store"]
    assert len(groups) > 0
    assert (groups["n"] >= 5).all()
    assert groups["before_n"].dropna().ge(5).all()


# Time in the store


def visits(*dwell: float | None, day: str = "2026-02-03") -> pd.DataFrame:
    rows = [
        (f"V{day}{n}", "door", "entrance", at(f"{day} 10:{n:02}"), True, "visit", "crossed", seconds, None)
        for n, seconds in enumerate(dwell)
    ]
    return frames.check(pd.DataFrame(rows, columns=frames.VISITS.names), frames.VISITS)


def dwell_days(*rows: tuple[str, float | None, float]) -> pd.DataFrame:
    told = [(pd.Timestamp(day), "little", True, mean, None, None, 50, 1.0, seen) for day, mean, seen in rows]
    frame = pd.DataFrame(told, columns=frames.STORE_DWELL.names)
    return frames.check(frame, frames.STORE_DWELL)


def test_the_time_of_visits_is_told_where_most_were_seen_to_leave() -> None:
    found = describe(sold(), Seen(visits(60.0, 120.0, None), frames.empty(frames.STORE_DWELL)), FEBRUARY)
    assert row(found.rows, "dwell_s")["mean"] == 90
    assert {a.question: a.why for a in found.answers}["dwell"] is None


def test_a_door_that_sees_only_who_turns_on_the_heel_says_nothing_of_the_others() -> None:
    days = dwell_days(("2026-02-03", 400.0, 1.0), ("2026-02-04", 300.0, 0.95), ("2026-02-05", 900.0, 0.4))
    found = describe(sold(), Seen(visits(2.0, None, None, None), days), FEBRUARY).rows
    assert set(found["measure"]) == {"dwell_day_s"}
    assert (row(found, "dwell_day_s")["n"], row(found, "dwell_day_s")["mean"]) == (2, 350)


# Too little, and odd


@pytest.mark.parametrize(
    ("sales", "why"),
    [
        (sold(), {"frequency": "no_members", "basket": "no_receipts", "time": "no_receipts"}),
        (sold(by("2026-03-03 10:00", 100)), {"frequency": "no_members", "basket": "no_receipts"}),
        (sold(by("2026-02-03 10:00", 100)), {"frequency": "no_members", "basket": None, "time": None}),
        (sold(by("2026-02-03 10:00", 0)), {"value": "no_members", "basket": "no_receipts"}),
        (sold(by("2026-02-03 10:00", 9, kind="return"), ages={"anna": None}), {"value": "no_receipts"}),
        (sold(by("2026-02-03 10:00", 9, "anna"), ages={"anna": None}), {"frequency": None, "value": None}),
    ],
    ids=["nothing", "sold later only", "one receipt", "a zero receipt", "a return only", "one member"],
)
def test_too_little_says_so(sales: Purchases, why: dict[str, str | None]) -> None:
    found = describe(sales, BLIND, FEBRUARY)
    told = {answer.question: answer.why for answer in found.answers}
    assert set(told) == set(QUESTIONS)
    assert told["dwell"] == "no_camera"
    assert {question: told[question] for question in why} == why


def test_all_the_same_amount_has_no_spread_and_a_change_of_nothing() -> None:
    rows = [by(f"2026-{month:02}-{day:02} 10:00", 1000) for month in (1, 2) for day in range(1, 28)]
    amount = row(describe(sold(*rows), BLIND, FEBRUARY).rows, "basket_amount")
    assert (amount["sd"], amount["iqr"], amount["change"], amount["change_low"]) == (0, 0, 0, 0)
