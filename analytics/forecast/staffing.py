"""How many people the coming hours ask for, and what the rota has planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..frames import CALENDAR_DAYS, DAYS_AHEAD, FORECAST, LABOUR_HOURLY, STAFF_AHEAD, check, empty

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

# Somebody must be there while the store is open.
LEAST_PEOPLE = 1
_HOUR_S = 3600.0


def staff_ahead(
    ahead: pd.DataFrame, grid: pd.DataFrame, target: float | None, labour: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Labour hours for every open hour ahead: expected visits / target STAR, and never nobody.

    STAR (shopper-to-associate ratio) is visits / labour hours; visits / STAR are the hours that keep it. People are
    those hours over the open time of the hour, rounded up: nobody works half.

    Args:
        ahead: ``frames.FORECAST``; its rows of visits are used.
        grid: ``Opening.grid`` of the same hours.
        target: Visits for each labour hour; None: no target is known.
        labour: ``frames.LABOUR_HOURLY`` of the coming days, as far as the rota is made; None: it is not.

    Returns:
        ``frames.STAFF_AHEAD``; empty without a target or a forecast.
    """
    visits = check(ahead, FORECAST)
    visits = visits[visits["measure"] == "visits"]
    if target is None or target <= 0 or visits.empty:
        return empty(STAFF_AHEAD)
    rows = visits.merge(grid[["hour_utc", "open_s"]], on="hour_utc", how="inner")
    rows = rows[rows["open_s"] > 0].reset_index(drop=True)
    open_h = rows["open_s"].to_numpy(dtype=np.float64) / _HOUR_S
    needed = np.maximum(rows["mean"].to_numpy(dtype=np.float64) / target, LEAST_PEOPLE * open_h)
    high = np.maximum(rows["hi80"].to_numpy(dtype=np.float64) / target, needed)
    planned = _planned(rows["hour_utc"], labour)
    found = rows[["hour_utc", "local_date", "local_hour", "open_s"]].assign(
        visits=rows["mean"],
        visits_high=rows["hi80"],
        target_star=float(target),
        needed_h=needed,
        needed_high_h=high,
        people=_people(needed, open_h),
        planned_h=planned,
        difference_h=planned - needed,
    )
    return check(found, STAFF_AHEAD)


def days_ahead(grid: pd.DataFrame, calendar: pd.DataFrame, staff: pd.DataFrame) -> pd.DataFrame:
    """The coming days with what is known of them beforehand, and the people that they ask for.

    Args:
        grid: ``Opening.grid`` of these days.
        calendar: ``frames.CALENDAR_DAYS``; days of which it says nothing are ordinary ones.
        staff: ``frames.STAFF_AHEAD``; may be empty.

    Returns:
        ``frames.DAYS_AHEAD``, a row for each day.
    """
    days = grid.groupby("local_date", as_index=False).agg(weekday=("weekday", "first"), open_s=("open_s", "sum"))
    told = check(calendar, CALENDAR_DAYS)[["local_date", "holiday", "event", "promotion"]]
    found = days.merge(told, on="local_date", how="left")
    rows = check(staff, STAFF_AHEAD).sort_values(["local_date", "visits", "hour_utc"], ascending=[True, False, True])
    busiest = rows.groupby("local_date").first()
    # The rota names somebody on a day or nobody at all, so a sum without any value is not known.
    sums = rows.groupby("local_date")[["needed_h", "planned_h"]].sum(min_count=1)
    day = found["local_date"]
    found = found.assign(
        busiest_hour=day.map(busiest["local_hour"]).astype("Int64"),
        people=day.map(busiest["people"]).astype("Int64"),
        needed_h=day.map(sums["needed_h"]).astype("float64"),
        planned_h=day.map(sums["planned_h"]).astype("float64"),
    )
    return check(found, DAYS_AHEAD)


def _planned(hour_utc: pd.Series, labour: pd.DataFrame | None) -> NDArray[np.float64]:
    if labour is None or labour.empty:
        return np.full(len(hour_utc), np.nan)
    known = check(labour, LABOUR_HOURLY).set_index("hour_utc")["labour_s"] / _HOUR_S
    return hour_utc.map(known).to_numpy(dtype=np.float64)


def _people(needed_h: NDArray[np.float64], open_h: NDArray[np.float64]) -> NDArray[np.int64]:
    # A hair above a whole number is that number.
    return np.ceil(needed_h / open_h - 1e-6).astype(np.int64)
