"""Stories of what forecasters learn from: a plain history, holidays, outages, odd days, and next to nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analytics import frames
from analytics.calendar import Dated, KnownDays, calendar_days
from analytics.forecast.features import features, past_of, same_holiday
from analytics.forecast.grid import KNOWN, Grid, make_grid
from analytics.forecast.learning import ridge_weights, tree_predictions
from analytics.forecast.models import mean_of_three, median_of_four, ridge

from .gridded_shop import FIRST, OPEN, shop, without_calendar
from .store_days import at, opening

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

LEARNED = (ridge, mean_of_three)


def told(counts: Mapping[tuple[date, int], tuple[int | None, int, int]], days: int) -> pd.DataFrame:
    """``HOURLY`` of some days; an hour is (visits or None where not seen, receipts, sales), else (10, 2, 500)."""
    hours = opening().grid(at(FIRST.isoformat()), at((FIRST + timedelta(days=days)).isoformat()))
    rows = []
    for row in hours.to_dict("records"):
        is_open = row["open_s"] > 0
        seen, receipts, sales = counts.get((row["local_date"].date(), row["local_hour"]), (10, 2, 500))
        status = "closed" if not is_open else "missing" if seen is None else "ok"
        own = {"visits": seen if is_open else 0, "receipts": receipts * is_open, "sales_minor": sales * is_open}
        shut = {name: row[name] for name in ("hour_utc", "local_date", "local_hour", "weekday", "open_s")}
        rows.append(shut | own | {"status": status, "seen_s": 0.0 if seen is None else row["open_s"], "units": 0})
    found = pd.DataFrame(rows)
    found["visits"] = found["visits"].astype("Int64")
    for column in frames.HOURLY.columns:
        if column.name not in found:
            found[column.name] = None if column.dtype in {"str", "Int64"} else np.nan
    return frames.check(found, frames.HOURLY)


def errors(grid: Grid, truth: Grid, forecast: NDArray[np.float64], origin: int) -> float:
    """Mean absolute error over the open hours ahead."""
    came = truth.values[origin : origin + forecast.shape[0]]
    known = np.isfinite(came) & grid.is_open[origin : origin + forecast.shape[0]]
    return float(np.abs(forecast - came)[known].mean())


def test_usual_is_the_median_of_the_last_four_known_same_hours_that_were_no_holiday() -> None:
    grid = shop(70, holidays=(30, 37, 55), seed=3)
    holed = grid.values.copy()
    holed[np.random.default_rng(1).random(holed.shape) < 0.2] = np.nan
    grid = replace(grid, values=holed)
    _, usual = features(grid, past_of(grid), 3)
    for day in (40, 50, 58, 69):
        for hour in (9, 14, 19):
            weeks = [back for back in range(day - 3 - 1, -1, -1) if back % 7 == day % 7][:8]
            known = [holed[back, hour] for back in weeks if np.isfinite(holed[back, hour]) and grid.holiday[back] < 0]
            assert usual[day, hour] == pytest.approx(np.median(np.log1p(known[:4])))


def test_the_last_day_says_how_far_above_usual_it_was_and_a_closed_day_is_looked_past() -> None:
    grid = shop(60, seed=2)
    values = grid.values.copy()
    values[57] *= 2.0
    values[58:] = np.nan
    found, _ = features(replace(grid, values=values), past_of(replace(grid, values=values)), 0)
    assert found["day1"][58, 12] == pytest.approx(np.log(2), abs=0.15)
    assert found["day1"][60, 12] == found["day1"][58, 12]


@pytest.mark.slow
@pytest.mark.parametrize("forecaster", LEARNED)
def test_nothing_from_the_origin_on_changes_a_forecast(forecaster: object) -> None:
    assert callable(forecaster)
    grid = shop(80, holidays=(20, 50, 75, 84))
    changed = grid.values.copy()
    changed[60:] *= 7.0
    before = forecaster(grid, np.array([53, 60]), 8)
    after = forecaster(replace(grid, values=changed), np.array([53, 60]), 8)
    assert np.array_equal(before, after)


def test_a_night_and_a_rebuild_say_the_same() -> None:
    grid = shop(90, wander=0.1)
    together = ridge(grid, np.arange(70, 91), 7)
    assert np.array_equal(together[:14], ridge(grid, np.arange(70, 84), 7))
    assert np.array_equal(together[14], ridge(grid, np.array([84]), 7)[0])


@pytest.mark.parametrize("forecaster", LEARNED)
@pytest.mark.slow
def test_a_holiday_that_is_known_ahead_is_forecast_as_the_ones_before(forecaster: object) -> None:
    assert callable(forecaster)
    holidays = (16, 40, 66, 95, 121)
    truth = shop(124, ahead=14, holidays=holidays)
    grid = replace(truth, values=truth.values[:120], is_open=truth.is_open[:134], weekday=truth.weekday[:134])
    grid = replace(grid, known=truth.known[:134], holiday=truth.holiday[:134])
    knows = forecaster(grid, np.array([120]), 3)[0]
    guesses = forecaster(without_calendar(grid), np.array([120]), 3)[0]
    # Three holidays are not many to learn from: it goes most of the way.
    assert knows[1, OPEN].sum() == pytest.approx(truth.values[121, OPEN].sum(), rel=0.5)
    assert guesses[1, OPEN].sum() > 2.0 * truth.values[121, OPEN].sum()
    assert knows[0, OPEN].sum() == pytest.approx(truth.values[120, OPEN].sum(), rel=0.2)


@pytest.mark.slow
def test_learned_models_follow_a_level_that_wanders() -> None:
    truth = shop(200, wander=0.12, seed=5)
    origins = np.arange(140, 196, dtype=np.int64)
    came = truth.values[origins]
    known = np.isfinite(came)
    mae = {
        forecaster.__name__: np.abs(forecaster(truth, origins, 1)[:, 0] - came)[known].mean()
        for forecaster in (median_of_four, *LEARNED)
    }
    assert mae["ridge"] < 0.8 * mae["median_of_four"]
    assert mae["mean_of_three"] < 0.8 * mae["median_of_four"]


def test_an_outage_teaches_nothing() -> None:
    grid = shop(100)
    holed = grid.values.copy()
    holed[80:90] = np.nan
    whole = mean_of_three(grid, np.array([100]), 7)[0][:, OPEN]
    after = mean_of_three(replace(grid, values=holed), np.array([100]), 7)[0][:, OPEN]
    assert after.sum() == pytest.approx(whole.sum(), rel=0.04)


@pytest.mark.parametrize("forecaster", LEARNED)
@pytest.mark.parametrize("days", [1, 3, 20, 36])
def test_a_young_shop_is_forecast_plainly(forecaster: object, days: int) -> None:
    assert callable(forecaster)
    grid = shop(days)
    found = forecaster(grid, np.array([days]), 14)
    assert np.isfinite(found).all()
    if days < 20:
        assert np.array_equal(found, median_of_four(grid, np.array([days]), 14))


@pytest.mark.parametrize("forecaster", LEARNED)
@pytest.mark.parametrize("value", [0.0, 5.0, np.nan])
def test_a_constant_an_empty_and_an_unseen_shop(forecaster: object, value: float) -> None:
    assert callable(forecaster)
    grid = shop(60)
    flat = replace(grid, values=np.where(grid.is_open[:60], value, np.nan))
    found = forecaster(flat, np.array([50, 60]), 14)
    assert found[:, :, OPEN] == pytest.approx(0.0 if np.isnan(value) else value, abs=0.02)


def test_goods_that_come_back_do_not_break_a_logarithm() -> None:
    grid = shop(60)
    values = grid.values * 1000.0
    values[10, 12] = -5000.0
    assert np.isfinite(mean_of_three(replace(grid, values=values), np.array([60]), 7)).all()


def test_a_shop_of_one_hour_a_day() -> None:
    grid = shop(150)
    values, is_open = np.full_like(grid.values, np.nan), np.zeros_like(grid.is_open)
    values[:, 12], is_open[:, 12] = grid.values[:, 12], True
    found = ridge(replace(grid, values=values, is_open=is_open), np.array([150]), 14)
    assert found[0, :, 12].mean() == pytest.approx(np.nanmean(values), rel=0.2)


def test_the_same_holiday_is_looked_up_by_name_and_only_before_the_origin() -> None:
    grid = shop(60, holidays=(30, 58, 66))
    past = past_of(grid)
    found = same_holiday(grid, past, 3, 0)
    then = past.above[30, 12]
    assert found[58, 12] == pytest.approx((past.above[30, 11] + 2 * then + past.above[30, 13]) / 4)
    assert found[66, 12] == pytest.approx((past.above[58, 11] + 2 * past.above[58, 12] + past.above[58, 13]) / 4)
    assert same_holiday(grid, past, 9, 0)[66, 12] == pytest.approx(found[58, 12])
    assert not found[30].any()
    assert same_holiday(grid, past, 0, 1)[57].any()
    assert same_holiday(grid, past, 0, -1)[59].any()


def test_a_grid_knows_the_days_ahead_from_the_calendar() -> None:
    names = {FIRST + timedelta(days=2): "Feast", FIRST + timedelta(days=9): "Feast (observed); Fair day"}
    names |= {FIRST + timedelta(days=10): "Feast (in lieu)"}
    fair = Dated("Fair", FIRST + timedelta(days=8), FIRST + timedelta(days=8))
    days = calendar_days(FIRST - timedelta(days=1), FIRST + timedelta(days=20), KnownDays(names, events=(fair,)))
    days.loc[days["local_date"] == pd.Timestamp(FIRST + timedelta(days=8)), "temperature_c"] = 21.5
    grid, _ = make_grid(told({}, 7), opening(), 7, days)
    known = dict(zip(grid.known_names, grid.known.T, strict=True))
    assert list(np.flatnonzero(known["holiday"])) == [2, 9, 10]
    assert list(np.flatnonzero(known["before_holiday"])) == [1, 8, 9]
    assert list(np.flatnonzero(known["after_holiday"])) == [3, 10, 11]
    assert list(np.flatnonzero(known["event"])) == [8]
    assert known["temperature_c"][8] == 21.5
    assert np.isnan(known["rain_mm"]).all()
    assert grid.holiday[2] == grid.holiday[10] != grid.holiday[9] >= 0
    assert (grid.holiday[[0, 1, 3]] == -1).all()


def test_shortened_hours_are_known_and_a_clock_change_is_none() -> None:
    calendar = opening()
    eve = FIRST + timedelta(days=8)
    short = replace(calendar, special_hours={eve: (9 * 60, 14 * 60)})
    days = calendar_days(FIRST, FIRST + timedelta(days=14), KnownDays())
    grid, _ = make_grid(told({}, 7), short, 7, days)
    assert list(np.flatnonzero(grid.known[:, KNOWN.index("short_hours")])) == [8]


def test_what_tills_sold_is_known_though_nobody_was_seen() -> None:
    noon = (FIRST + timedelta(days=1), 12)
    hours = told({noon: (None, 4, 900), (FIRST, 12): (0, 1, 100)}, 7)
    found = {
        name: make_grid(hours, opening(), 7, None, name)[0].values for name in ("visits", "receipts", "sales_minor")
    }
    assert np.isnan(found["visits"][1, 12])
    assert found["receipts"][1, 12] == 4
    assert found["sales_minor"][1, 12] == 900
    rate = make_grid(hours, opening(), 7, None, "conversion")[0].values
    assert rate[0, 13] == pytest.approx(0.2)
    assert np.isnan(rate[1, 12])
    assert np.isnan(rate[0, 12])
    assert np.isnan(rate[6]).all()  # Sunday


def test_a_day_without_a_sale_is_unknown_in_a_shop_that_sells_every_day_and_known_in_a_quiet_one() -> None:
    lost = {(FIRST + timedelta(days=3), hour): (10, 0, 0) for hour in range(24)}
    busy, _ = make_grid(told(lost, 7), opening(), 7, None, "receipts")
    assert np.isnan(busy.values[3]).all()
    quiet = {
        (FIRST + timedelta(days=day), hour): (10, int(hour == 12 and day != 3), 100)
        for day in range(7)
        for hour in range(24)
    }
    calm, _ = make_grid(told(quiet, 7), opening(), 7, None, "receipts")
    assert calm.values[3, 12] == 0


def test_a_measure_that_hours_do_not_have_is_named() -> None:
    with pytest.raises(ValueError, match="'dwell': not a measure of hours; known are visits, receipts"):
        make_grid(told({}, 7), opening(), 7, None, "dwell")


def test_a_few_wild_rows_do_not_move_the_regression() -> None:
    rng = np.random.default_rng(0)
    x = np.column_stack([np.ones(400), rng.normal(size=400)])
    y = x @ [1.0, 2.0] + 0.1 * rng.normal(size=400)
    wild = y.copy()
    wild[:20] += 30.0
    assert ridge_weights(x, wild, np.ones(400)) == pytest.approx([1.0, 2.0], abs=0.08)
    assert ridge_weights(x, np.zeros(400), np.ones(400)) == pytest.approx([0.0, 0.0])


def test_trees_leave_out_what_is_nowhere_known_or_always_the_same() -> None:
    rng = np.random.default_rng(0)
    step = rng.normal(size=500)
    x = np.column_stack([np.full(500, np.nan), np.ones(500), step])
    said = tree_predictions(x, np.sign(step), np.ones(500), np.array([[1.0, 1.0, -1.0], [np.nan, 1.0, 1.0]]))
    assert said == pytest.approx([-1.0, 1.0], abs=0.05)
    assert not tree_predictions(x[:, :2], np.sign(step), np.ones(500), x[:3, :2]).any()
