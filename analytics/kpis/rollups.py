"""What the indicators are computed from: a row an hour, with one column for every measure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import (
    ACCURACY,
    BOUNCE_HOURLY,
    CALENDAR_DAYS,
    CAPTURE_HOURLY,
    LINE_HOURLY,
    QUEUE_HOURLY,
    TILL_HOURLY,
    ZONE_HOURLY,
    empty,
)
from ..metrics import Audited
from ..opening import ms

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TILL_SUMS = ("receipts", "units", "sales_minor", "returned_minor", "discount_minor")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rollups:
    """Stored roll-ups of a period and of the weeks before it; all but the hours may be empty.

    Attributes:
        hourly: ``frames.HOURLY``.
        tills: ``frames.TILL_HOURLY``.
        segments: The same with the buyer's segment as ``till_id``.
        zones: ``frames.ZONE_HOURLY``.
        queues: ``frames.QUEUE_HOURLY``.
        capture: ``frames.CAPTURE_HOURLY``.
        bounces: ``frames.BOUNCE_HOURLY``.
        calendar: ``frames.CALENDAR_DAYS``.
        labour: ``frames.LABOUR_HOURLY``; None: no rota is known.
        audited: Counts of the lines, and what the last audits say of them.
    """

    hourly: pd.DataFrame
    tills: pd.DataFrame = field(default_factory=lambda: empty(TILL_HOURLY))
    segments: pd.DataFrame = field(default_factory=lambda: empty(TILL_HOURLY))
    zones: pd.DataFrame = field(default_factory=lambda: empty(ZONE_HOURLY))
    queues: pd.DataFrame = field(default_factory=lambda: empty(QUEUE_HOURLY))
    capture: pd.DataFrame = field(default_factory=lambda: empty(CAPTURE_HOURLY))
    bounces: pd.DataFrame = field(default_factory=lambda: empty(BOUNCE_HOURLY))
    calendar: pd.DataFrame = field(default_factory=lambda: empty(CALENDAR_DAYS))
    labour: pd.DataFrame | None = None
    audited: Audited = field(default_factory=lambda: Audited(empty(LINE_HOURLY), empty(ACCURACY)))


def store_hours(rollups: Rollups) -> pd.DataFrame:
    """The measures of the whole store.

    Returns:
        Index 0..n-1 in order of time; ``hour_utc``, ``local_date``, ``local_hour``, ``weekday``, ``status``, ``open_s``
        and the measures as float64, NaN where they are not known.
    """
    wide = _skeleton(rollups.hourly)
    measures = (
        "seen_s", "entries_in", "entries_out", "visits", "buying_units", "occupancy_max", "receipts", "units",
        "sales_minor",
    )  # fmt: skip
    for name in measures:
        wide[name] = _numbers(rollups.hourly[name])
    inside = _numbers(rollups.hourly["occupancy_mean"])
    open_s = wide["open_s"].to_numpy()
    wide["inside_s"] = inside * open_s
    wide["inside_open_s"] = np.where(np.isnan(inside), np.nan, open_s)
    # An hour without a row printed nothing; without any row at all nobody has added the tills up yet.
    place = _Places.of(wide, rollups.tills)
    for name in ("returned_minor", "discount_minor", "voids", "returns", "zero"):
        wide[name] = place.sums(name) if len(rollups.tills) else np.nan
    _add_sold(wide)
    place = _Places.of(wide, rollups.bounces)
    for name in ("followed", "bounced"):
        wide[name] = np.where(wide["visits"].isna(), np.nan, place.sums(name)) if len(rollups.bounces) else np.nan
    place = _Places.of(wide, rollups.capture)
    wide["passers"], wide["captured"] = place.values("passers"), place.values("entries")
    wide["outside_seen_s"] = _seen_s(place.values("seen_s"), wide["passers"], wide["open_s"])
    wide["labour_h"] = _labour(wide, rollups.labour)
    return wide


def till_rows(rollups: Rollups, tills: pd.DataFrame, name: str) -> pd.DataFrame:
    """The measures of one till, or of one segment; ``tills`` is the frame in which it stands."""
    wide = _skeleton(rollups.hourly)
    place = _Places.of(wide, tills[tills["till_id"] == name])
    for measure in (*TILL_SUMS, "voids", "returns", "zero"):
        wide[measure] = place.sums(measure)
    _add_sold(wide)
    return wide


def zone_rows(rollups: Rollups, place: str) -> pd.DataFrame:
    """The measures of one zone, named ``camera/zone``, and of the queue in it; hours it was not seen are NaN."""
    wide = _skeleton(rollups.hourly)
    came = _numbers(rollups.hourly["visits"])
    open_s = wide["open_s"].to_numpy()
    numbers = _of(rollups.zones, place, wide)
    open_known = np.where(np.isnan(numbers["occupancy_mean"]), np.nan, open_s)
    wide["visitors"], wide["stays"] = numbers["visitors"], numbers["stays"]
    wide["zone_store_visits"] = np.where(open_s > 0, came, np.nan)
    wide["zone_seen_s"] = _seen_s(numbers["seen_s"], wide["stays"], wide["open_s"])
    wide["both_seen_s"] = np.minimum(wide["zone_seen_s"], wide["seen_s"])
    known = ~np.isnan(numbers["dwell_mean_s"])
    wide["dwell_stays"] = np.where(known, numbers["stays"], np.nan)
    wide["dwell_s"] = np.where(known, numbers["stays"] * numbers["dwell_mean_s"], np.nan)
    wide["zone_inside_s"], wide["zone_open_s"] = numbers["occupancy_mean"] * open_s, open_known
    wide["zone_occupancy_max"] = numbers["occupancy_max"]
    wide["pass_through"] = numbers["pass_through"]
    wide["all_stays"] = numbers["pass_through"] + numbers["stays"]
    numbers = _of(rollups.queues, place, wide)
    wide["arrivals"], wide["length_max"] = numbers["arrivals"], numbers["length_max"]
    wide["queue_seen_s"] = _seen_s(numbers["seen_s"], wide["arrivals"], wide["open_s"])
    wide["queue_s"] = numbers["length_mean"] * open_s
    wide["queue_open_s"] = np.where(np.isnan(numbers["length_mean"]), np.nan, open_s)
    timed = ~np.isnan(numbers["wait_mean_s"])
    wide["served_timed"] = np.where(timed, numbers["served"], np.nan)
    wide["wait_s"] = np.where(timed, numbers["served"] * numbers["wait_mean_s"], np.nan)
    wide["abandoned"], wide["ended"] = numbers["abandoned"], numbers["abandoned"] + numbers["served"]
    return wide


def places(rollups: Rollups) -> list[str]:
    """Every zone and queue, as ``camera/zone``, in order."""
    both = pd.concat([rollups.zones[["camera_id", "zone_id"]], rollups.queues[["camera_id", "zone_id"]]])
    return sorted({f"{camera}/{zone}" for camera, zone in both.drop_duplicates().itertuples(index=False)})


def within(rollups: Rollups, since: date, until: date) -> pd.Series[bool]:
    """Which of the hours belong to the local days ``since <= day < until``."""
    day = rollups.hourly["local_date"]
    return (day >= pd.Timestamp(since)) & (day < pd.Timestamp(until))


_NAMES = ("hour_utc", "camera_id", "zone_id", "role")


def _skeleton(hourly: pd.DataFrame) -> pd.DataFrame:
    columns = ["hour_utc", "local_date", "local_hour", "weekday", "status", "open_s", "seen_s"]
    return hourly[columns].reset_index(drop=True)


def _add_sold(wide: pd.DataFrame) -> None:
    wide["sold_minor"] = wide["sales_minor"] + wide["returned_minor"]
    wide["list_minor"] = wide["sold_minor"] + wide["discount_minor"]
    wide["printed"] = wide["receipts"] + wide["returns"] + wide["voids"] + wide["zero"]


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Where the rows of a roll-up belong among all hours."""

    frame: pd.DataFrame
    at: NDArray[np.intp]
    size: int

    @classmethod
    def of(cls, wide: pd.DataFrame, frame: pd.DataFrame) -> _Places:
        hours, mine = ms(wide["hour_utc"]), ms(frame["hour_utc"])
        at = np.searchsorted(hours, mine)
        there = (at < len(hours)) & (hours[np.minimum(at, max(len(hours) - 1, 0))] == mine) if len(hours) else at < 0
        return cls(frame[there], at[there], len(wide))

    def sums(self, name: str) -> Floats:
        """The sum of a column in every hour; 0 where there is no row."""
        return np.bincount(self.at, weights=_numbers(self.frame[name]), minlength=self.size).astype(np.float64)

    def values(self, name: str) -> Floats:
        """A column of which every hour has at most one row; NaN where it has none."""
        found = np.full(self.size, np.nan)
        found[self.at] = _numbers(self.frame[name])
        return found


def _of(found: pd.DataFrame, place: str, wide: pd.DataFrame) -> dict[str, Floats]:
    camera, _, zone = place.partition("/")
    mine = _Places.of(wide, found[(found["camera_id"] == camera) & (found["zone_id"] == zone)])
    return {name: mine.values(name) for name in found.columns if name not in _NAMES}


def _seen_s(seen_s: Floats, measure: pd.Series, open_s: pd.Series) -> pd.Series:
    """Seconds seen of each hour; of hours stored before these were kept all, as was said of them then."""
    told = pd.Series(seen_s, index=measure.index)
    return told.fillna(open_s).where(measure.notna())


def _labour(wide: pd.DataFrame, labour: pd.DataFrame | None) -> Floats:
    """Hours on the floor; NaN on the days of which the rota says nothing."""
    if labour is None or labour.empty:
        return np.full(len(wide), np.nan)
    hours = _Places.of(wide, labour).sums("labour_s") / 3600.0
    told = pd.Series(hours > 0).groupby(wide["local_date"]).transform("any").to_numpy(dtype=bool)
    return np.where(told, hours, np.nan)


def _numbers(values: pd.Series) -> Floats:
    return values.to_numpy(dtype=np.float64, na_value=np.nan)
