"""Zones and queues by the day, with the lengths of stays in steps: a period is the sum of its days."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import STAY_BINS, ZONE_DAYS, check, empty, local_hour
from .queues import served
from .survival import Dwell, censored, dwell_of_counts
from .zones import ZoneRules, ZoneTotals, counted_stays

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ..frames import StoreTime

_ZONE = ["local_date", "camera_id", "zone_id"]
_SUMS = (
    "stays", "visitors", "drawn", "visits", "censored", "pass_through", "fixed", "staff", "occupancy_s",
    "occupancy_open_s",
)  # fmt: skip
# Up to here steps are of a second; then there are so many in a power of ten, each six per cent longer.
_EXACT_S = 10
_STEPS = 40


def steps(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The middles of the steps to which lengths of time belong: whole seconds at first, then six per cent apart."""
    logs = np.log10(np.maximum(seconds, 1.0))
    coarse = np.round(10.0 ** (np.round(_STEPS * logs) / _STEPS), 1)
    return np.asarray(np.where(seconds < _EXACT_S, np.round(seconds), coarse))


def zone_days(zone_hours: pd.DataFrame, hours: pd.DataFrame) -> pd.DataFrame:
    """The days of every zone.

    Args:
        zone_hours: ``frames.ZONE_HOURLY`` of whole days.
        hours: ``frames.HOURLY`` of the same days.

    Returns:
        ``frames.ZONE_DAYS``.
    """
    known = hours[["hour_utc", "local_date", "visits", "status", "open_s"]]
    rows = zone_hours.merge(known, on="hour_utc")
    if rows.empty:
        return empty(ZONE_DAYS)
    both = rows["visits"].notna() & (rows["status"] != "closed")
    timed = rows["occupancy_mean"].notna() & (rows["open_s"] > 0)
    rows = rows.assign(
        drawn=rows["visitors"].where(both, 0),
        visits=rows["visits"].where(both, 0).astype("int64"),
        occupancy_s=(rows["occupancy_mean"] * rows["open_s"]).where(timed, 0.0),
        occupancy_open_s=rows["open_s"].where(timed, 0.0),
        occupancy_max=rows["occupancy_max"].where(timed),
        **{name: rows[name].fillna(0) for name in ("pass_through", "fixed", "staff")},
    )
    # A zone whose role was changed during a day keeps the first.
    spec = {name: (name, "sum") for name in _SUMS}
    found = rows.groupby(_ZONE, as_index=False).agg(
        role=("role", "first"), occupancy_max=("occupancy_max", "max"), **spec
    )
    return check(found, ZONE_DAYS)


def stay_bins(stays: pd.DataFrame, waits: pd.DataFrame, store: str | StoreTime, rules: ZoneRules) -> pd.DataFrame:
    """How long people stayed in zones and waited in queues, by the day.

    Args:
        stays: ``frames.STAYS`` that began in some days.
        waits: ``frames.QUEUE_WAITS`` that began in them.
        store: The store's time.
        rules: What a stay must be to count.

    Returns:
        ``frames.STAY_BINS``; of waits only those of people who were served or lost from sight on the way.
    """
    kept = counted_stays(stays, rules)
    waited = waits[waits["outcome"] != "abandoned"]
    seconds, bound = served(waits)
    parts = [
        _counts(kept, kept["dwell_s"].to_numpy(dtype=np.float64), censored(kept), "stay", store),
        _counts(waited, seconds, bound, "wait", store),
    ]
    return check(pd.concat(parts, ignore_index=True), STAY_BINS)


def _counts(
    rows: pd.DataFrame, seconds: NDArray[np.float64], bound: NDArray[np.bool_], measure: str, store: str | StoreTime
) -> pd.DataFrame:
    if rows.empty:
        return empty(STAY_BINS)
    made = rows[["camera_id", "zone_id"]].assign(
        local_date=local_hour(rows["entered"], store)["local_date"],
        seconds=steps(seconds),
        lost=bound,
        ended=~bound,
        measure=measure,
    )
    return made.groupby([*_ZONE, "measure", "seconds"], as_index=False)[["ended", "lost"]].sum()


def lengths(bins: pd.DataFrame) -> Mapping[tuple[str, str, str], Dwell]:
    """How long people stayed, by camera, zone and measure, from the sums of ``frames.STAY_BINS``.

    Percentiles are those of the steps: right to about three per cent.
    """
    found = {}
    for (camera, zone, measure), mine in bins.groupby(["camera_id", "zone_id", "measure"], sort=True):
        ordered = mine.groupby("seconds", sort=True)[["ended", "lost"]].sum()
        found[str(camera), str(zone), str(measure)] = dwell_of_counts(
            ordered.index.to_numpy(dtype=np.float64),
            ordered["ended"].to_numpy(dtype=np.float64),
            ordered["lost"].to_numpy(dtype=np.float64),
            grouped=True,
        )
    return found


def zone_period(days: pd.DataFrame, bins: pd.DataFrame) -> tuple[ZoneTotals, ...]:
    """Every zone over a period.

    Args:
        days: ``frames.ZONE_DAYS`` of the period.
        bins: ``frames.STAY_BINS`` of the period, or their sums.
    """
    stayed = lengths(bins[bins["measure"] == "stay"])
    found = []
    for (camera, zone), mine in days.groupby(["camera_id", "zone_id"], sort=True):
        sums = mine[list(_SUMS)].sum()
        counts = {name: int(sums[name]) for name in _SUMS if not name.startswith("occupancy")}
        drawn, visits = counts.pop("drawn"), counts.pop("visits")
        most = mine["occupancy_max"].max()
        found.append(
            ZoneTotals(
                camera_id=str(camera),
                zone_id=str(zone),
                role=str(mine["role"].iloc[-1]),
                draw_in=drawn / visits if visits else None,
                dwell=stayed.get((str(camera), str(zone), "stay"), Dwell(None, None, None)),
                occupancy_mean=float(sums["occupancy_s"] / sums["occupancy_open_s"])
                if sums["occupancy_open_s"]
                else None,
                occupancy_max=None if math.isnan(most) else float(most),
                **counts,
            )
        )
    return tuple(found)
