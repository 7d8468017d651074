"""The job that keeps the calendar."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ..calendar import calendar_days
from ..frames import CALENDAR_DAYS, WEATHER
from .context import Done, Part

if TYPE_CHECKING:
    from ..frames import Window
    from .context import Context


def run_calendar(context: Context, window: Window) -> Done:
    """What is known of the window's days, and of the stored ones before and after, which settings may have changed.

    The days are few and cheap; they are written only where one differs from what is stored.
    """
    stored = context.results.read(CALENDAR_DAYS)
    first, end = window.first, window.end
    if len(stored):
        first = min(first, stored["local_date"].min().date())
        end = max(end, stored["local_date"].max().date() + timedelta(days=1))
    found = calendar_days(first, end, context.plan.known_days, context.results.read(WEATHER, first, end))
    if found.equals(stored):
        return Done(note="as it was")
    return Done((Part(CALENDAR_DAYS, found, first, end),))
