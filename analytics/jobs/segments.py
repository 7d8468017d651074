"""The job ``segments``: members by what they buy, how often and for how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

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

    From the first zone that the track entered to the last that it left, as far as the facts are still kept.

    Args:
        context: Facts and results.
        window: Only visits before its end.

    Returns:
        ``frames.MEMBER_DWELL``.
    """
    visits = context.results.read(MEMBER_VISITS, None, window.until)
    visits = visits[visits["track_id"].notna() & visits["flag"].isna()]
    visits = visits.drop_duplicates(_TRACK)
    if visits.empty:
        return empty(MEMBER_DWELL)
    stays = context.facts.stays(visits["sold_at"].min() - pd.Timedelta(days=1), window.until)
    spent = stays.groupby(_TRACK).agg(begin=("entered", "min"), end=("left", "max")).reset_index()
    mine = visits.astype({"track_id": "int64"}).merge(spent, on=_TRACK)
    if mine.empty:
        return empty(MEMBER_DWELL)
    rows = pd.DataFrame(
        {
            "member_id": mine["member_id"],
            "local_date": local_hour(mine["sold_at"], context.time)["local_date"],
            "dwell_s": (mine["end"] - mine["begin"]).dt.total_seconds(),
        }
    )
    return check(rows, MEMBER_DWELL)
