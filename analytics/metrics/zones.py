"""Who stopped where, and for how long. A stay whose start or end was not seen is a lower bound, not a short stay."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import STAYS, WATCHES, ZONE_HOURLY, check, empty, local_hour
from . import coverage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from numpy.typing import NDArray

    from ..opening import Opening

MIN_STAY_S = 5.0
_WHO = ["camera_id", "run_id", "track_id"]
_ZONE = ["camera_id", "zone_id", "role"]


@dataclass(frozen=True, slots=True)
class Dwell:
    """How long people stay, in seconds; None where too many stays are lower bounds to tell."""

    mean_s: float | None
    median_s: float | None
    p90_s: float | None


@dataclass(frozen=True, slots=True)
class ZoneTotals:
    """One zone over a period.

    Attributes:
        stays: Stays of at least the zone's least time.
        visitors: Tracks with at least one, counted once an hour.
        draw_in: Visitors per visit to the store, over the hours in which both the zone and the doors were seen; None
            where there were no visits. May pass 1: people come back to a zone under new track numbers.
        censored: Stays whose dwell is a lower bound.
    """

    camera_id: str
    zone_id: str
    role: str
    stays: int
    visitors: int
    draw_in: float | None
    dwell: Dwell
    censored: int


def zones(
    stays: pd.DataFrame,
    watches: pd.DataFrame,
    opening: Opening,
    since: datetime,
    until: datetime,
    *,
    min_stay_s: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """The hours of every zone that has stays.

    Args:
        stays: ``frames.STAYS``; a stay belongs to the hour in which it began.
        watches: ``frames.WATCHES``.
        opening: When the store is open.
        since: Start of a local day.
        until: Start of a later local day.
        min_stay_s: Shorter stays are people passing by, per zone id; 5 s where a zone is not named.

    Returns:
        ``frames.ZONE_HOURLY``: a row for every open hour in which the zone's camera saw at least half of it, zeros
        included. An hour without a row was not seen.
    """
    kept = long_enough(check(stays, STAYS), min_stay_s)
    grid = opening.grid(since, until)
    grid = grid[grid["open_s"] > 0].reset_index(drop=True)
    known = check(watches, WATCHES)
    hour_of = local_hour(kept["entered"], opening.time_zone)["hour_utc"]
    start = grid["hour_utc"]
    found = []
    for (camera, zone, role), mine in kept.groupby(_ZONE, sort=True):
        seen = coverage.seen(known, [str(camera)])
        seen_s = seen.seconds_within(grid["open_from_ms"].to_numpy(), grid["open_to_ms"].to_numpy())
        watched = coverage.statuses(grid["open_s"].to_numpy(), seen_s)[1] != "missing"
        rows = _by_hour(mine, pd.Index(start).get_indexer(pd.Index(hour_of[mine.index])), len(grid))
        found.append(rows.assign(hour_utc=start, camera_id=str(camera), zone_id=str(zone), role=str(role))[watched])
    if not found:
        return empty(ZONE_HOURLY)
    return check(pd.concat(found).sort_values(["hour_utc", *_ZONE]), ZONE_HOURLY)


def zone_totals(
    stays: pd.DataFrame, zone_hours: pd.DataFrame, hours: pd.DataFrame, min_stay_s: Mapping[str, float] | None = None
) -> tuple[ZoneTotals, ...]:
    """Every zone over a period.

    Args:
        stays: ``frames.STAYS`` that began in the period.
        zone_hours: ``frames.ZONE_HOURLY`` of the period.
        hours: ``frames.HOURLY`` of the period.
        min_stay_s: As for ``zones``.
    """
    kept = long_enough(stays, min_stay_s)
    visits = hours.loc[hours["visits"].notna() & (hours["status"] != "closed"), ["hour_utc", "visits"]]
    found = []
    for (camera, zone, role), mine in zone_hours.groupby(_ZONE, sort=True):
        both = mine.merge(visits, on="hour_utc")
        came = int(both["visits"].sum())
        here = kept[(kept["camera_id"] == camera) & (kept["zone_id"] == zone)]
        found.append(
            ZoneTotals(
                str(camera),
                str(zone),
                str(role),
                int(mine["stays"].sum()),
                int(mine["visitors"].sum()),
                int(both["visitors"].sum()) / came if came else None,
                dwell(here["dwell_s"].to_numpy(dtype=np.float64), _censored(here)),
                int(mine["censored"].sum()),
            )
        )
    return tuple(found)


def long_enough(stays: pd.DataFrame, min_stay_s: Mapping[str, float] | None) -> pd.DataFrame:
    """The stays that are visits to their zone."""
    least = stays["zone_id"].map(dict(min_stay_s or {})).astype("float64").fillna(MIN_STAY_S)
    return stays[stays["dwell_s"] >= least]


def dwell(dwell_s: NDArray[np.float64], censored: NDArray[np.bool_]) -> Dwell:
    """Mean, median and 90th percentile by the product-limit estimator.

    A stay that ended out of sight counts as 'still there' until then and as unknown afterwards. The mean is the area
    under the curve up to the longest stay. Without censored stays they are the plain mean and the smallest value that
    at least half, or nine tenths, do not exceed.

    Args:
        dwell_s: (N,) seconds.
        censored: (N,) the dwell is a lower bound.

    References:
        E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", JASA 53 (1958).
    """
    if not len(dwell_s) or censored.all():
        return Dwell(None, None, None)
    times, at = np.unique(dwell_s, return_inverse=True)
    ended = np.bincount(at, weights=~censored)
    staying = len(dwell_s) - np.concatenate([[0], np.cumsum(np.bincount(at))[:-1]])
    still = np.cumprod(1.0 - ended / staying)
    mean = float(np.sum(np.diff(times, prepend=0.0) * np.concatenate([[1.0], still[:-1]])))
    return Dwell(mean, _quantile(times, still, 0.5), _quantile(times, still, 0.9))


def _quantile(times: NDArray[np.float64], still: NDArray[np.float64], share: float) -> float | None:
    reached = np.flatnonzero(still <= 1.0 - share + 1e-9)
    return float(times[reached[0]]) if len(reached) else None


def _by_hour(stays: pd.DataFrame, hour: NDArray[np.intp], hours: int) -> pd.DataFrame:
    """The counts of ``frames.ZONE_HOURLY`` for each of ``hours``; ``hour`` says where a stay belongs, -1: nowhere."""
    stays, hour = stays[hour >= 0], hour[hour >= 0]
    censored = _censored(stays)
    seconds = stays["dwell_s"].to_numpy(dtype=np.float64)
    times = np.full((hours, 3), np.nan)
    order = np.argsort(hour, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(hour[order])) + 1):
        if len(part):
            in_hour = dwell(seconds[part], censored[part])
            times[hour[part[0]]] = [np.nan if value is None else value for value in astuple(in_hour)]
    once = hour[(~stays[_WHO].assign(hour=hour).duplicated()).to_numpy()]
    return pd.DataFrame(
        {
            "stays": np.bincount(hour, minlength=hours),
            "visitors": np.bincount(once, minlength=hours),
            "dwell_mean_s": times[:, 0],
            "dwell_median_s": times[:, 1],
            "dwell_p90_s": times[:, 2],
            "censored": np.bincount(hour[censored], minlength=hours),
        }
    )


def _censored(stays: pd.DataFrame) -> NDArray[np.bool_]:
    return np.asarray((stays["start_cause"] == "appeared") | (stays["end_cause"] != "crossed"), dtype=bool)
