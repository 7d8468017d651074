"""Error bars: what the last audit of the doors says about every number that rests on counted people.

The counts of every line and hour are kept (``line_hours``), so that the bar of a week is made from the week's counts
and not from the bars of its hours: the audit's own error is the same in all of them and does not cancel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..accuracy import bounds, quotient
from ..frames import BARRED, BARS, DAILY, HOURLY, LINE_HOURLY, check, empty, local_hour

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..frames import StoreTime

    Bounds = tuple[float, float]

_CELL = ["hour_utc", "camera_id", "line_id", "geometry_version", "role", "direction"]


@dataclass(frozen=True, slots=True, eq=False)
class Audited:
    """What the lines counted, and how well they count.

    Attributes:
        lines: ``frames.LINE_HOURLY``; hours that are not asked for are allowed.
        known: ``frames.ACCURACY``; empty: nobody has audited yet, and there are no bars.
    """

    lines: pd.DataFrame
    known: pd.DataFrame


def line_hours(
    crossings: pd.DataFrame, judged: pd.DataFrame, hours: pd.DataFrame, time_zone: str | StoreTime
) -> pd.DataFrame:
    """The crossings and visits of every line, direction and hour.

    Args:
        crossings: ``frames.CROSSINGS``.
        judged: ``frames.VISITS``, made from them.
        hours: ``frames.HOURLY``; hours in which nothing was seen have no rows.
        time_zone: IANA name, or the store's time.

    Returns:
        ``frames.LINE_HOURLY``; a line has no row in an hour in which nobody crossed it.
    """
    seen = hours.loc[hours["entries_in"].notna(), ["hour_utc", "local_hour"]]
    at = crossings.assign(hour_utc=local_hour(crossings["at"], time_zone)["hour_utc"])
    at = at.merge(seen, on="hour_utc")
    if at.empty:
        return empty(LINE_HOURLY)
    came = judged.loc[judged["counted"], ["camera_id", "line_id", "entered"]].rename(columns={"entered": "at"})
    came = came.groupby(["camera_id", "line_id", "at"], as_index=False).size()
    at = at.merge(came, on=["camera_id", "line_id", "at"], how="left")
    # Two people may cross a line in the same millisecond: the visits of that moment belong to the first entries of it.
    place = at.groupby(["camera_id", "line_id", "at", "direction"]).cumcount()
    at["visit"] = (at["direction"] == "in") & (place < at["size"].fillna(0))
    counts = at.groupby([*_CELL, "local_hour"], as_index=False).agg(
        crossings=("visit", "size"), visits=("visit", "sum")
    )
    return check(counts, LINE_HOURLY)


def with_bars(rows: pd.DataFrame, hours: pd.DataFrame, audited: Audited) -> pd.DataFrame:
    """Hours or days with their error bars.

    Args:
        rows: ``frames.HOURLY`` or ``frames.DAILY``.
        hours: ``frames.HOURLY`` of the same time; for hours: the same frame.
        audited: Counts of the lines, and what is known of them.

    Returns:
        The same rows with ``..._low`` and ``..._high`` filled in where every line that counted somebody was audited;
        null elsewhere, and where the measure itself is.
    """
    contract = HOURLY if "hour_utc" in rows else DAILY
    found = error_bars(hours, audited, hours[contract.key[0]]).reindex(rows[contract.key[0]])
    made = {name: found[name].to_numpy(dtype=np.float64) for name in BARS}
    for measure in BARRED:
        unknown = rows[measure].isna().to_numpy(dtype=bool)
        for name in (f"{measure}_low", f"{measure}_high"):
            made[name] = np.where(unknown, np.nan, made[name])
    return check(rows.assign(**made), contract)


def total_bars(hours: pd.DataFrame, audited: Audited) -> Mapping[str, Bounds]:
    """The bounds of some hours together, by measure; a measure without bounds is not in it.

    Args:
        hours: ``frames.HOURLY``.
        audited: Counts of the lines, and what is known of them.
    """
    whole = pd.Series(0, index=hours.index)
    found = error_bars(hours, audited, whole).reindex([0]).iloc[0]
    pairs = {name: (float(found[f"{name}_low"]), float(found[f"{name}_high"])) for name in BARRED}
    return {name: pair for name, pair in pairs.items() if np.isfinite(pair).all()}


def capture_bounds(hours: pd.DataFrame, audited: Audited) -> Bounds | None:
    """The bounds of the capture rate of some hours, from the errors of the doors and of the lines outside.

    Passers-by are taken to be missed and invented as often as crossings of the outside lines, in both directions.

    Args:
        hours: ``frames.CAPTURE_HOURLY``.
        audited: Counts of the lines, and what is known of them.

    Returns:
        None where a line of either kind was not audited, or nobody passed.
    """
    seen = hours[hours["passers"].notna()]
    lines = audited.lines[audited.lines["hour_utc"].isin(seen["hour_utc"])]
    passed = int(seen["passers"].sum())
    sides = []
    for mine in (
        lines[(lines["role"] == "entrance") & (lines["direction"] == "in")],
        lines[lines["role"] == "outside"],
    ):
        sums = bounds(mine, audited.known, pd.Series(0, index=mine.index), "crossings")
        if sums.empty or sums.isna().to_numpy().any():
            return None
        count, expected, low, high = (float(value) for value in sums.iloc[0])
        sides.append((expected / count, low / count, high / count))
    found = quotient(sides[0], sides[1])
    if found is None or not passed:
        return None
    rate = int(seen["entries"].sum()) / passed
    return rate * found[0], rate * found[1]


def error_bars(hours: pd.DataFrame, audited: Audited, period: pd.Series) -> pd.DataFrame:
    """The 95 % bounds of every measure that rests on counted people, by period.

    Entries and visits by ``accuracy.bounds``. Conversion and sales per visitor divide what is known by visits, so their
    bounds are those of the visits, the other way round, over the hours that ``totals`` takes them over. The mean
    occupancy is wrong by all who were missed or invented since the morning, in and out; its bounds are wide on purpose.

    Args:
        hours: ``frames.HOURLY``.
        audited: Counts of the lines, and what is known of them.
        period: To which period each hour belongs; same index.

    Returns:
        Index: the periods, in order; columns ``frames.BARS``, null where nothing is known.
    """
    asked = hours.assign(period=period)
    found = pd.DataFrame(np.nan, index=pd.Index(asked["period"].drop_duplicates()).sort_values(), columns=list(BARS))
    doors = audited.lines[audited.lines["role"] == "entrance"]
    doors = doors.merge(asked[["hour_utc", "local_date", "period", "status"]], on="hour_utc")
    if doors.empty or audited.known.empty:
        return found
    inward = doors[doors["direction"] == "in"]
    for name, mine, column in (
        ("entries_in", inward, "crossings"),
        ("entries_out", doors[doors["direction"] == "out"], "crossings"),
        ("visits", inward, "visits"),
    ):
        pair = bounds(mine, audited.known, mine["period"], column)
        found[f"{name}_low"], found[f"{name}_high"] = pair["low"], pair["high"]
    rated = asked[_rated(asked)]
    came = inward[inward["hour_utc"].isin(rated["hour_utc"])]
    pair = bounds(came, audited.known, came["period"], "visits")
    pair = pair.where(pair["low"] > 0)
    sums = rated.groupby("period")[["receipts", "sales_minor"]].sum().reindex(pair.index)
    for name, column in (("conversion", "receipts"), ("sales_per_visitor_minor", "sales_minor")):
        ends = pd.concat([sums[column] / pair["high"], sums[column] / pair["low"]], axis=1)
        found[f"{name}_low"], found[f"{name}_high"] = ends.min(axis=1), ends.max(axis=1)
    inside = asked[asked["occupancy_mean"].notna()]
    low, high = _occupancy(inside, doors, audited.known)
    weight = inside["open_s"].groupby(inside["period"]).sum()
    for end, values in (("low", low), ("high", high)):
        weighted = (values * inside["open_s"]).groupby(inside["period"]).sum(skipna=False)
        found[f"occupancy_mean_{end}"] = weighted / weight.where(weight > 0)
    return found


def _rated(hours: pd.DataFrame) -> pd.Series[bool]:
    """The hours over which ``totals`` takes the rates of each period."""
    some_ok = (hours["status"] == "ok").groupby(hours["period"]).transform("any")
    return hours["status"].isin(["ok", "closed"]).where(some_ok, hours["status"] != "missing")


def _occupancy(hours: pd.DataFrame, doors: pd.DataFrame, known: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Bounds of the mean number inside in each hour, from all who went in and out since the morning."""
    # Every hour with the counts of its day up to its own end.
    until = hours[["hour_utc", "local_date"]].rename(columns={"hour_utc": "until"})
    day = doors.merge(until, on="local_date")
    day = day[day["hour_utc"] <= day["until"]]
    put_right, down, up = (pd.Series(0.0, index=hours.index) for _ in range(3))
    for direction, sign in (("in", 1.0), ("out", -1.0)):
        mine = day[day["direction"] == direction].reset_index(drop=True)
        sums = bounds(mine, known, mine["until"], "crossings").reindex(hours["hour_utc"]).set_index(hours.index)
        nobody = sums["count"].isna()
        below = (sums["expected"] - sums["low"]).mask(nobody, 0.0)
        above = (sums["high"] - sums["expected"]).mask(nobody, 0.0)
        put_right += sign * (sums["expected"] - sums["count"]).mask(nobody, 0.0)
        down += (below if sign > 0 else above) ** 2
        up += (above if sign > 0 else below) ** 2
    middle = hours["occupancy_mean"] + put_right
    return (middle - down**0.5).clip(lower=0.0), (middle + up**0.5).clip(lower=0.0)
