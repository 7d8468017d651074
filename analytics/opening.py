"""When the store is open: the weekly hours, the days it stays shut, and the store's time zone, as one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .frames import HOURS_OPEN, check, hours

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from numpy.typing import NDArray

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """The store's calendar.

    Attributes:
        hours_open: ``frames.HOURS_OPEN``; a weekday without a row, or that closes when it opens, is closed.
        time_zone: IANA name.
        closed_days: Local days, public holidays for example, on which the store stays shut all the same.
        special_hours: Local days with hours of their own, as minutes after local midnight (opens, closes), such as
            a Christmas Eve that ends at two; they win over the weekday's hours and over ``closed_days``.
    """

    hours_open: pd.DataFrame
    time_zone: str
    closed_days: frozenset[date] = frozenset()
    special_hours: Mapping[date, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hours_open", check(self.hours_open, HOURS_OPEN))

    def spans(self, since: datetime, until: datetime) -> pd.DataFrame:
        """Every opening of the store that overlaps ``since <= t < until``, whole, in order.

        Returns:
            ``local_date`` (naive midnight), ``opens_ms`` and ``closes_ms`` (UTC milliseconds): shorter or longer than
            the clock face says where the clocks change in between.
        """
        first = pd.Timestamp(since).tz_convert(self.time_zone).tz_localize(None).normalize()
        last = pd.Timestamp(until).tz_convert(self.time_zone).tz_localize(None).normalize()
        days = pd.DataFrame({"local_date": pd.date_range(first, last, freq="D", unit="ms")})
        days["weekday"] = days["local_date"].dt.day_of_week.astype("int64")
        open_days = days[~days["local_date"].dt.date.isin([*self.closed_days, *self.special_hours])]
        open_days = open_days.merge(self.hours_open, on="weekday")
        special = [
            (pd.Timestamp(day), *hours)
            for day, hours in self.special_hours.items()
            if first <= pd.Timestamp(day) <= last
        ]
        if special:
            own = pd.DataFrame(special, columns=["local_date", "opens_min", "closes_min"])
            own["local_date"] = own["local_date"].astype("datetime64[ms]")
            open_days = pd.concat([open_days.drop(columns="weekday"), own], ignore_index=True)
        open_days = open_days[open_days["opens_min"] < open_days["closes_min"]].sort_values("local_date")
        opens, closes = self._moments(open_days, "opens_min"), self._moments(open_days, "closes_min")
        kept = (closes > instant_ms(since)) & (opens < instant_ms(until))
        spans = pd.DataFrame({"local_date": open_days["local_date"], "opens_ms": opens, "closes_ms": closes})
        return spans[kept].reset_index(drop=True)

    def grid(self, since: datetime, until: datetime) -> pd.DataFrame:
        """Every local hour that overlaps the window, with the part of it in which the store was open.

        Returns:
            The columns of ``frames.hours`` and ``start_ms``, ``open_from_ms``, ``open_to_ms`` (UTC milliseconds,
            equal where the store was closed) and ``open_s``.
        """
        found = hours(since, until, self.time_zone)
        start = ms(found["hour_utc"])
        spans = self.spans(since - timedelta(days=1), until + timedelta(days=1))
        opens, closes = spans["opens_ms"].to_numpy(dtype=np.int64), spans["closes_ms"].to_numpy(dtype=np.int64)
        begins, ends = start.copy(), start.copy()
        if len(spans):
            # The first opening that ends after the hour began is the only one that can overlap it.
            at = np.minimum(np.searchsorted(closes, start, side="right"), len(spans) - 1)
            from_, to = np.maximum(start, opens[at]), np.minimum(start + HOUR_MS, closes[at])
            begins = np.where(to > from_, from_, start)
            ends = np.where(to > from_, to, start)
        return found.assign(
            start_ms=start, open_from_ms=begins, open_to_ms=ends, open_s=(ends - begins).astype(np.float64) / 1000.0
        )

    def is_open(self, times: pd.Series) -> NDArray[np.bool_]:
        """Whether the store was open at each moment: ``opens <= t < closes``."""
        if times.empty:
            return np.zeros(0, dtype=bool)
        at = ms(times)
        spans = self.spans(times.min().to_pydatetime(), times.max().to_pydatetime() + timedelta(milliseconds=1))
        if spans.empty:
            return np.zeros(len(at), dtype=bool)
        index = np.searchsorted(spans["opens_ms"].to_numpy(dtype=np.int64), at, side="right") - 1
        closes = spans["closes_ms"].to_numpy(dtype=np.int64)
        return np.asarray((index >= 0) & (at < closes[np.maximum(index, 0)]))

    def _moments(self, days: pd.DataFrame, column: str) -> NDArray[np.int64]:
        wall = days["local_date"] + pd.to_timedelta(days[column], unit="min").astype("timedelta64[ms]")
        # On the night on which a clock reading exists twice the store opens at the first and closes at the second.
        twice = np.full(len(days), fill_value=column == "opens_min")
        return ms(wall.dt.tz_localize(self.time_zone, ambiguous=twice, nonexistent="shift_forward"))


def ms(times: pd.Series) -> NDArray[np.int64]:
    """Aware datetimes as UTC milliseconds. The unit is fixed first: pandas keeps whichever it read."""
    found: NDArray[np.int64] = times.dt.tz_convert("UTC").dt.as_unit("ms").astype("int64").to_numpy(dtype=np.int64)
    return found


def instant_ms(at: datetime) -> int:
    """One aware datetime as UTC milliseconds."""
    return round(at.timestamp() * 1000)
