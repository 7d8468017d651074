"""Stories of what lies ahead: transactions, conversion and sales by hour and day, and the people they ask for."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from analytics import frames, report
from analytics.calendar import KnownDays, calendar_days
from analytics.cli import main
from analytics.cli.opening import opened
from analytics.forecast import FORECASTERS, MEASURES, NAIVE, days_ahead, outlook, staff_ahead
from analytics.forecast.day_errors import day_intervals
from analytics.forecast.grid import make_grid
from analytics.forecast.rates import usual_rate
from analytics.jobs.forecast import ahead_of
from analytics.settings import load

from .report_shop import small_shop, text_of
from .small_shop import MONDAY, clock, open_shop, sell, settings
from .store_days import at, opening, rows_of
from .test_forecast import FIRST, history, unseen

if TYPE_CHECKING:
    from pathlib import Path

TICKET = 2_500
# The cheap ones: what is tested here is what is made of them.
FEW = {name: FORECASTERS[name] for name in (NAIVE, "median of four weeks")}


def trading(days: int, seed: int = 0, rate: float = 0.3) -> pd.DataFrame:
    """The hours of a shop in which a share of the visits buys, for exponential amounts."""
    rng = np.random.default_rng(seed)
    hours = history(days, seed)
    visits = hours["visits"].fillna(0).to_numpy(dtype=np.int64)
    receipts = rng.binomial(visits, rate)
    sales = [int(rng.exponential(TICKET, n).sum()) for n in receipts]
    return frames.check(hours.assign(receipts=receipts, sales_minor=sales), frames.HOURLY)


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    """Eighteen weeks."""
    return trading(126)


@pytest.mark.slow
def test_every_measure_lies_ahead_by_hour_and_by_day(shop: pd.DataFrame) -> None:
    told = outlook(shop, opening(), 14, forecasters=FEW)
    assert list(told.hours["measure"].unique()) == list(MEASURES)
    days = told.days.pivot_table(index="local_date", columns="measure", values="mean")
    open_days = days[days["visits"] > 0]
    assert len(days) == 14
    assert len(open_days) == 12
    assert (open_days["conversion"] - 0.3).abs().max() < 0.04
    hourly = told.hours.groupby(["measure", "local_date"])["mean"].sum()
    for measure in ("visits", "receipts", "sales_minor"):
        assert days[measure].to_numpy() == pytest.approx(hourly[measure].to_numpy()), "days are sums of their hours"
    assert (open_days["sales_minor"] / open_days["receipts"] / TICKET - 1).abs().max() < 0.15


@pytest.mark.slow
def test_a_closed_hour_has_no_conversion_and_a_closed_day_neither(shop: pd.DataFrame) -> None:
    closed = opening(closed_days=frozenset({date(2026, 4, 8)}))
    told = outlook(shop, closed, 7, forecasters=FEW)
    rates = told.hours[told.hours["measure"] == "conversion"]
    assert rates["local_hour"].between(9, 19).all()
    assert pd.Timestamp("2026-04-08") not in set(rates["local_date"])
    day = told.days[told.days["local_date"] == pd.Timestamp("2026-04-08")]
    assert set(day["measure"]) == {"visits", "receipts", "sales_minor"}
    assert day[["mean", "hi95"]].to_numpy().max() == 0


@pytest.mark.slow
def test_intervals_of_days_hold_days_and_are_no_sums_of_hourly_bounds() -> None:
    told = outlook(trading(364, seed=4), opening(), 14, forecasters=FEW)
    for measure in MEASURES:
        last = told.backtest_days[(told.backtest_days["measure"] == measure) & told.backtest_days["chosen"]].iloc[-1]
        assert last["cover80"] == pytest.approx(0.80, abs=0.08), measure
        assert last["cover95"] == pytest.approx(0.95, abs=0.06), measure
    visits = told.hours[told.hours["measure"] == "visits"].groupby("local_date")[["lo95", "hi95"]].sum()
    days = told.days[told.days["measure"] == "visits"].set_index("local_date")
    is_open = days["mean"] > 0
    width = (days["hi95"] - days["lo95"])[is_open]
    # Errors of hours cancel in a day: eleven of them make one that is about the root of eleven as wide as one.
    assert (width < 0.6 * (visits["hi95"] - visits["lo95"])[is_open]).all()


def test_an_interval_of_days_knows_how_few_days_it_rests_on() -> None:
    """Normal errors with a known answer: from ten days the right width is that of Student's t, and it holds."""
    rng = np.random.default_rng(0)
    held = []
    for _ in range(400):
        days = rng.normal(0, 20, 14)
        truth = np.full((12, 2, 1), np.nan)
        for origin in range(12):
            for lead in range(2):
                truth[origin, lead, 0] = 100 + days[origin + lead]
        truth[11] = np.nan
        mean, unit = np.full_like(truth, 100.0), np.full_like(truth, 10.0)
        bounds = day_intervals(mean, truth, np.arange(12), unit)[11, 0, 0]
        held.append([bounds[0] <= 100 + days[11] <= bounds[3], bounds[1] <= 100 + days[11] <= bounds[2]])
    assert np.mean(held, axis=0) == pytest.approx([0.95, 0.80], abs=0.04)
    assert np.isnan(day_intervals(mean, truth, np.arange(12), unit)[7, 0]).all(), "seven days say nothing"


