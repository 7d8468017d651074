"""Stories of forecasts of a store that is young, or that counts only some of what could be counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from analytics import frames, report
from analytics.calendar import KnownDays, calendar_days
from analytics.forecast import FORECASTERS, MEASURES, NAIVE, outlook
from analytics.forecast.grid import make_grid
from analytics.jobs.forecast import _answered

from .report_shop import small_shop, text_of
from .store_days import opening
from .test_forecast import FIRST, history, unseen
from .test_forecast_measures import FEW, trading, with_ahead


@pytest.mark.parametrize(("days", "longest"), [(34, None), (40, 12 * 24), (60, 14 * 24)])
def test_a_day_or_two_choose_no_model_and_no_horizon_is_claimed_that_was_not_reached(
    days: int, longest: int | None
) -> None:
    told = outlook(trading(days), opening(), 14, measures=("visits",), forecasters=FEW)
    assert (None if told.backtest.empty else told.backtest["horizon_h"].max()) == longest
    if longest is None:
        assert set(told.hours["model"]) == {NAIVE}


def test_a_shop_without_tills_is_told_nothing_of_sales_and_one_without_cameras_nothing_of_visits() -> None:
    rows = trading(40)
    untilled = rows.assign(receipts=0, units=0, sales_minor=0)
    assert set(outlook(frames.check(untilled, frames.HOURLY), opening(), 7, forecasters=FEW).days["measure"]) == {
        "visits"
    }
    blind = outlook(unseen(rows, "2025-12-01", "2026-12-01"), opening(), 7, forecasters=FEW)
    assert set(blind.days["measure"]) == {"receipts", "sales_minor"}
    assert [_answered(name, blind).why for name in MEASURES] == ["no_camera", None, "no_camera", None]


@pytest.mark.slow
def test_what_is_not_counted_is_named_on_the_page() -> None:
    page = with_ahead(small_shop())
    days = page.of(frames.FORECAST_DAYS)
    found = dict(page.found) | {frames.FORECAST_DAYS.name: days[days["measure"] == "visits"].reset_index(drop=True)}
    assert "No receipt is known, so transactions, sales and conversion" in text_of(
        report.render(replace(page, found=found))
    )
    assert "No receipt is known" not in text_of(report.render(page))


@pytest.mark.slow
@pytest.mark.parametrize("days", [10, 20])
def test_intervals_of_a_young_shop_hold_what_they_say(days: int) -> None:
    """Last week is as much a count as next week is, and weeks differ by more than chance."""
    held = []
    for seed in range(12):
        whole = history(days + 14, seed)
        rng = np.random.default_rng(seed)
        level = np.exp(0.12 * rng.standard_normal(days + 14))
        number = (whole["local_date"] - pd.Timestamp(FIRST)).dt.days
        counts = rng.poisson(whole["visits"].astype("float64").to_numpy() * level[number]).astype(np.int64)
        whole = whole.assign(visits=pd.array(counts, dtype="Int64"))
        known = whole[number < days].reset_index(drop=True)
        told = outlook(known, opening(), 14, measures=("visits",), forecasters=FEW).hours
        both = told.merge(whole[["hour_utc", "visits", "open_s"]], on="hour_utc").query("open_s > 0")
        came = both["visits"].astype("float64")
        held.append([came.between(both["lo80"], both["hi80"]).mean(), came.between(both["lo95"], both["hi95"]).mean()])
    inner, outer = np.mean(held, axis=0)
    assert 0.74 <= inner <= 0.90
    assert outer >= 0.91


def test_neither_later_weather_nor_later_opening_hours_change_what_was_said() -> None:
    days, origin, ahead = 112, 70, 7
    rows = history(days)
    later = rows["local_date"] >= pd.Timestamp(FIRST) + pd.Timedelta(days=origin + ahead)
    # From then on a warm summer, and the store closes three hours later.
    rows.loc[later & rows["local_hour"].between(20, 22) & (rows["weekday"] < 6), "open_s"] = 3600.0
    span = pd.date_range(FIRST, periods=days + ahead, unit="ms")
    rng = np.random.default_rng(1)
    warm = np.where(np.arange(len(span)) < origin + ahead, 5.0, 25.0) + rng.normal(0, 4, len(span))
    weather = pd.DataFrame({"local_date": span, "condition": "sun", "temperature_c": warm, "rain_mm": 1.0})
    known = KnownDays()
    calendar = calendar_days(FIRST, FIRST + timedelta(days=len(span)), known, frames.check(weather, frames.WEATHER))
    then = rows[rows["local_date"] < pd.Timestamp(FIRST) + pd.Timedelta(days=origin)].reset_index(drop=True)
    whole, short = (make_grid(part, opening(), ahead, calendar)[0] for part in (rows, then))
    assert np.array_equal(whole.known[: origin + ahead], short.known, equal_nan=True)
    before, now = (FORECASTERS["ridge"](grid, np.array([origin]), ahead) for grid in (whole, short))
    assert np.allclose(before, now, rtol=0, atol=1e-9)
