"""Hours of a store laid out as days by hours of the clock: what a forecaster learns from and what it knows ahead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import CALENDAR_DAYS, HOURLY, check, day_start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..opening import Opening

    Floats = NDArray[np.float64]

HOURS = 24
WEEK = 7
# Of HOURLY; conversion is receipts by visits.
MEASURES = ("visits", "receipts", "sales_minor", "conversion")
KNOWN = (
    "holiday",
    "before_holiday",
    "after_holiday",
    "event",
    "promotion",
    "short_hours",
    "temperature_c",
    "rain_mm",
)
# A shop that usually sells so often has no day without a sale by chance (Poisson: 1 in 3,000): its tills are missing.
_SELLS_DAILY = 8
# The usual opening time is that of so many days of the weekday.
_HOURS_OF = 8


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """One measure by local day and hour of the clock, when the store is open, and what is known of days ahead.

    The hour that the clock shows twice in autumn is one cell: the mean of both.

    Attributes:
        first: The first local day (naive midnight).
        values: (D, 24) the measure; NaN where the store was closed and where it is not fully known.
        is_open: (D + H, 24) the store is open at some time of the hour; H days more than there are values.
        weekday: (D + H,) 0 is Monday.
        known: (D + H, F) what the calendar says of each day: 1 or 0, and the weather; NaN where it is not known.
        known_names: F names, ``KNOWN``; none where there is no calendar.
        holiday: (D + H,) which public holiday, by number in the order of their names; -1 on ordinary days.
    """

    first: pd.Timestamp
    values: Floats
    is_open: NDArray[np.bool_]
    weekday: NDArray[np.int64]
    known: Floats
    known_names: tuple[str, ...]
    holiday: NDArray[np.int64]

    @property
    def days(self) -> int:
        """D, the number of days of which something is known."""
        return len(self.values)

    @property
    def ahead(self) -> int:
        """H, the number of days after them."""
        return len(self.is_open) - self.days


def make_grid(
    hours: pd.DataFrame,
    opening: Opening,
    horizon_days: int,
    calendar: pd.DataFrame | None = None,
    measure: str = "visits",
) -> tuple[Grid, pd.DataFrame]:
    """Lays out hours, and the ``horizon_days`` that follow them.

    What a camera did not see in full is unknown: an outage never teaches. What the tills sold is known all the same.
    A day on which the calendar says open and yet nobody came and nothing was sold is unknown too: a holiday that the
    calendar does not know; and so are the sales of a day without one in a shop that sells every day.

    Args:
        hours: ``frames.HOURLY`` of whole days, at least one.
        opening: When the store is open.
        horizon_days: How many days to add.
        calendar: ``frames.CALENDAR_DAYS`` of any days, those ahead included; one that it leaves out is an ordinary
            day. Weather of a day ahead is one that was forecast. None: nothing is known of days.
        measure: One of ``MEASURES``.

    Returns:
        The grid, and ``Opening.grid`` of the days that follow.

    Raises:
        ValueError: The measure is not one of those.
    """
    if measure not in MEASURES:
        raise ValueError(f"{measure!r}: not a measure of hours; known are {', '.join(MEASURES)}")
    told = check(hours, HOURLY)
    first, last = told["local_date"].min(), told["local_date"].max()
    days = int((last - first).days) + 1
    values = np.full((days, HOURS), np.nan)
    cells = _amounts(told, measure).groupby(["local_date", "local_hour"], as_index=False)["amount"].mean()
    row = (cells["local_date"] - first).dt.days.to_numpy(dtype=np.int64)
    values[row, cells["local_hour"].to_numpy(dtype=np.int64)] = cells["amount"].to_numpy(dtype=np.float64)
    values[_idle(told, pd.date_range(first, last, freq="D"), measure)] = np.nan
    begin, end = (day_start((last + pd.Timedelta(days=n)).date(), opening.time) for n in (1, horizon_days + 1))
    coming = opening.grid(begin, end)
    open_s = np.zeros((days + horizon_days, HOURS))
    for frame in (told, coming):
        np.add.at(
            open_s,
            ((frame["local_date"] - first).dt.days.to_numpy(dtype=np.int64), frame["local_hour"].to_numpy()),
            frame["open_s"].to_numpy(dtype=np.float64),
        )
    weekday = ((first.day_of_week + np.arange(days + horizon_days)) % WEEK).astype(np.int64)
    known, names = _known(first, open_s, weekday, calendar)
    return Grid(first, values, open_s > 0, weekday, known, names, _holidays(first, len(open_s), calendar)), coming


def _amounts(told: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The hours in which the measure is fully known, with it as ``amount``."""
    if measure in {"receipts", "sales_minor"}:
        sure = told[told["open_s"] > 0]
        return sure[["local_date", "local_hour"]].assign(amount=sure[measure].astype("float64"))
    sure = told[told["status"] == "ok"]
    visits = sure["visits"].astype("float64")
    amount = visits
    if measure == "conversion":
        amount = sure["receipts"].astype("float64") / visits.where(visits > 0)
    found = sure[["local_date", "local_hour"]].assign(amount=amount)
    return found[found["amount"].notna()]


