"""The weeks before: for every hour the same hour of the same weekday, on ordinary days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..calendar import ordinary

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WEEKS = 6
LEAST_WEEKS = 3
# A week before tells of a group when the hours that both have are at least this share of the group's open time.
LEAST_SHARE = 0.5
LEAST_HOURS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """Where each hour's predecessors are.

    Attributes:
        rows: (weeks, N) the row of the same wall-clock hour so many weeks before; -1: there is none, or its day was a
            holiday, or had an event or a promotion.
        seen: (weeks, N) that row was fully seen, or closed.
    """

    rows: NDArray[np.int64]
    seen: NDArray[np.bool_]

    @classmethod
    def of(cls, hours: pd.DataFrame, calendar: pd.DataFrame, weeks: int = WEEKS) -> Before:
        """Finds them.

        Args:
            hours: ``local_date``, ``local_hour``, ``status``; the weeks before included.
            calendar: ``frames.CALENDAR_DAYS``; a day that is not in it is taken for an ordinary one.
            weeks: How many to look back.
        """
        day = hours["local_date"].astype("datetime64[s]").astype("int64").to_numpy() // 86_400
        key = day * 24 + hours["local_hour"].to_numpy(dtype=np.int64)
        known, first = np.unique(key, return_index=True)
        special = calendar.loc[~ordinary(calendar), "local_date"]
        plain = ~hours["local_date"].isin(special).to_numpy(dtype=bool)
        good = hours["status"].isin(["ok", "closed"]).to_numpy(dtype=bool)
        rows = np.full((weeks, len(hours)), -1, dtype=np.int64)
        for week in range(weeks):
            wanted = key - 24 * 7 * (week + 1)
            at = np.minimum(np.searchsorted(known, wanted), len(known) - 1) if len(known) else wanted
            found = first[at] if len(known) else at
            rows[week] = np.where((known[at] == wanted) & plain[found], found, -1) if len(known) else -1
        return cls(rows, (rows >= 0) & good[rows])

    def take(self, positions: NDArray[np.intp]) -> Before:
        """Of some of the hours; the rows stay those of all."""
        return Before(self.rows[:, positions], self.seen[:, positions])

    def values(self, measure: Floats, *, seen_only: bool) -> Floats:
        """(weeks, N) a measure of all hours, as it was in the weeks before; NaN where there is nothing to hold to."""
        known = self.seen if seen_only else self.rows >= 0
        return np.where(known, measure[self.rows], np.nan)


def compare(value: Floats, weekly: Floats) -> tuple[Floats, Floats, Floats, NDArray[np.int64]]:
    """Values against the same of the weeks before.

    Args:
        value: (K,) of each group.
        weekly: (weeks, K) of the weeks before; NaN where a week cannot tell.

    Returns:
        Four arrays (K,): the median of the weeks, value / median, (value - mean) / standard deviation of the weeks (no
        test: few weeks have a loose deviation), and how many weeks told. All but the last are NaN with fewer than
        ``LEAST_WEEKS``.
    """
    told = (~np.isnan(weekly)).sum(axis=0)
    enough = told >= LEAST_WEEKS
    middle, ratio, z = (np.full(len(value), np.nan) for _ in range(3))
    if enough.any():
        mine = weekly[:, enough]
        middle[enough] = np.nanmedian(mine, axis=0)
        spread = np.nanstd(mine, axis=0, ddof=1)
        apart = value[enough] - np.nanmean(mine, axis=0)
        z[enough] = np.where(spread > 0, apart / np.where(spread > 0, spread, 1.0), np.nan)
        ratio = np.where(middle > 0, value / np.where(middle > 0, middle, 1.0), np.nan)
    return middle, ratio, z, told


def expected(measure: Floats, before: Before, positions: NDArray[np.intp], days: NDArray[np.intp]) -> Floats:
    """What a measure should have been in each hour: the weekday-hour's median, times the level of the day.

    Args:
        measure: Of all hours; NaN where it is not known.
        before: Of the hours asked for.
        positions: (N,) which of all hours those are.
        days: (N,) the day of each, 0..k-1.

    Returns:
        (N,) NaN where fewer than ``LEAST_WEEKS`` tell. The level is that of the day's own hours that were seen, against
        their medians; 1 with fewer than ``LEAST_HOURS`` of them.
    """
    weekly = before.values(measure, seen_only=True)
    usual = np.full(weekly.shape[1], np.nan)
    enough = (~np.isnan(weekly)).sum(axis=0) >= LEAST_WEEKS
    if enough.any():
        usual[enough] = np.nanmedian(weekly[:, enough], axis=0)
    now = measure[positions]
    both = ~np.isnan(now) & ~np.isnan(usual) & (usual > 0)
    size = int(days.max()) + 1 if len(days) else 0
    came, should, hours = (
        np.bincount(days[both], weights=weights, minlength=size)
        for weights in (now[both], usual[both], np.ones(int(both.sum())))
    )
    level = np.where(hours >= LEAST_HOURS, came / np.where(should > 0, should, 1.0), 1.0)
    return usual * level[days] if len(days) else usual
