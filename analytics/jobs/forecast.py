"""The job ``forecast``: the hours and days ahead, and the people they ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from .. import forecast, kpis
from ..calendar import calendar_days
from ..frames import (
    BACKTEST,
    BACKTEST_DAYS,
    DAYS_AHEAD,
    FORECAST,
    FORECAST_DAYS,
    HOURLY,
    STAFF_AHEAD,
    WEATHER,
    Answer,
    Window,
)
from .context import Done, Part
from .kpis import labour_of
from .purchases import answers_part

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pandas as pd

    from .context import Context

# What is older says little of tomorrow: two years and a month know every season and every holiday twice.
HISTORY = timedelta(days=762)
_WEATHER = ("weather", "temperature_c", "rain_mm")


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """What is known of the days after a day.

    Attributes:
        outlook: The forecasts and how they were tested.
        staff: ``frames.STAFF_AHEAD``.
        days: ``frames.DAYS_AHEAD``.
        answers: Which measures have a model that beats last week, and whether people can be planned.
    """

    outlook: forecast.Outlook
    staff: pd.DataFrame
    days: pd.DataFrame
    answers: tuple[Answer, ...]


def run_forecast(context: Context, window: Window) -> Done:
    """The hours that follow the window, learned from all hours before its end."""
    found = ahead_of(context, window.end, context.plan.forecast_days)
    told = found.outlook
    # Forecasts of hours that have passed meanwhile stay as they were made.
    begin = window.until if told.hours.empty else told.hours["hour_utc"].min()
    since = min(begin, window.until)
    parts = (
        Part(FORECAST, told.hours, since, None),
        Part(FORECAST_DAYS, told.days, window.end, None),
        Part(STAFF_AHEAD, found.staff, since, None),
        Part(DAYS_AHEAD, found.days, window.end, None),
        Part(BACKTEST, told.backtest),
        Part(BACKTEST_DAYS, told.backtest_days),
        answers_part("forecast", window.last, found.answers),
    )
    note = "too little history for a forecast" if told.hours.empty else None
    return Done(parts, note=note)


def ahead_of(
    context: Context, today: date, days: int, measures: Sequence[str] = forecast.MEASURES, *, staff: bool = True
) -> Ahead:
    """Everything about some days, from what was known before the first of them.

    Args:
        context: Results, calendar and rules.
        today: The first day ahead.
        days: How many.
        measures: Which of ``forecast.MEASURES``.
        staff: Also the people that are needed.
    """
    opening, results = context.opening, context.results
    coming = Window.of(today, today + timedelta(days=days), context.time)
    past = Window.of(today - HISTORY, today, context.time)
    hours = results.read(HOURLY, past.since, past.until)
    calendar = _calendar(context, hours, coming)
    told = forecast.outlook(_whole(hours, today), opening, days, calendar=calendar, measures=measures)
    grid = opening.grid(coming.since, coming.until)
    needed, answer = _staff(context, told, coming) if staff else (forecast.staff_ahead(told.hours, grid, None), None)
    found = forecast.days_ahead(grid, calendar, needed)
    answers = [_answered(name, told) for name in measures]
    return Ahead(told, needed, found, (*answers, *([answer] if answer else [])))


def _whole(hours: pd.DataFrame, today: date) -> pd.DataFrame:
    """The hours, unless the last of them is so old that what follows them is no day ahead."""
    if hours.empty or hours["local_date"].max().date() != today - timedelta(days=1):
        return hours.iloc[:0]
    return hours


def _calendar(context: Context, hours: pd.DataFrame, coming: Window) -> pd.DataFrame:
    """``frames.CALENDAR_DAYS`` of the past and the coming days.

    What the weather was teaches only where that of the days ahead is known, too.
    """
    first = coming.first if hours.empty else min(hours["local_date"].min().date(), coming.first)
    weather = context.results.read(WEATHER, first, coming.end)
    found = calendar_days(first, coming.end, context.plan.known_days, weather)
    ahead = found["local_date"].dt.date >= coming.first
    if found.loc[ahead, "temperature_c"].isna().all() and found.loc[ahead, "rain_mm"].isna().all():
        found = found.assign(**{name: found[name].where(found[name].isna()) for name in _WEATHER})
    return found


def _staff(context: Context, told: forecast.Outlook, coming: Window) -> tuple[pd.DataFrame, Answer]:
    """The people needed: by the target of the settings, or by what the store itself kept in the last weeks."""
    grid = context.opening.grid(coming.since, coming.until)
    target = context.plan.kpis.target_star
    if target is None:
        target = own_star(context, coming.first)
    if told.hours.empty:
        why = Answer("staff", "few_days", 0.0, 1.0)
    elif target is None:
        why = Answer("staff", "no_rota")
    else:
        why = Answer("staff")
    labour = labour_of(context, coming.since, coming.until)
    return forecast.staff_ahead(told.hours, grid, target, labour), why


def own_star(context: Context, today: date) -> float | None:
    """Visits for each labour hour of the last weeks; None without a rota or with too little of it."""
    past = Window.of(today - timedelta(weeks=kpis.STAR_WEEKS), today, context.time)
    hours = context.results.read(HOURLY, past.since, past.until)
    labour = labour_of(context, past.since, past.until)
    return kpis.staffing(hours, labour, today).target


def _answered(measure: str, told: forecast.Outlook) -> Answer:
    tested = told.backtest[told.backtest["measure"] == measure]
    if told.known_days and measure not in told.known_days:
        # Conversion lacks what one of its sides lacks.
        blind = measure == "visits" or (measure == "conversion" and "visits" not in told.known_days)
        return Answer(measure, "no_camera" if blind else "no_receipts")
    if tested.empty:
        need = float(forecast.LEAST_DAYS + forecast.LEAST_JUDGED)
        return Answer(measure, "few_days", float(told.known_days.get(measure, 0)), need)
    longest = tested[tested["horizon_h"] == tested["horizon_h"].max()]
    chosen = longest[longest["chosen"]].iloc[0]
    if chosen["model"] == forecast.NAIVE:
        rest = longest.loc[~longest["chosen"], "mae"].min()
        return Answer(measure, "not_better", float(rest), float(chosen["mae"]))
    return Answer(measure)