def _idle(told: pd.DataFrame, days: pd.DatetimeIndex, measure: str) -> NDArray[np.bool_]:
    """(D,) the days on which nothing happened at all, which says that something is not known of them."""
    by_day = told.groupby("local_date")[["receipts", "visits"]].sum().reindex(days, fill_value=0)
    sold = by_day["receipts"].to_numpy(dtype=np.float64)
    nobody = by_day["visits"].to_numpy(dtype=np.float64) == 0
    if measure == "visits":
        return np.asarray((sold == 0) & nobody)
    open_days = told.loc[told["open_s"] > 0, "local_date"].unique()
    usual = float(np.median(sold[days.isin(open_days)])) if len(open_days) else 0.0
    return np.asarray((sold == 0) & (nobody | (usual >= _SELLS_DAILY)))


def _known(
    first: pd.Timestamp, open_s: Floats, weekday: NDArray[np.int64], calendar: pd.DataFrame | None
) -> tuple[Floats, tuple[str, ...]]:
    """(D + H, F) and the F names."""
    if calendar is None:
        return np.zeros((len(open_s), 0)), ()
    told = check(calendar, CALENDAR_DAYS).set_index("local_date")
    # A day more at both ends, for the day after and the day before a holiday.
    days = pd.date_range(first - pd.Timedelta(days=1), periods=len(open_s) + 2, freq="D").as_unit("ms")
    told = told.reindex(days)
    holiday = told["holiday"].notna().to_numpy(dtype=np.float64)
    total = open_s.sum(axis=1)
    usual = _usual_open(total, weekday)
    columns = {
        "holiday": holiday[1:-1],
        "before_holiday": holiday[2:],
        "after_holiday": holiday[:-2],
        "event": told["event"].notna().to_numpy(dtype=np.float64)[1:-1],
        "promotion": told["promotion"].notna().to_numpy(dtype=np.float64)[1:-1],
        # Clocks that change make a day an hour longer or shorter; that is no short day.
        "short_hours": ((total > 0) & (total < usual - 3600.0)).astype(np.float64),
        "temperature_c": told["temperature_c"].to_numpy(dtype=np.float64)[1:-1],
        "rain_mm": told["rain_mm"].to_numpy(dtype=np.float64)[1:-1],
    }
    return np.stack([columns[name] for name in KNOWN], axis=1), KNOWN


def _usual_open(total: Floats, weekday: NDArray[np.int64]) -> Floats:
    """(N,) the median opening time of a day and the open ones of its weekday before it; never of later ones."""
    found = np.zeros(len(total))
    for day in range(WEEK):
        mine = np.flatnonzero((weekday == day) & (total > 0))
        for number, here in enumerate(mine):
            found[here] = np.median(total[mine[max(number + 1 - _HOURS_OF, 0) : number + 1]])
    return found


def _holidays(first: pd.Timestamp, count: int, calendar: pd.DataFrame | None) -> NDArray[np.int64]:
    """(D + H,) the same number for the same holiday of every year; what follows in brackets does not matter."""
    if calendar is None:
        return np.full(count, -1, dtype=np.int64)
    days = pd.date_range(first, periods=count, freq="D").as_unit("ms")
    names = calendar.set_index("local_date")["holiday"].reindex(days).str.replace(r"\s*\(.*?\)", "", regex=True)
    return np.asarray(pd.factorize(names, sort=True)[0], dtype=np.int64)


def weeks_of(origins: NDArray[np.int64]) -> list[list[int]]:
    """The positions of ascending origins, those within seven days of the first of them together."""
    found: list[list[int]] = []
    for number, origin in enumerate(origins):
        if not found or origin >= origins[found[-1][0]] + WEEK:
            found.append([])
        found[-1].append(number)
    return found
