"""When the store is open: the weekly hours, the days it stays shut, and the store's time zone, as one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from .frames import HOURS_OPEN, StoreTime, check, hours, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from numpy.typing import NDArray


DAY_MIN = 24 * 60


class OpeningError(ValueError):
    """The hours leave no moment at which every business day could end; the message names them."""


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """The store's calendar.

    Attributes:
        hours_open: ``frames.HOURS_OPEN``; a weekday without a row, or that closes when it opens, is closed.
        time_zone: IANA name.
        closed_days: Local days, public holidays for example, on which the store stays shut all the same.
        special_hours: Local days with hours of their own, as minutes after local midnight (opens, closes), such as
            a Christmas Eve that ends at two; they win over the weekday's hours and over ``closed_days``.
        time: The store's clock, and when its business day begins: at midnight, or, for a store that is ever open past
            midnight, at the next whole hour but one after its latest closing, though not after its earliest opening.
            Every opening lies within one business day.

    Raises:
        OpeningError: The store closes past midnight on one day later than it opens on another.
    """

    hours_open: pd.DataFrame
    time_zone: str
    closed_days: frozenset[date] = frozenset()
    special_hours: Mapping[date, tuple[int, int]] = field(default_factory=dict)
    time: StoreTime = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hours_open", check(self.hours_open, HOURS_OPEN))
        turns = turns_min([*self._week().values(), *self.special_hours.values()])
        object.__setattr__(self, "time", StoreTime(self.time_zone, turns))

    def spans(self, since: datetime, until: datetime) -> pd.DataFrame:
        """Every opening of the store that overlaps ``since <= t < until``, whole, in order.

        Returns:
            ``local_date`` (naive midnight), ``opens_ms`` and ``closes_ms`` (UTC milliseconds): shorter or longer than
            the clock face says where the clocks change in between.
        """
        # The day before may have been open until now.
        zone = ZoneInfo(self.time_zone)
        day, last = since.astimezone(zone).date() - timedelta(days=1), until.astimezone(zone).date()
        found: list[tuple[date, int, int]] = []
        week = self._week()
        while day <= last:
            hours = self.special_hours.get(day, None if day in self.closed_days else week.get(day.weekday()))
            if hours is not None and hours[0] < hours[1]:
                found.append((day, *hours))
            day += timedelta(days=1)
        days = np.array([day for day, _, _ in found], dtype="datetime64[ms]")
        opens = self._moments(days, [opens for _, opens, _ in found], first=True)
        closes = self._moments(days, [closes for _, _, closes in found], first=False)
        kept = (closes > instant_ms(since)) & (opens < instant_ms(until))
        return pd.DataFrame({"local_date": days[kept], "opens_ms": opens[kept], "closes_ms": closes[kept]})

    def grid(self, since: datetime, until: datetime) -> pd.DataFrame:
        """Every local hour that overlaps the window, with the part of it in which the store was open.

        Returns:
            The columns of ``frames.hours`` and ``start_ms``, ``open_from_ms``, ``open_to_ms`` (UTC milliseconds, the
            latter equal where the store was closed) and ``open_s``.
        """
        # An hour ends where the next begins: half an hour later where the clocks change by so much.
        found = hours(since, until + timedelta(hours=2), self.time)
        start, end = ms(found["hour_utc"])[:-1], ms(found["hour_utc"])[1:]
        kept = start < instant_ms(until)
        found, start, end = found[:-1][kept].reset_index(drop=True), start[kept], end[kept]
        spans = self.spans(since - timedelta(days=1), until + timedelta(days=1))
        opens, closes = spans["opens_ms"].to_numpy(dtype=np.int64), spans["closes_ms"].to_numpy(dtype=np.int64)
        begins, ends = start.copy(), start.copy()
        if len(spans):
            # The first opening that ends after the hour began is the only one that can overlap it.
            at = np.minimum(np.searchsorted(closes, start, side="right"), len(spans) - 1)
            from_, to = np.maximum(start, opens[at]), np.minimum(end, closes[at])
            begins = np.where(to > from_, from_, start)
            ends = np.where(to > from_, to, start)
        return found.assign(
            start_ms=start,
            open_from_ms=begins,
            open_to_ms=ends,
            open_s=(ends - begins).astype(np.float64) / 1000.0,
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

    def _week(self) -> dict[int, tuple[int, int]]:
        """Opens and closes, by weekday."""
        columns = (self.hours_open[name].tolist() for name in ("weekday", "opens_min", "closes_min"))
        return {weekday: (opens, closes) for weekday, opens, closes in zip(*columns, strict=True)}

    def _moments(self, days: NDArray[np.datetime64], minutes: list[int], *, first: bool) -> NDArray[np.int64]:
        """Minutes after midnight of some days as UTC milliseconds.

        On the night on which a clock reading exists twice the store opens at the ``first`` and closes at the second.
        """
        wall = pd.DatetimeIndex(days + np.array(minutes, dtype="timedelta64[m]"))
        twice = np.full(len(wall), fill_value=first)
        found = wall.tz_localize(self.time_zone, ambiguous=twice, nonexistent="NaT")
        at_ms = found.as_unit("ms").asi8.copy()
        for skipped in np.flatnonzero(found.isna()):
            at_ms[skipped] = instant_ms(moment(wall[int(skipped)].to_pydatetime(), self.time_zone))
        return at_ms


def turns_min(openings: Iterable[tuple[int, int]]) -> int:
    """When the business day begins, in minutes after local midnight, from all (opens, closes) that there are.

    Raises:
        OpeningError: No whole hour lies between the latest closing past midnight and the earliest opening.
    """
    real = [(opens, closes) for opens, closes in openings if opens < closes]
    late = max((closes - DAY_MIN for _, closes in real), default=0)
    if late <= 0:
        return 0
    early = min(opens for opens, _ in real)
    turn = min(-(-late // 60) * 60 + 60, early // 60 * 60)
    if turn < late:
        raise OpeningError(
            f"the store closes at {_clock(late)} past midnight and opens at {_clock(early)} on some day: there must be "
            "a whole hour between the latest closing and the earliest opening, at which the business day ends"
        )
    return turn


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def ms(times: pd.Series) -> NDArray[np.int64]:
    """Aware datetimes as UTC milliseconds. The unit is fixed first: pandas keeps whichever it read."""
    found: NDArray[np.int64] = times.dt.tz_convert("UTC").dt.as_unit("ms").astype("int64").to_numpy(dtype=np.int64)
    return found


def instant_ms(at: datetime) -> int:
    """One aware datetime as UTC milliseconds."""
    return round(at.timestamp() * 1000)