@pytest.mark.slow
def test_hours_of_every_measure_lie_in_their_intervals_as_often_as_they_say(shop: pd.DataFrame) -> None:
    told = outlook(shop, opening(), 14, forecasters=FEW)
    for measure in MEASURES:
        last = told.backtest[(told.backtest["measure"] == measure) & told.backtest["chosen"]].iloc[-1]
        assert last["cover80"] == pytest.approx(0.80, abs=0.05), measure
        assert last["cover95"] == pytest.approx(0.95, abs=0.03), measure
        assert last["model"] != NAIVE, "where chance rules one week is never the best guess"


def test_the_usual_rate_agrees_with_a_slow_count(shop: pd.DataFrame) -> None:
    visits, _ = make_grid(shop, opening(), 14)
    receipts, _ = make_grid(shop, opening(), 14, measure="receipts")
    found = usual_rate(visits, receipts, np.array([100]), 14)[0]
    table = {(row.local_date, row.local_hour): row for row in rows_of(shop[shop["status"] == "ok"])}
    origin = pd.Timestamp(FIRST) + pd.Timedelta(days=100)
    past = [row for (day, _), row in table.items() if origin - pd.Timedelta(days=56) <= day < origin]
    overall = sum(row.receipts for row in past) / sum(row.visits for row in past)
    for lead, hour in ((0, 12), (3, 10), (9, 17)):
        day = origin + pd.Timedelta(days=lead)
        mine = [row for row in past if row.local_hour == hour and row.local_date.weekday() == day.weekday()]
        came, sold = sum(row.visits for row in mine), sum(row.receipts for row in mine)
        assert found[lead, hour] == pytest.approx((sold + 50 * overall) / (came + 50))


@pytest.mark.slow
def test_a_blind_camera_takes_nothing_from_sales_and_nothing_is_learned_of_its_rates(shop: pd.DataFrame) -> None:
    blind = unseen(shop, "2026-03-23", "2026-03-28")
    whole, holed = (outlook(rows, opening(), 7, forecasters=FEW) for rows in (shop, blind))
    for told, other in ((whole, holed),):
        mine, theirs = (one.days.set_index(["measure", "local_date"])["mean"] for one in (told, other))
        assert theirs["sales_minor"].to_numpy() == pytest.approx(mine["sales_minor"].to_numpy())
        assert theirs["visits"].sum() == pytest.approx(mine["visits"].sum(), rel=0.1)
        assert theirs["conversion"].to_numpy() == pytest.approx(mine["conversion"].to_numpy(), rel=0.15)


