"""Hours of a store laid out as days by hours of the clock: what a forecaster may learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import HOURLY, check, day_start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..opening import Opening

HOURS = 24
WEEK = 7


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Visits by local day and hour of the clock, and when the store is open.

    The hour that the clock shows twice in autumn is one cell: the mean of both.

    Attributes:
        first: The first local day (naive midnight).
        visits: (D, 24) visits; NaN where the store was closed and where they are not fully known.
        is_open: (D + H, 24) the store is open at some time of the hour; H days more than there are visits.
        weekday: (D + H,) 0 is Monday.
    """

    first: pd.Timestamp
    visits: NDArray[np.float64]
    is_open: NDArray[np.bool_]
    weekday: NDArray[np.int64]

    @property
    def days(self) -> int:
        """D, the number of days of which something is known."""
        return len(self.visits)

    @property
    def ahead(self) -> int:
        """H, the number of days after them."""
        return len(self.is_open) - self.days


def make_grid(hours: pd.DataFrame, opening: Opening, horizon_days: int) -> tuple[Grid, pd.DataFrame]:
    """Lays out hours, and the ``horizon_days`` that follow them.

    Partial and missing hours are unknown: an outage never teaches. So is a day on which the calendar says open and yet
    nobody came and nothing was sold: a holiday that the calendar does not know.

    Args:
        hours: ``frames.HOURLY`` of whole days, at least one.
        opening: When the store is open.
        horizon_days: How many days to add.

    Returns:
        The grid, and ``Opening.grid`` of the days that follow.
    """
    known = check(hours, HOURLY)
    first, last = known["local_date"].min(), known["local_date"].max()
    days = int((last - first).days) + 1
    visits = np.full((days, HOURS), np.nan)
    sure = known[(known["status"] == "ok")]
    cells = sure.groupby(["local_date", "local_hour"], as_index=False)["visits"].mean()
    row = (cells["local_date"] - first).dt.days.to_numpy(dtype=np.int64)
    visits[row, cells["local_hour"].to_numpy(dtype=np.int64)] = cells["visits"].to_numpy(dtype=np.float64)
    sold = known.groupby("local_date")["receipts"].sum()
    no_sale = (sold.reindex(pd.date_range(first, last, freq="D"), fill_value=0) == 0).to_numpy(dtype=bool)
    visits[no_sale & ~np.any(visits > 0, axis=1)] = np.nan
    begin, end = (day_start((last + pd.Timedelta(days=n)).date(), opening.time) for n in (1, horizon_days + 1))
    coming = opening.grid(begin, end)
    is_open = np.zeros((days + horizon_days, HOURS), dtype=bool)
    for frame in (known, coming):
        when = frame[frame["open_s"] > 0]
        is_open[(when["local_date"] - first).dt.days.to_numpy(dtype=np.int64), when["local_hour"].to_numpy()] = True
    weekday = (first.day_of_week + np.arange(days + horizon_days)) % WEEK
    return Grid(first, visits, is_open, weekday.astype(np.int64)), coming
