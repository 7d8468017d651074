"""How members moved between groups since a month ago."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..frames import SEGMENT_MOVES, check, empty

if TYPE_CHECKING:
    from datetime import date

NEW = "new"


def moves(before: pd.Series, after: pd.Series, grouping: str, since: date, as_of: date) -> pd.DataFrame:
    """Counts who was where and is where.

    Args:
        before: Name of the group by member, as of ``since``; who had not bought yet is not there.
        after: The same as of ``as_of``.
        grouping: One of ``frames.GROUPINGS``.
        since: A month ago.
        as_of: Today.

    Returns:
        ``frames.SEGMENT_MOVES``: those who stayed too; by name.
    """
    if after.empty:
        return empty(SEGMENT_MOVES)
    was = before.reindex(after.index)
    pairs = pd.DataFrame({"before": was.where(was.notna(), NEW).astype("str"), "after": after.astype("str")})
    found = pairs.groupby(["before", "after"], sort=True).size().rename("members").reset_index()
    found = found.assign(grouping=grouping)
    for column, day in (("since", since), ("as_of", as_of)):
        found[column] = pd.Series([pd.Timestamp(day)] * len(found), dtype="datetime64[ms]")
    return check(found, SEGMENT_MOVES)