@pytest.mark.slow
def test_what_does_not_beat_last_week_is_not_shown_for_any_measure(shop: pd.DataFrame) -> None:
    def wild(grid: Any, origins: Any, horizon: int) -> Any:
        return FORECASTERS[NAIVE](grid, origins, horizon) * 3

    told = outlook(shop, opening(), 14, forecasters={NAIVE: FORECASTERS[NAIVE], "wild": wild})
    for measure in ("visits", "receipts", "sales_minor"):
        assert set(told.hours.loc[told.hours["measure"] == measure, "model"]) == {NAIVE}
        assert set(told.days.loc[told.days["measure"] == measure, "model"]) == {NAIVE}


@pytest.mark.slow
def test_nothing_after_the_last_midnight_is_used_and_more_history_only_adds(shop: pd.DataFrame) -> None:
    """The forecast as of a past day is the one that was made then."""
    end = pd.Timestamp(FIRST + timedelta(days=112))
    then = shop[shop["local_date"] < end].reset_index(drop=True)
    changed = shop.copy()
    changed.loc[changed["local_date"] >= end, "sales_minor"] = 1
    again = changed[changed["local_date"] < end].reset_index(drop=True)
    first, second = (outlook(rows, opening(), 7, forecasters=FEW) for rows in (then, again))
    pd.testing.assert_frame_equal(first.hours, second.hours)
    pd.testing.assert_frame_equal(first.days, second.days)


@pytest.mark.parametrize("days", [1, 3, 6, 20, 30])
def test_a_young_shop(days: int) -> None:
    told = outlook(trading(days), opening(), 7)
    assert set(told.hours["measure"]) == set(MEASURES)
    assert told.backtest.empty == (days < 35)
    ordered = told.days[["lo95", "lo80", "hi80", "hi95"]].to_numpy()
    assert (np.diff(ordered, axis=1) >= 0).all()
    assert np.isfinite(ordered).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    "oddly",
    [
        {"sales_minor": 0},
        {"sales_minor": -500},
        {"receipts": 0, "sales_minor": 0},
        {"visits": 5, "receipts": 5, "sales_minor": 700},
        {"visits": 0, "receipts": 3, "sales_minor": 300},
    ],
)
def test_odd_shops_have_forecasts_without_a_warning(oddly: dict[str, int]) -> None:
    rows = trading(63)
    is_open = rows["status"] == "ok"
    for name, value in oddly.items():
        rows.loc[is_open, name] = value
    told = outlook(rows, opening(), 14)
    assert not told.hours.empty
    assert np.isfinite(told.hours[["mean", "lo95", "hi95"]].to_numpy()).all()
    assert told.hours["lo95"].min() >= 0


def test_a_shop_of_which_nothing_is_known() -> None:
    assert outlook(frames.empty(frames.HOURLY), opening()).days.empty
    blind = unseen(trading(14), "2025-12-01", "2026-01-31")
    told = outlook(blind, opening(), 7)
    assert set(told.hours["measure"]) == {"receipts", "sales_minor"}, "the tills know what they sold"


# --- the people


