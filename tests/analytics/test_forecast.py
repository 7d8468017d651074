"""Stories of forecasts: no looking ahead, no learning from outages, and nothing shown that does not beat last week."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analytics import frames
from analytics.forecast import FORECASTERS, NAIVE, backtest, forecast
from analytics.forecast.conformal import quantiles
from analytics.forecast.grid import make_grid

from .store_days import at, opening, rows_of

if TYPE_CHECKING:
    from analytics.opening import Opening

FIRST = date(2025, 12, 1)  # a Monday
RHYTHM = np.array([1, 2, 3, 4, 4, 3, 3, 4, 5, 4, 2]) * 8.0


def history(days: int, seed: int | None = 0, calendar: Opening | None = None) -> pd.DataFrame:
    """Hours of a shop with a rhythm of the day and the week; Poisson counts, or exactly the rhythm without a seed."""
    end = FIRST + timedelta(days=days)
    hours = (calendar or opening()).grid(at(FIRST.isoformat()), at(end.isoformat()))
    is_open = (hours["open_s"] > 0).to_numpy()
    mean = np.where(is_open, RHYTHM[np.clip(hours["local_hour"] - 9, 0, 10)], 0) * (
        1 + 0.1 * hours["weekday"].to_numpy()
    )
    counts = mean.round() if seed is None else np.random.default_rng(seed).poisson(mean)
    counts = np.where(is_open, counts, 0)
    found = pd.DataFrame(
        {
            **{name: hours[name] for name in ("hour_utc", "local_date", "local_hour", "weekday", "open_s")},
            "seen_s": hours["open_s"],
            "coverage": np.where(is_open, 1.0, np.nan),
            "status": np.where(is_open, "ok", "closed"),
            **{name: pd.array(counts.astype(int), dtype="Int64") for name in ("entries_in", "entries_out", "visits")},
            "receipts": np.where(is_open, 3, 0),
            "units": 0,
            "sales_minor": 0,
            "flag": None,
        }
    )
    for column in frames.HOURLY.columns:
        if column.name not in found:
            found[column.name] = np.nan
    return frames.check(found, frames.HOURLY)


def unseen(hours: pd.DataFrame, day: str, until: str | None = None) -> pd.DataFrame:
    """The same hours with a blind camera on some days."""
    days = hours["local_date"].between(pd.Timestamp(day), pd.Timestamp(until or day)) & (hours["status"] != "closed")
    blind = hours.copy()
    blind.loc[days, ["entries_in", "entries_out", "visits"]] = pd.NA
    blind.loc[days, ["seen_s", "coverage"]] = 0.0
    blind.loc[days, "status"] = "missing"
    return blind


@pytest.mark.parametrize("name", FORECASTERS)
def test_a_shop_without_chance_is_forecast_exactly_or_nearly_so(name: str) -> None:
    grid, _ = make_grid(history(56, seed=None), opening(), 14)
    ahead = FORECASTERS[name](grid, np.array([56]), 14)[0]
    truth, _ = make_grid(history(70, seed=None), opening(), 1)
    known = np.isfinite(truth.values[56:])
    assert np.abs(ahead - truth.values[56:])[known].max() < (1e-9 if name in {NAIVE, "median of four weeks"} else 1.5)


@pytest.mark.parametrize("name", FORECASTERS)
def test_nothing_after_the_origin_changes_a_forecast(name: str) -> None:
    grid, _ = make_grid(history(70), opening(), 14)
    before = FORECASTERS[name](grid, np.array([40, 50]), 14)
    changed = grid.values.copy()
    changed[50:] *= 7
    after = FORECASTERS[name](replace(grid, values=changed), np.array([40, 50]), 14)
    assert np.array_equal(before[1], after[1])
    assert np.array_equal(before[0], after[0])


def test_last_week_is_the_same_hour_seven_days_before_and_in_the_second_week_fourteen() -> None:
    grid, _ = make_grid(history(42), opening(), 14)
    ahead = FORECASTERS[NAIVE](grid, np.array([42]), 14)[0]
    assert ahead[0, 12] == grid.values[35, 12]
    assert ahead[7, 12] == grid.values[35, 12]
    assert ahead[5, 15] == grid.values[40, 15]


def test_a_blind_week_is_skipped_not_repeated_as_an_empty_shop() -> None:
    hours = unseen(history(42), "2026-01-05", "2026-01-10")  # the last week
    grid, _ = make_grid(hours, opening(), 7)
    assert FORECASTERS[NAIVE](grid, np.array([42]), 7)[0][0, 12] == grid.values[28, 12]


@pytest.mark.slow
def test_an_outage_does_not_lower_the_forecast() -> None:
    whole, _ = forecast(history(63), opening())
    holed, _ = forecast(unseen(history(63), "2026-01-20", "2026-01-23"), opening())
    assert holed["mean"].sum() == pytest.approx(whole["mean"].sum(), rel=0.05)


def test_a_holiday_that_the_calendar_forgot_teaches_nothing_and_one_it_knows_is_zero() -> None:
    hours = history(63)
    forgotten = hours["local_date"] == pd.Timestamp("2026-01-30")  # a Friday in the last week
    empty = hours.copy()
    empty.loc[forgotten, ["entries_in", "entries_out", "visits"]] = 0
    empty.loc[forgotten, "receipts"] = 0
    grid, _ = make_grid(empty, opening(), 7)
    assert np.isnan(grid.values[60]).all()
    closed = opening(closed_days=frozenset({date(2026, 2, 6)}))
    ahead, _ = forecast(hours, closed)
    friday = ahead[ahead["local_date"] == pd.Timestamp("2026-02-06")]
    assert friday[["mean", "lo95", "hi95"]].to_numpy().max() == 0


@pytest.mark.slow
def test_the_days_ahead_are_all_there_and_closed_hours_are_zero_for_sure() -> None:
    ahead, _ = forecast(history(63), opening(), 14)
    assert ahead["local_date"].nunique() == 14
    assert len(ahead) == 14 * 24
    night = ahead[(ahead["local_hour"] < 9) | (ahead["local_hour"] >= 20)]
    assert night["hi95"].max() == 0
    assert (ahead[ahead["local_hour"].between(9, 19) & (ahead["local_date"].dt.day_of_week < 6)]["hi95"] > 0).all()


@pytest.mark.slow
def test_a_forecast_over_a_clock_change_has_an_hour_less() -> None:
    hours = history(112)  # up to 2026-03-22: the clocks change on the 29th
    ahead, _ = forecast(hours, opening(), 14)
    assert len(ahead) == 14 * 24 - 1


@pytest.mark.slow
def test_where_chance_rules_the_median_of_weeks_beats_last_week_and_is_chosen() -> None:
    tested = backtest(history(84), opening(), 14)
    chosen = tested[tested["chosen"]]
    assert chosen["model"].nunique() == 1
    assert chosen["model"].iloc[0] != NAIVE
    longest = tested[tested["horizon_h"] == 336].set_index("model")
    assert longest["mae"].idxmin() == chosen["model"].iloc[0]
    assert longest.loc[NAIVE, "mase"] == pytest.approx(1.0, abs=0.1)
    assert (longest.loc[chosen["model"].iloc[0], "cover80"] - 0.8) == pytest.approx(0, abs=0.06)
    assert (longest.loc[chosen["model"].iloc[0], "cover95"] - 0.95) == pytest.approx(0, abs=0.04)


def test_what_does_not_beat_last_week_is_not_shown() -> None:
    wild = {
        NAIVE: FORECASTERS[NAIVE],
        "wild": lambda grid, origins, horizon: FORECASTERS[NAIVE](grid, origins, horizon) * 3,
    }
    ahead, tested = forecast(history(63), opening(), 14, wild)
    assert set(tested.loc[tested["chosen"], "model"]) == {NAIVE}
    assert set(ahead["model"]) == {NAIVE}


def test_the_error_agrees_with_a_slow_count() -> None:
    hours = history(49)
    seen = {(row.local_date.date(), row.local_hour): row.visits for row in rows_of(hours[hours["status"] == "ok"])}
    targets = [
        (FIRST + timedelta(days=origin + lead), hour, 1 + lead // 7)
        for origin in range(28, 49)
        for lead in range(14)
        for hour in range(9, 20)
    ]
    errors = [abs(seen[d, h] - seen[d - timedelta(weeks=w), h]) for d, h, w in targets if (d, h) in seen]
    past = [abs(v - seen[d - timedelta(weeks=1), h]) for (d, h), v in seen.items() if (d - FIRST).days in range(7, 28)]
    naive = backtest(hours, opening(), 14).query("model == @NAIVE and horizon_h == 336").iloc[0]
    assert naive["mae"] == pytest.approx(np.mean(errors))
    assert naive["mase"] == pytest.approx(np.mean(errors) / np.mean(past))


@pytest.mark.parametrize("days", [1, 6, 20])
def test_a_young_shop_has_a_forecast_but_no_verdict(days: int) -> None:
    ahead, tested = forecast(history(days), opening(), 7)
    assert tested.empty
    assert set(ahead["model"]) == {NAIVE}
    assert ahead["mean"].max() > 0
    assert (ahead["lo95"] <= ahead["mean"]).all()


def test_nothing_seen_is_nothing_forecast() -> None:
    blind = unseen(history(14), "2025-12-01", "2025-12-31")
    assert [frame.empty for frame in forecast(blind, opening())] == [True, True]
    assert [frame.empty for frame in forecast(frames.empty(frames.HOURLY), opening())] == [True, True]


def test_too_few_errors_make_no_interval() -> None:
    assert quantiles(np.arange(59.0)) is None
    ends = quantiles(np.arange(1, 200.0))
    assert ends is not None
    assert list(ends) == [5, 20, 180, 195]
