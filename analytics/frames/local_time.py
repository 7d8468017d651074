"""The one place where moments become local hours and days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd

if TYPE_CHECKING:
    from datetime import date


def local_hour(times: pd.Series, time_zone: str) -> pd.DataFrame:
    """The hour on the store's wall to which each moment belongs.

    Every hour that passes is an hour of its own, also the one that the clock shows twice in autumn: group by
    ``hour_utc``, never by date and hour. A day has 23 rows in spring and 25 in autumn.

    Args:
        times: Aware datetimes.
        time_zone: IANA name; zones off by half an hour or a quarter start their hours at :30 or :15 UTC.

    Returns:
        Same index; ``hour_utc`` (start of the hour, UTC), ``local_date`` (midnight, naive), ``local_hour`` 0..23,
        ``weekday`` (0 is Monday).
    """
    utc = times.dt.tz_convert("UTC").dt.as_unit("ms")
    wall = utc.dt.tz_convert(time_zone).dt.tz_localize(None)
    offset = wall - utc.dt.tz_localize(None)
    start = wall.dt.floor("h") - offset
    return pd.DataFrame(
        {
            "hour_utc": start.dt.tz_localize("UTC"),
            "local_date": wall.dt.normalize(),
            "local_hour": wall.dt.hour.astype("int64"),
            "weekday": wall.dt.day_of_week.astype("int64"),
        },
        index=times.index,
    )


def hours(since: datetime, until: datetime, time_zone: str) -> pd.DataFrame:
    """Every local hour that overlaps ``since <= t < until``, as ``local_hour`` describes it, in order."""
    # Offsets of all zones are multiples of a quarter of an hour, so no hour is stepped over.
    quarters = pd.date_range(pd.Timestamp(since).floor("15min"), until, freq="15min", inclusive="left", unit="ms")
    found = local_hour(pd.Series(quarters), time_zone)
    return found.drop_duplicates("hour_utc").sort_values("hour_utc").reset_index(drop=True)


def day_start(day: date, time_zone: str) -> datetime:
    """The first moment of a local calendar day, in UTC.

    Where the clocks go forward at midnight the day begins after the gap.
    """
    wall = pd.Timestamp(day.year, day.month, day.day)
    first = wall.tz_localize(ZoneInfo(time_zone), ambiguous=True, nonexistent="shift_forward")
    return first.to_pydatetime().astimezone(UTC)


def day_window(day: date, time_zone: str) -> tuple[datetime, datetime]:
    """The first moment of a local day and of the next, in UTC: 23, 24 or 25 hours apart."""
    return day_start(day, time_zone), day_start(day + timedelta(days=1), time_zone)


@dataclass(frozen=True, slots=True)
class Window:
    """Whole local days, and the moments between which they lie.

    Attributes:
        first: First local day.
        end: The local day after the last.
        since: First moment of ``first``, UTC.
        until: First moment of ``end``, UTC.
    """

    first: date
    end: date
    since: datetime
    until: datetime

    @classmethod
    def of(cls, first: date, end: date, time_zone: str) -> Window:
        """The window of the days ``first <= day < end``.

        Raises:
            ValueError: It holds no day.
        """
        if end <= first:
            raise ValueError(f"the window ends on {end}, not after its begin {first}")
        return cls(first, end, day_start(first, time_zone), day_start(end, time_zone))

    @property
    def last(self) -> date:
        """The last day of the window."""
        return self.end - timedelta(days=1)