def ahead_rows(visits: dict[int, float], high: float = 1.5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A forecast of one day, and its hours."""
    grid = opening().grid(at("2026-01-05"), at("2026-01-06"))
    rows = grid[["hour_utc", "local_date", "local_hour"]].assign(measure="visits", model="m")
    mean = rows["local_hour"].map(visits).fillna(0.0)
    rows = rows.assign(mean=mean, lo80=mean / high, hi80=mean * high, lo95=0.0, hi95=mean * 2)
    return frames.check(rows, frames.FORECAST), grid


def test_people_are_visits_by_the_target_and_never_nobody() -> None:
    ahead, grid = ahead_rows({9: 2.0, 10: 12.0, 11: 12.5, 15: 60.0})
    staff = staff_ahead(ahead, grid, 6.0).set_index("local_hour")
    assert list(staff.index) == list(range(9, 20))
    assert staff.loc[[9, 10, 11, 15], "people"].tolist() == [1, 2, 3, 10]
    assert staff.loc[9, "needed_h"] == 1.0, "somebody must be there"
    assert staff.loc[15, "needed_high_h"] == pytest.approx(15.0)
    assert staff["planned_h"].isna().all()
    assert staff_ahead(ahead, grid, None).empty
    assert staff_ahead(frames.empty(frames.FORECAST), grid, 6.0).empty


def test_the_rota_is_held_against_what_is_needed() -> None:
    ahead, grid = ahead_rows({10: 12.0, 15: 60.0})
    labour = grid[["hour_utc", "local_date", "local_hour", "weekday"]].assign(labour_s=3 * 3600.0)
    staff = staff_ahead(ahead, grid, 6.0, frames.check(labour, frames.LABOUR_HOURLY)).set_index("local_hour")
    assert staff.loc[10, "difference_h"] == pytest.approx(1.0)
    assert staff.loc[15, "difference_h"] == pytest.approx(-7.0)
    known = KnownDays(holidays={date(2026, 1, 5): "Some Day"})
    (day,) = rows_of(days_ahead(grid, calendar_days(date(2026, 1, 5), date(2026, 1, 6), known), staff.reset_index()))
    assert (day.holiday, day.busiest_hour, day.people) == ("Some Day", 15, 10)
    assert day.planned_h == pytest.approx(33.0)


# --- the shell


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three days of the small shop, imported and added up."""
    folder = tmp_path_factory.mktemp("young")
    open_shop(folder / "footfall.sqlite", 3)
    sell(folder / "sales", 3)
    config = settings(folder)
    days = ["--since", f"{MONDAY}", "--until", f"{MONDAY + timedelta(days=3)}"]
    assert main(["import", "--config", str(config)]) == 0
    for job in ("visits", "clocks", "hourly", "forecast"):
        assert main(["run", job, "--config", str(config), *days]) == 0
    return config


@pytest.fixture
def young(made: Path, tmp_path: Path) -> Path:
    """A shop of one's own."""
    shutil.copytree(made.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / made.name


def test_the_job_of_a_shop_of_three_days_says_that_nothing_was_tested(young: Path) -> None:
    with opened(load(young)) as context:
        results = context.results
        hours = results.read(frames.FORECAST)
        assert set(hours["measure"]) == set(MEASURES)
        assert hours["hour_utc"].min() == pd.Timestamp(clock(MONDAY + timedelta(days=3), 0))
        assert results.read(frames.FORECAST_DAYS)["local_date"].nunique() == 14
        assert len(results.read(frames.DAYS_AHEAD)) == 14
        assert results.read(frames.STAFF_AHEAD).empty
        answers = results.read(frames.ANSWERS)
        told = dict(zip(answers["question"], answers["why"], strict=True))
        assert told == dict.fromkeys(MEASURES, "few_days") | {"staff": "no_rota"}


def test_past_forecasts_stay_as_they_were_made(young: Path) -> None:
    end = MONDAY + timedelta(days=2)
    with opened(load(young)) as context:
        before = context.results.read(frames.FORECAST)
    assert main(["run", "forecast", "--config", str(young), "--since", f"{MONDAY}", "--until", f"{end}"]) == 0
    with opened(load(young)) as context:
        after = context.results.read(frames.FORECAST)
        days = context.results.read(frames.FORECAST_DAYS)
    assert after["hour_utc"].min() == pd.Timestamp(clock(end, 0)) < before["hour_utc"].min()
    assert days["local_date"].min() == pd.Timestamp(end)


def test_the_target_of_the_settings_needs_no_rota(young: Path) -> None:
    young.write_text(young.read_text(encoding="utf-8") + "[kpis]\ntarget_star = 6\n", encoding="utf-8")
    with opened(load(young)) as context:
        found = ahead_of(context, MONDAY + timedelta(days=3), 7)
    assert not found.staff.empty
    assert found.staff["target_star"].eq(6.0).all()
    assert {one.question: one.why for one in found.answers}["staff"] is None


@pytest.mark.slow
def test_the_command(young: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    asked = ["forecast", "--config", str(young), "--as-of", f"{MONDAY + timedelta(days=2)}"]
    assert main([*asked, "--days", "3"]) == 0
    told = capsys.readouterr().out
    assert "Thu 2026-03-05" in told
    assert "visits: not tested: 3 days are known" in told
    assert main([*asked, "--measure", "sales", "--hourly", "--csv", "--days", "2"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0].startswith("hour_utc,local_date,local_hour,measure,model,mean")
    assert len(rows) == 49
    assert main([*asked, "--measure", "conversion"]) == 0
    assert "%" in capsys.readouterr().out
    assert main([*asked, "--staff"]) == 0
    assert "no target and no rota" in capsys.readouterr().out
    assert main([*asked[:3], "--as-of", "2026-05-01"]) == 0
    assert "there is no forecast from 2026-05-02 on" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "told"),
    [(["--measure", "sale"], "did you mean 'sales'?"), (["--staff", "--hourly"], "without --measure and --hourly")],
)
def test_what_cannot_be_forecast_is_said(
    young: Path, options: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["forecast", "--config", str(young), *options]) == 2
    assert told in capsys.readouterr().err


# --- the page


def with_ahead(data: report.ReportData, *, staffed: bool = True) -> report.ReportData:
    """The shop of the report with everything that lies ahead of it."""
    told = outlook(data.hourly, data.opening, 14, forecasters=FEW)
    first = data.until
    grid = data.opening.grid(at(f"{first}"), at(f"{first + timedelta(days=14)}"))
    staff = staff_ahead(told.hours, grid, 4.0 if staffed else None)
    known = KnownDays(holidays={date(2026, 1, 28): "Feast"})
    days = days_ahead(grid, calendar_days(first, first + timedelta(days=14), known), staff)
    found = {"forecast_day": told.days, "backtest_day": told.backtest_days, "staff_ahead": staff, "day_ahead": days}
    return replace(data, forecast=told.hours, backtest=told.backtest, found=dict(data.found) | found)


@pytest.fixture(scope="module")
def page() -> report.ReportData:
    return with_ahead(small_shop())


@pytest.mark.slow
def test_the_days_ahead_are_on_the_page_in_both_languages(page: report.ReportData) -> None:
    text = text_of(report.render(page))
    for shown in ("The days ahead", "Wed 28 Jan Feast", "Visits: “", "Net sales: ", "4.0 visits for each labour hour"):
        assert shown in text, shown
    chinese = text_of(report.render(page, "zh"))
    for shown in ("未来各日", "成交率：“", "每个工时 4.0 人次"):
        assert shown in chinese, shown


@pytest.mark.slow
def test_without_a_target_the_page_says_why_nobody_is_counted(page: report.ReportData) -> None:
    text = text_of(report.render(with_ahead(page, staffed=False)))
    assert "the settings name no target" in text
    assert "People at the busiest hour" not in text


@pytest.mark.slow
def test_where_nothing_beats_last_week_the_page_says_so(page: report.ReportData) -> None:
    naive = page.backtest.assign(chosen=page.backtest["model"] == NAIVE)
    assert "Net sales: no model beat the same hour last week" in text_of(report.render(replace(page, backtest=naive)))
    untested = replace(page, backtest=frames.empty(frames.BACKTEST))
    assert "Conversion: too little history to test it" in text_of(report.render(untested))


@pytest.mark.slow
def test_days_that_are_those_of_last_week_are_not_told_as_the_work_of_a_model(page: report.ReportData) -> None:
    better = page.backtest.assign(chosen=page.backtest["model"] != NAIVE)
    days = page.of(frames.FORECAST_DAYS)
    for model, told in ((NAIVE, True), ("ridge", False)):
        found = dict(page.found) | {frames.FORECAST_DAYS.name: days.assign(model=model)}
        text = text_of(report.render(replace(page, backtest=better, found=found)))
        assert ("of whole days nothing beat the same day last week" in text) is told


@pytest.mark.slow
def test_an_empty_forecast_is_named_among_what_is_absent(page: report.ReportData) -> None:
    nothing = dict(page.found) | {c.name: frames.empty(c) for c in report.AHEAD}
    bare = replace(page, found=nothing, forecast=frames.empty(frames.FORECAST))
    assert "The days ahead: no hour was known that a forecast could learn from." in text_of(report.render(bare))
