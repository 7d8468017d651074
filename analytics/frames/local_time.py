"""The one place where moments become local hours and days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

# Offsets of all zones are multiples of a quarter of an hour, and so are the moments at which clocks change: whatever
# is true at the begin of a quarter is true until its end.
QUARTER_MS = 900_000


@dataclass(frozen=True, slots=True)
class StoreTime:
    """The clock on the store's wall, and when its business day begins.

    Attributes:
        zone: IANA name.
        turns_min: Minutes after local midnight at which one business day ends and the next begins, whole hours: what is
            sold in a bar at one in the morning belongs to the evening before.
    """

    zone: str
    turns_min: int = 0

    def __post_init__(self) -> None:
        if self.turns_min % 60 or not 0 <= self.turns_min < 1440:
            raise ValueError(f"turns_min={self.turns_min}: must be whole hours, 0 to 23 of them, in minutes")

    @classmethod
    def of(cls, time_zone: str | StoreTime) -> StoreTime:
        """Itself; of an IANA name, the time of a store whose days end at midnight."""
        return time_zone if isinstance(time_zone, StoreTime) else cls(time_zone)


def local_hour(times: pd.Series, time_zone: str | StoreTime) -> pd.DataFrame:
    """The hour on the store's wall, and the business day, to which each moment belongs.

    Every hour that passes is an hour of its own, also the one that the clock shows twice in autumn: group by
    ``hour_utc``, never by date and hour. A day has 23 rows in spring and 25 in autumn; where the clocks change by half
    an hour one row of that day is half as long.

    Args:
        times: Aware datetimes.
        time_zone: IANA name, or the store's time; zones off by half an hour or a quarter start their hours at :30 or
            :15 UTC.

    Returns:
        Same index; ``hour_utc`` (start of the hour, UTC), ``local_date`` (the business day: midnight, naive),
        ``local_hour`` 0..23 of the clock, ``weekday`` (of the business day, 0 is Monday).
    """
    time = StoreTime.of(time_zone)
    at_ms = times.dt.tz_convert("UTC").dt.as_unit("ms").astype("int64").to_numpy(dtype=np.int64)
    # Many moments share few quarters: the calendar is asked once for each.
    where, quarters = pd.factorize(at_ms // QUARTER_MS)
    known = _local_hour(np.asarray(quarters, dtype=np.int64) * QUARTER_MS, time)
    return known.take(where).set_axis(times.index)


def _local_hour(at_ms: NDArray[np.int64], time: StoreTime) -> pd.DataFrame:
    wall_ms = _wall_ms(at_ms, time.zone)
    offset = wall_ms - at_ms
    start = wall_ms // 3_600_000 * 3_600_000 - offset
    # An hour in which the clocks changed begins, for what comes after the change, with the change.
    for _ in range(3):
        before = _wall_ms(start, time.zone) - start != offset
        if not before.any():
            break
        start = np.where(before, start + QUARTER_MS, start)
    wall = pd.Series(wall_ms.astype("datetime64[ms]"))
    day = (wall - pd.Timedelta(minutes=time.turns_min)).dt.as_unit("ms").dt.normalize()
    return pd.DataFrame(
        {
            "hour_utc": pd.Series(start.astype("datetime64[ms]")).dt.tz_localize("UTC"),
            "local_date": day,
            "local_hour": wall.dt.hour.astype("int64"),
            "weekday": day.dt.day_of_week.astype("int64"),
        }
    )


def _wall_ms(at_ms: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """What the clock on the wall shows, as milliseconds of a zone without an offset."""
    utc = pd.DatetimeIndex(at_ms.astype("datetime64[ms]")).tz_localize("UTC")
    found: NDArray[np.int64] = utc.tz_convert(zone).tz_localize(None).as_unit("ms").astype("int64").to_numpy()
    return found


def hours(since: datetime, until: datetime, time_zone: str | StoreTime) -> pd.DataFrame:
    """Every local hour that overlaps ``since <= t < until``, as ``local_hour`` describes it, in order.

    They follow each other without a gap: each ends where the next begins.
    """
    quarters = pd.date_range(pd.Timestamp(since).floor("15min"), until, freq="15min", inclusive="left", unit="ms")
    found = local_hour(pd.Series(quarters), time_zone)
    return found.drop_duplicates("hour_utc").sort_values("hour_utc").reset_index(drop=True)


def local_day(times: pd.Series, time_zone: str | StoreTime) -> pd.Series:
    """The business day (midnight, naive) to which each of some aware moments belongs; same index."""
    return local_hour(times, time_zone)["local_date"]


def business_day(at: datetime, time_zone: str | StoreTime) -> date:
    """The business day to which one moment belongs."""
    time = StoreTime.of(time_zone)
    wall = at.astimezone(ZoneInfo(time.zone)).replace(tzinfo=None)
    return (wall - timedelta(minutes=time.turns_min)).date()


def day_start(day: date, time_zone: str | StoreTime) -> datetime:
    """The first moment of a business day, in UTC.

    Where the clocks go forward at that moment the day begins after the gap.
    """
    time = StoreTime.of(time_zone)
    return moment(datetime(day.year, day.month, day.day) + timedelta(minutes=time.turns_min), time.zone)  # noqa: DTZ001


def moment(wall: datetime, zone: str) -> datetime:
    """A reading of the store's clock, naive, as UTC: the first time that it shows it.

    A reading that the clocks skip is the moment at which they skip it. (pandas' ``shift_forward`` goes half an hour too
    far where they skip half an hour.)
    """
    info = ZoneInfo(zone)
    while True:
        found = wall.replace(tzinfo=info, fold=0).astimezone(UTC)
        if found.astimezone(info).replace(tzinfo=None) == wall:
            return found
        wall = wall.replace(second=0, microsecond=0) + timedelta(minutes=1)


def day_window(day: date, time_zone: str | StoreTime) -> tuple[datetime, datetime]:
    """The first moment of a business day and of the next, in UTC: 23, 24 or 25 hours apart."""
    return day_start(day, time_zone), day_start(day + timedelta(days=1), time_zone)


@dataclass(frozen=True, slots=True)
class Window:
    """Whole business days, and the moments between which they lie.

    Attributes:
        first: First day.
        end: The day after the last.
        since: First moment of ``first``, UTC.
        until: First moment of ``end``, UTC.
    """

    first: date
    end: date
    since: datetime
    until: datetime

    @classmethod
    def of(cls, first: date, end: date, time_zone: str | StoreTime) -> Window:
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
