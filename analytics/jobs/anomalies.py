"""The job ``anomalies``: hours and days that do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import anomalies
from ..frames import ANOMALIES, CALENDAR_DAYS, HOURLY, OUTAGES, TILL_HOURLY, ZONE_DAYS
from .context import Done, Part
from .purchases import answers_part

if TYPE_CHECKING:
    from ..frames import Window
    from .context import Context


def run_anomalies(context: Context, window: Window) -> Done:
    """What did not fit on the days of the window, each held against all days before it."""
    found = anomalies_until(context, window)
    mine = found.rows[found.rows["local_date"].dt.date >= window.first].reset_index(drop=True)
    return Done(
        (
            Part(ANOMALIES, mine, window.first, window.end),
            answers_part("anomalies", window.last, found.answers),
        )
    )


def anomalies_until(context: Context, window: Window) -> anomalies.Found:
    """What did not fit on any day up to the end of a window: rolled-up hours and days are all that is read."""
    results = context.results
    sources = anomalies.Sources(
        hourly=results.read(HOURLY, None, window.until),
        tills=results.read(TILL_HOURLY, None, window.until),
        zones=results.read(ZONE_DAYS, None, window.end),
        calendar=results.read(CALENDAR_DAYS, None, window.end),
        outages=results.read(OUTAGES, None, window.until),
        time=context.time,
    )
    return anomalies.anomalies(sources, context.plan.anomalies)
