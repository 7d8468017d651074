"""The job ``segments``: members by what they buy, how often and for how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import segments
from ..frames import (
    MEMBER_DWELL,
    MEMBER_VISITS,
    SEGMENT_CHOICE,
    SEGMENT_GROUPS,
    SEGMENT_MOVES,
    SEGMENTS,
    check,
    empty,
    local_hour,
)
from .context import Done, Part
from .purchases import answers_part, purchases_of

if TYPE_CHECKING:
    import pandas as pd

    from ..frames import Window
    from .context import Context

_TRACK = ["camera_id", "run_id", "track_id"]


def run_segments(context: Context, window: Window) -> Done:
    """Members by how they bought and what, as at the end of the window."""
    found = customers_of(context, window)
    return Done(
        (
            Part(SEGMENTS, found.segments),
            Part(SEGMENT_GROUPS, found.groups),
            Part(SEGMENT_MOVES, found.moves),
            Part(SEGMENT_CHOICE, found.choice),
            answers_part("segments", window.last, found.answers),
        )
    )


def customers_of(context: Context, window: Window) -> segments.Customers:
    """All groups of all members as at the end of a window."""
    return segments.customers(purchases_of(context, window), member_dwell(context, window), context.plan.segments)


def member_dwell(context: Context, window: Window) -> pd.DataFrame:
    """How long members stayed, where a camera's track is known to be theirs.

    Args:
        context: What is known of their visits; the facts themselves may long be deleted.
        window: Only visits before its end.

    Returns:
        ``frames.MEMBER_DWELL``.
    """
    visits = context.results.read(MEMBER_VISITS, None, window.until)
    visits = visits[visits["dwell_s"].notna() & visits["flag"].isna()].drop_duplicates(_TRACK)
    if visits.empty:
        return empty(MEMBER_DWELL)
    rows = visits[["member_id", "dwell_s"]].assign(
        local_date=local_hour(visits["sold_at"], context.time)["local_date"].to_numpy()
    )
    return check(rows, MEMBER_DWELL)
