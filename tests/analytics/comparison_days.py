"""Days of a shop whose true effects are known, for the tests of comparisons."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analytics.frames import CALENDAR_DAYS, DAILY, check

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST = date(2026, 1, 5)
WEEKDAY = np.array([0.84, 0.86, 0.92, 0.98, 1.10, 1.36])


def shop_days(
    seed: int,
    days: int = 120,
    memory: float = 0.6,
    factor: NDArray[np.float64] | float = 1.0,
    conversion: NDArray[np.float64] | float = 0.3,
) -> pd.DataFrame:
    """Working days from Monday, 5 January 2026; noise that remembers the day before, as weather does.

    Args:
        seed: Of chance.
        days: Working days; Sundays are closed and stand between them.
        memory: AR(1) of the noise, 9 % a day.
        factor: (days,) on the visits.
        conversion: (days,) share of the visits that buy.
    """
    rng = np.random.default_rng(seed)
    calendar = pd.Series(pd.date_range(FIRST, periods=days * 7 // 6 + 7, freq="D", unit="ms"))
    weekday = calendar.dt.day_of_week
    is_open = (weekday < 6).to_numpy()
    keep = np.cumsum(is_open) <= days
    calendar, weekday, is_open = calendar[keep], weekday[keep], is_open[keep]
    noise = np.zeros(days)
    for day in range(days):
        noise[day] = memory * (noise[day - 1] if day else 0.0) + 0.09 * rng.standard_normal()
    visits = rng.poisson(200 * WEEKDAY[weekday[is_open]] * np.exp(noise) * factor)
    receipts = rng.binomial(visits, conversion)
    frame = pd.DataFrame({"local_date": calendar, "weekday": weekday.astype("int64")})
    frame["status"] = np.where(is_open, "ok", "closed")
    for column in DAILY.columns:
        if column.name not in frame:
            frame[column.name] = None if column.null else 0.0
    for name, values in (("visits", visits), ("receipts", receipts), ("units", 2 * receipts)):
        frame[name] = pd.Series(0, index=frame.index, dtype="Int64")
        frame.loc[is_open, name] = values
    frame["sales_minor"] = frame["receipts"] * 4000
    frame.loc[~is_open, "visits"] = pd.NA
    return check(frame, DAILY)


def calendar_of(days: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    """The calendar of these days; columns such as ``weather`` may be given by array."""
    known = pd.DataFrame({"local_date": days["local_date"], "weekday": days["weekday"]})
    known = known.assign(retail_year=2026, retail_period=1, retail_week=1)
    for name, values in columns.items():
        known[name] = values
    for column in CALENDAR_DAYS.columns:
        if column.name not in known:
            known[column.name] = None
    return check(known, CALENDAR_DAYS)
