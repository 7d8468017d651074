"""What a report says beyond single indicators, once more from the facts: why sales moved, what was lost."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from .. import kpis, metrics
from ..frames import CALENDAR_DAYS, CATEGORY_DAILY, HOURLY, RECEIPT_VISITS, ZONE_HOURLY, Window
from ..jobs.context import JobError
from ..jobs.kpis import labour_of
from .facts import again, with_weeks

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from ..jobs.context import Context


def change(context: Context, window: Window, before: date | None = None) -> pd.DataFrame:
    """``frames.CHANGE_SPLIT`` of the window against an equally long one before it.

    Args:
        context: Facts, results and rules.
        window: The later period.
        before: First day of the earlier; None: the days just before.

    Raises:
        JobError: The change cannot be split; says why.
    """
    length = window.end - window.first
    first = before if before is not None else window.first - length
    earlier = Window.of(first, first + length, context.time)
    windows = [earlier, window] if earlier.end <= window.first else [Window.of(first, window.end, context.time)]
    with again(context, windows) as scratch:
        hours = scratch.results.read(HOURLY)
    found = kpis.change_split(hours, (earlier.first, earlier.end), (window.first, window.end))
    if found.reason is not None:
        raise JobError(f"the change from {earlier.first} to {window.first} cannot be split: {found.reason}")
    return found.steps


def lost_sales(context: Context, window: Window, _: date | None = None) -> pd.DataFrame:
    """``frames.LOST_SALES`` of the window, against the weeks before it."""
    weeks = context.plan.kpis.lost_weeks
    with again(context, [with_weeks(context, window, weeks)]) as scratch:
        hours, days = scratch.results.read(HOURLY), scratch.results.read(CALENDAR_DAYS)
    return kpis.lost_sales(hours, days, window.first, window.end, weeks)


def staffing(context: Context, window: Window, _: date | None = None) -> pd.DataFrame:
    """``frames.STAFFING`` of the weeks before the window's end.

    Raises:
        JobError: There is no rota, or too little history.
    """
    wide = _weeks_to(context, window, kpis.STAR_WEEKS)
    with again(context, [wide]) as scratch:
        hours, labour = scratch.results.read(HOURLY), labour_of(scratch, wide.since, wide.until)
    found = kpis.staffing(hours, labour, window.end, context.plan.kpis.target_star)
    if found.reason is not None:
        raise JobError(found.reason)
    return found.rows


def power_hours(context: Context, window: Window, _: date | None = None) -> pd.DataFrame:
    """The weekday-hours that carry the weeks before the window's end, busiest first."""
    with again(context, [_weeks_to(context, window, metrics.POWER_WEEKS)]) as scratch:
        found = metrics.power_hours(scratch.results.read(HOURLY))
    return pd.DataFrame([asdict(hour) for hour in found], columns=["weekday", "local_hour", "visits", "share"])


def funnel(context: Context, window: Window, _: date | None = None) -> pd.DataFrame:
    """``frames.FUNNEL`` of the window, without the tries: these come from tags, not from cameras and tills."""
    with again(context, [window]) as scratch:
        zones, sold = scratch.results.read(ZONE_HOURLY), scratch.results.read(CATEGORY_DAILY)
    found = kpis.funnel(zones, sold, context.plan.kpis.zone_categories)
    return found[found["step"] != "tried"].reset_index(drop=True)


def dwell_against_purchase(context: Context, window: Window, _: date | None = None) -> pd.DataFrame:
    """One row of ``kpis.Purchase``, from the stays and from the pairs as they were made."""
    pairs = context.results.read(RECEIPT_VISITS, window.since, window.until)
    return pd.DataFrame([asdict(kpis.dwell_against_purchase(context.facts.stays(window.since, window.until), pairs))])


def _weeks_to(context: Context, window: Window, weeks: int) -> Window:
    """So many weeks up to the window's end, as far as their facts are kept."""
    kept = context.facts.first_kept_day(context.time)
    first = window.end - timedelta(weeks=weeks)
    return Window.of(first if kept is None else max(first, kept), window.end, context.time)


SECTIONS: dict[str, Callable[[Context, Window, date | None], pd.DataFrame]] = {
    "change": change,
    "lost_sales": lost_sales,
    "staffing": staffing,
    "power_hours": power_hours,
    "funnel": funnel,
    "dwell_against_purchase": dwell_against_purchase,
}
