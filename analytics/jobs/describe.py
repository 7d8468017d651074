"""The job ``describe``: distributions of purchases and visits."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from .. import describe
from ..frames import DESCRIBE_BY, DESCRIPTION_BINS, DESCRIPTION_WEEK, DESCRIPTIONS, STORE_DWELL, VISITS, Window
from .context import Done, Part
from .purchases import answers_part, purchases_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .context import Context


def described(context: Context, window: Window, by: Sequence[str] = DESCRIBE_BY) -> describe.Described:
    """The distributions of the days of a window, and of as many before.

    Args:
        context: What the jobs may touch.
        window: The days.
        by: By which groups.
    """
    period = describe.Period(window.first, window.end)
    wide = Window.of(window.first - timedelta(days=period.days), window.end, context.time)
    seen = describe.Seen(
        context.results.read(VISITS, wide.since, wide.until), context.results.read(STORE_DWELL, wide.first, wide.end)
    )
    return describe.describe(purchases_of(context, window), seen, period, context.plan.describe, by)


def run_describe(context: Context, window: Window) -> Done:
    """The last days before the end of the window, however long it is."""
    days = timedelta(days=context.plan.describe.days)
    found = described(context, Window.of(window.end - days, window.end, context.time))
    return Done(
        parts=(
            Part(DESCRIPTIONS, found.rows),
            Part(DESCRIPTION_BINS, found.bins),
            Part(DESCRIPTION_WEEK, found.week),
            answers_part("describe", window.last, found.answers),
        )
    )
