"""The job that adds up tills, bounces and categories, and reading what indicators are computed from."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from .. import kpis, metrics
from ..calendar import labour_hours
from ..frames import (
    ACCURACY,
    BOUNCE_HOURLY,
    CALENDAR_DAYS,
    CAPTURE_HOURLY,
    CATEGORY_DAILY,
    HOURLY,
    LINE_HOURLY,
    MEMBERS,
    PRODUCTS,
    QUEUE_HOURLY,
    ROTA,
    SEGMENTS,
    TILL_HOURLY,
    VISITS,
    ZONE_HOURLY,
    Window,
    empty,
)
from .context import Context, Done, Part
from .matching import corrected_sales

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

# A shift that began so long before a window may still go on in it.
_LONGEST_SHIFT = timedelta(days=1)


def run_tills(context: Context, window: Window) -> Done:
    """Receipts by till and hour, bounces by the hour, products sold by category and day."""
    results, since, until = context.results, window.since, window.until
    sold = corrected_sales(context, window)
    tills = kpis.till_hours(sold.receipts, sold.lines, context.time)
    judged = results.read(VISITS, since, until)
    bounced = kpis.bounce_hours(judged, context.time, context.plan.kpis.bounce_s)
    categories = kpis.category_days(sold.receipts, sold.lines, results.read(PRODUCTS), context.time)
    return Done(
        (
            Part(TILL_HOURLY, tills, since, until),
            Part(BOUNCE_HOURLY, bounced, since, until),
            Part(CATEGORY_DAILY, categories, window.first, window.end),
        )
    )


def kpi_rollups(context: Context, window: Window, *, weeks: int = kpis.WEEKS, segments: bool = False) -> kpis.Rollups:
    """What the indicators of a window are computed from, by index ranges of stored roll-ups.

    Args:
        context: Results and rules.
        window: The days.
        weeks: So many before are read, too.
        segments: Also the receipts by the buyer's segment; these are read one by one, a year takes seconds.
    """
    results, until = context.results, window.until
    wide = window if not weeks else Window.of(window.first - timedelta(weeks=weeks), window.end, context.time)
    since = wide.since
    return kpis.Rollups(
        hourly=results.read(HOURLY, since, until),
        tills=results.read(TILL_HOURLY, since, until),
        segments=_segments(context, wide) if segments else empty(TILL_HOURLY),
        zones=results.read(ZONE_HOURLY, since, until),
        queues=results.read(QUEUE_HOURLY, since, until),
        capture=results.read(CAPTURE_HOURLY, since, until),
        bounces=results.read(BOUNCE_HOURLY, since, until),
        calendar=results.read(CALENDAR_DAYS, wide.first, wide.end),
        labour=labour_of(context, since, until),
        # Bounds are those of the window itself.
        audited=metrics.Audited(results.read(LINE_HOURLY, window.since, until), results.read(ACCURACY)),
    )


def labour_of(context: Context, since: datetime, until: datetime) -> pd.DataFrame | None:
    """``frames.LABOUR_HOURLY`` of a window of whole days; None where the rota names nobody in it."""
    rota = context.results.read(ROTA, since - _LONGEST_SHIFT, until)
    return labour_hours(rota, context.time, since, until) if len(rota) else None


def _segments(context: Context, window: Window) -> pd.DataFrame:
    sold, results = corrected_sales(context, window), context.results
    named = kpis.by_segment(sold.receipts, results.read(SEGMENTS), results.read(MEMBERS))
    return kpis.till_hours(named, sold.lines, context.time)
