"""Sales that a store's own good hours would have made of the same visits; and how many people that would take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy

from ..frames import LOST_SALES, STAFFING, check, empty
from .before import Before

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LOST_WEEKS = 12
LEAST_OF_LOST = 6
TARGET_SHARE = 75.0
STAR_WEEKS = 6
_HOUR = ["weekday", "local_hour"]


def lost_sales(
    hourly: pd.DataFrame, calendar: pd.DataFrame, since: date, until: date, weeks: int = LOST_WEEKS
) -> pd.DataFrame:
    """An estimate of the sales that were lost against the store's own 75th percentile, by weekday and hour.

    For every fully seen hour: visits x (p75 - conversion)+ x ATV, with p75 the 75th percentile of the conversion of the
    same weekday and hour in the weeks before, ATV theirs too. Even a store that converts evenly stays under its own p75
    most of the time, by chance: ``chance_minor`` is what binomial chance alone would make of it, at the usual
    conversion. Only what goes beyond that says something.

    Args:
        hourly: ``frames.HOURLY`` of the period and of the weeks before it.
        calendar: ``frames.CALENDAR_DAYS``; holidays, events and promotions are no part of the weeks before.
        since: First local day.
        until: The local day after the last.
        weeks: How far back.

    Returns:
        ``frames.LOST_SALES``; weekday-hours with fewer than six weeks that tell are not in it.
    """
    if hourly.empty:
        return empty(LOST_SALES)
    day = hourly["local_date"]
    asked = (day >= pd.Timestamp(since)) & (day < pd.Timestamp(until)) & (hourly["status"] == "ok")
    positions = np.flatnonzero((asked & (hourly["visits"].astype("float64") > 0)).to_numpy(dtype=bool))
    before = Before.of(hourly, calendar, weeks).take(positions)
    visits, receipts, sales = (
        hourly[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("visits", "receipts", "sales_minor")
    )
    old_visits, old_receipts, old_sales = (
        before.values(measure, seen_only=True) for measure in (visits, receipts, sales)
    )
    told = old_visits > 0
    enough = told.sum(axis=0) >= LEAST_OF_LOST
    positions, told = positions[enough], told[:, enough]
    old_visits, old_receipts, old_sales = (
        np.where(told, values[:, enough], np.nan) for values in (old_visits, old_receipts, old_sales)
    )
    if not len(positions):
        return empty(LOST_SALES)
    rates = old_receipts / old_visits
    target = np.nanpercentile(rates, TARGET_SHARE, axis=0)
    bought = np.nansum(old_receipts, axis=0)
    price = np.where(bought > 0, np.nansum(old_sales, axis=0) / np.where(bought > 0, bought, 1.0), 0.0).clip(min=0.0)
    came, sold = visits[positions], receipts[positions]
    lost = came * np.maximum(target - sold / came, 0.0) * price
    chance = came * _chance_shortfall(target, bought / np.nansum(old_visits, axis=0), came) * price
    rows = hourly.iloc[positions][_HOUR].assign(
        hours=1, visits=came, receipts=sold, target=target, lost_minor=lost, chance_minor=chance
    )
    sums = rows.groupby(_HOUR, as_index=False).agg(
        hours=("hours", "sum"),
        visits=("visits", "sum"),
        receipts=("receipts", "sum"),
        target=("target", "mean"),
        lost_minor=("lost_minor", "sum"),
        chance_minor=("chance_minor", "sum"),
    )
    sums["conversion"] = sums.pop("receipts") / sums["visits"]
    return check(sums, LOST_SALES)


def _chance_shortfall(target: Floats, usual: Floats, visits: Floats) -> Floats:
    """The mean of (target - X)+ for a share X of ``visits`` at the usual rate, by the normal approximation."""
    share = np.clip(usual, 0.0, 1.0)
    spread = np.sqrt(share * (1.0 - share) / visits)
    apart = target - usual
    z = apart / np.where(spread > 0, spread, 1.0)
    smooth = apart * scipy.stats.norm.cdf(z) + spread * scipy.stats.norm.pdf(z)
    return np.asarray(np.where(spread > 0, smooth, np.maximum(apart, 0.0)))


@dataclass(frozen=True, slots=True, eq=False)
class Staffing:
    """How many hours on the floor the usual traffic asks for.

    Attributes:
        rows: ``frames.STAFFING``; empty where nothing can be said.
        target: Visits for each labour hour that are aimed at; None where nothing can be said.
        own: The target is the store's own mean; else it was set.
        reason: Why nothing can be said.
    """

    rows: pd.DataFrame
    target: float | None
    own: bool
    reason: str | None


def staffing(
    hourly: pd.DataFrame, labour: pd.DataFrame | None, until: date, target: float | None = None, weeks: int = STAR_WEEKS
) -> Staffing:
    """A suggestion of labour hours for every hour of the week: usual visits / target STAR.

    STAR (shopper-to-associate ratio) is visits / labour hours, a ratio of sums. Without a target the store is held
    to its own mean of the last weeks: the same hours on the floor, put where the traffic is.

    Args:
        hourly: ``frames.HOURLY``.
        labour: ``frames.LABOUR_HOURLY``; None or empty: no rota is known.
        until: The local day after the last that is looked at.
        target: Visits for each labour hour; None: the store's own.
        weeks: So many are looked at, and are needed.
    """
    if labour is None or labour.empty:
        return Staffing(empty(STAFFING), None, target is None, "no rota is known")
    day = hourly["local_date"]
    mine = hourly[(day >= pd.Timestamp(until) - pd.Timedelta(weeks=weeks)) & (day < pd.Timestamp(until))]
    worked = labour.groupby("hour_utc")["labour_s"].sum() / 3600.0
    mine = mine.assign(labour_h=mine["hour_utc"].map(worked).fillna(0.0).astype("float64"))
    on_rota = mine.groupby("local_date")["labour_h"].transform("sum") > 0
    mine = mine[on_rota & (mine["status"] == "ok")]
    span = (pd.Timestamp(until) - mine["local_date"].min()).days if len(mine) else 0
    if span < 7 * (weeks - 1) + 1:
        return Staffing(
            empty(STAFFING),
            None,
            target is None,
            f"too little history: it takes {weeks} weeks of visits and rota",
        )
    visits, hours = float(mine["visits"].sum()), float(mine["labour_h"].sum())
    aimed = target if target is not None else visits / hours
    if aimed <= 0:
        return Staffing(empty(STAFFING), None, target is None, "nobody came in the hours that were seen")
    by = mine.astype({"visits": "float64"}).groupby(_HOUR, as_index=False)
    sums = by.agg(
        visits=("visits", "median"), came=("visits", "sum"), worked=("labour_h", "sum"), weeks=("visits", "size")
    )
    rows = sums[[*_HOUR, "visits", "weeks"]].assign(
        labour_h=sums["worked"] / sums["weeks"],
        star=(sums["came"] / sums["worked"].where(sums["worked"] > 0)),
        suggested_h=sums["visits"] / aimed,
    )
    return Staffing(check(rows, STAFFING), aimed, target is None, None)
