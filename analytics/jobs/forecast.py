"""The job ``forecast``: the hours and days ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import forecast
from ..frames import BACKTEST, FORECAST, HOURLY
from .context import Done, Part

if TYPE_CHECKING:
    from ..frames import Window
    from .context import Context


def run_forecast(context: Context, window: Window) -> Done:
    """The hours that follow the window, learned from all hours before its end."""
    hours = context.results.read(HOURLY, None, window.until)
    ahead, tested = forecast.forecast(hours, context.opening, context.plan.forecast_days)
    # Forecasts of hours that have passed meanwhile stay as they were made.
    begin = window.until if ahead.empty else ahead["hour_utc"].min()
    note = "too little history for a forecast" if ahead.empty else None
    return Done((Part(FORECAST, ahead, begin, None), Part(BACKTEST, tested)), note=note)
