"""Traffic and sales of every hour and day, and their rates: ratios of sums, never clipped, never zero for a gap."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..frames import BARS, CROSSINGS, DAILY, ENTERED, HOURLY, VISITS, WATCHES, check, local_hour
from ..joins import sales_by_hour, sold_by_hour
from ..opening import instant_ms
from . import coverage, occupancy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from numpy.typing import NDArray

    from ..frames import StoreTime
    from ..opening import Opening
    from .seen import Sales, Traffic

TRAFFIC = ["entries_in", "entries_out", "visits", "buying_units"]


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of some hours and their rates; the names are those of ``frames.HOURLY``.

    Attributes:
        rated_visits: Visits in the hours that the traffic rates are taken over.
        rated_receipts: Transactions in the same hours.
    """

    open_s: float
    seen_s: float
    coverage: float | None
    status: str
    entries_in: int | None
    entries_out: int | None
    visits: int | None
    occupancy_mean: float | None
    occupancy_max: float | None
    receipts: int
    units: int
    sales_minor: int
    conversion: float | None
    atv_minor: float | None
    upt: float | None
    sales_per_visitor_minor: float | None
    buying_units: int | None
    conversion_per_unit: float | None
    flag: str | None
    rated_visits: int
    rated_receipts: int


def hourly(
    traffic: Traffic, sales: Sales | pd.DataFrame, opening: Opening, since: datetime, until: datetime
) -> pd.DataFrame:
    """The hours of a window, open or closed.

    Args:
        traffic: What the doors saw.
        sales: What the tills sold; of that, ``frames.SOLD`` will do.
        opening: When the store is open.
        since: Start of a local day: the occupancy starts from nobody there.
        until: Start of a later local day.

    Returns:
        ``frames.HOURLY``, a row for every local hour (23 or 25 on the days of a clock change). Traffic, occupancy and
        the rates built on them are null in a missing hour. Occupancy is also null from a missing hour until closing,
        since nobody knows who came and went. Receipts, units, sales, ATV and UPT come from the tills and are never
        null for a blind camera. The bounds ``..._low`` and ``..._high`` are null: ``with_bars`` fills them in.

    Raises:
        FrameError: A frame breaks its contract.
    """
    crossings, judged = check(traffic.crossings, CROSSINGS), _entered(traffic.visits)
    grid = opening.grid(since, until)
    seen = coverage.seen(check(traffic.watches, WATCHES), traffic.entrance_cameras)
    open_from, open_to = _whole(grid["open_from_ms"]), _whole(grid["open_to_ms"])
    seen_s = seen.seconds_within(open_from, open_to)
    covered, status = coverage.statuses(grid["open_s"].to_numpy(dtype=np.float64), seen_s)
    hours = grid[["hour_utc", "local_date", "local_hour", "weekday", "open_s"]].assign(
        seen_s=seen_s, coverage=covered, status=pd.Series(status, dtype="str")
    )
    start = _whole(grid["start_ms"])
    watched = seen.seconds_within(start, np.append(start[1:], instant_ms(until))) > 0
    blind = (status == "missing") | ((status == "closed") & ~watched)
    door = crossings[crossings["role"] == "entrance"]
    for name, direction in (("entries_in", "in"), ("entries_out", "out")):
        counts = _per_hour(door.loc[door["direction"] == direction, "at"], hours["hour_utc"], opening.time)
        hours[name] = counts.mask(blind)
    # A closed store has no visits, watched or not.
    counts = _per_hour(judged.loc[judged["counted"], "entered"], hours["hour_utc"], opening.time)
    hours["visits"] = counts.mask(status == "missing")
    # The first of a group stands for it, in the hour in which it came.
    counts = _per_hour(judged.loc[judged["unit"], "entered"], hours["hour_utc"], opening.time)
    hours["buying_units"] = counts.mask((status == "missing") | (not traffic.grouped))
    _add_occupancy(hours, crossings, opening, grid)
    sold = _sold(sales, opening.time).reindex(hours["hour_utc"], fill_value=0)
    for name in ("receipts", "units", "sales_minor"):
        hours[name] = sold[name].to_numpy(dtype=np.int64)
    return check(_with_rates(hours).assign(**dict.fromkeys(BARS, np.nan)), HOURLY)


def daily(hours: pd.DataFrame) -> pd.DataFrame:
    """The days of some hours.

    Args:
        hours: ``frames.HOURLY`` of whole days.

    Returns:
        ``frames.DAILY``; each row is ``totals`` of its hours.
    """
    checked = check(hours, HOURLY)
    if checked.empty:
        return pd.DataFrame({column.name: pd.Series([], dtype=column.dtype) for column in DAILY.columns})
    arrays = _arrays(checked)
    # Arrays are cut into days, not frames: of a frame each of the sums of a day would cost as much as those of a year.
    day_of, days_known = pd.factorize(checked["local_date"], sort=True)
    order = np.argsort(day_of, kind="stable")
    rows = []
    for day, mine in zip(days_known, np.split(order, np.flatnonzero(np.diff(day_of[order])) + 1), strict=True):
        found = _totals({name: values[mine] for name, values in arrays.items()})
        rows.append({"local_date": day, "weekday": checked["weekday"].iloc[mine[0]], **asdict(found)})
    days = pd.DataFrame(rows).drop(columns=["rated_visits", "rated_receipts"]).assign(**dict.fromkeys(BARS, np.nan))
    days["local_date"] = days["local_date"].astype("datetime64[ms]")
    for name in TRAFFIC:
        days[name] = days[name].astype("Int64")
    for column in DAILY.columns:
        if column.dtype == "float64":
            days[column.name] = days[column.name].astype("float64")
    return check(days, DAILY)


def totals(hours: pd.DataFrame) -> Totals:
    """The sums of some hours and their rates.

    Traffic is the sum over the hours that were seen; it is null when under half of the open time was. Conversion and
    sales per visitor compare visits and sales of the same time: they are taken over the hours that are neither missing
    nor partial, or over the partial ones where there are no others, so that a blind hour cannot inflate them.

    Args:
        hours: Rows of ``frames.HOURLY``.
    """
    return _totals(_arrays(hours))


_COUNTS = ("receipts", "units", "sales_minor")


def _arrays(hours: pd.DataFrame) -> dict[str, NDArray[Any]]:
    """The columns that totals need; NaN where a number is missing."""
    numbers = (*TRAFFIC, "open_s", "seen_s", "occupancy_mean", "occupancy_max")
    found: dict[str, NDArray[Any]] = {name: hours[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in numbers}
    found |= {name: hours[name].to_numpy(dtype=np.int64) for name in _COUNTS}
    return found | {"status": hours["status"].to_numpy(dtype=object)}


def _totals(hours: Mapping[str, NDArray[Any]]) -> Totals:
    open_s, seen_s = float(hours["open_s"].sum()), float(hours["seen_s"].sum())
    covered, named = coverage.statuses(np.array([open_s]), np.array([seen_s]))
    status, of_hour = str(named[0]), hours["status"]
    seen = status != "missing"
    whole = (of_hour == "ok") | (of_hour == "closed")
    rated = whole if (of_hour == "ok").any() else of_hour != "missing"
    rated_visits, rated_units = (_sum(hours[name][rated]) if seen else 0 for name in ("visits", "buying_units"))
    rated_receipts = int(hours["receipts"][rated].sum()) if seen else 0
    receipts, units, sales = (int(hours[name].sum()) for name in _COUNTS)
    counted: dict[str, int | None] = {
        name: _sum(hours[name]) if seen and not np.isnan(hours[name]).all() else None for name in TRAFFIC
    }
    inside = ~np.isnan(hours["occupancy_mean"])
    known = bool(inside.any()) and status not in {"missing", "closed"}
    mean, weights = hours["occupancy_mean"][inside], hours["open_s"][inside]
    return Totals(
        open_s=open_s,
        seen_s=seen_s,
        coverage=None if np.isnan(covered[0]) else float(covered[0]),
        status=status,
        entries_in=counted["entries_in"],
        entries_out=counted["entries_out"],
        visits=counted["visits"],
        occupancy_mean=float(np.average(mean, weights=weights)) if known else None,
        occupancy_max=float(np.nanmax(hours["occupancy_max"][inside])) if known else None,
        receipts=receipts,
        units=units,
        sales_minor=sales,
        conversion=_ratio(rated_receipts, rated_visits),
        atv_minor=_ratio(sales, receipts),
        upt=_ratio(units, receipts),
        sales_per_visitor_minor=_ratio(int(hours["sales_minor"][rated].sum()), rated_visits),
        buying_units=counted["buying_units"],
        conversion_per_unit=_ratio(rated_receipts, rated_units),
        flag=_flag(rated_receipts, rated_visits if seen else None),
        rated_visits=rated_visits,
        rated_receipts=rated_receipts,
    )


def _sum(values: NDArray[np.float64]) -> int:
    """The sum of whole numbers, those that are missing left out."""
    return int(np.nansum(values))


def _entered(judged: pd.DataFrame) -> pd.DataFrame:
    """Visits as ``frames.ENTERED``, unless they are that already."""
    if "visit_id" not in judged:
        return check(judged, ENTERED)
    whole = check(judged, VISITS)
    first = (whole["unit_id"] == whole["visit_id"]).fillna(value=False).astype("bool")
    return check(whole[["entered", "counted"]].assign(unit=first), ENTERED)


def _sold(sales: Sales | pd.DataFrame, time: StoreTime) -> pd.DataFrame:
    if isinstance(sales, pd.DataFrame):
        return sold_by_hour(sales, time)
    return sales_by_hour(sales.receipts, sales.lines, time)


def _with_rates(hours: pd.DataFrame) -> pd.DataFrame:
    visits = hours["visits"].to_numpy(dtype=np.float64, na_value=np.nan)
    receipts, units, sales = (hours[n].to_numpy(dtype=np.float64) for n in ("receipts", "units", "sales_minor"))
    flags = [
        _flag(int(sold), None if np.isnan(came) else int(came)) if state != "closed" else None
        for sold, came, state in zip(receipts, visits, hours["status"], strict=True)
    ]
    return hours.assign(
        conversion=_ratios(receipts, visits),
        atv_minor=_ratios(sales, receipts),
        upt=_ratios(units, receipts),
        sales_per_visitor_minor=_ratios(sales, visits),
        conversion_per_unit=_ratios(receipts, hours["buying_units"].to_numpy(dtype=np.float64, na_value=np.nan)),
        flag=pd.Series(flags, dtype="str", index=hours.index),
    )


def _add_occupancy(hours: pd.DataFrame, crossings: pd.DataFrame, opening: Opening, grid: pd.DataFrame) -> None:
    closings = _whole(opening.spans(grid["hour_utc"].iloc[0], grid["hour_utc"].iloc[-1])["closes_ms"])
    begins = _whole(grid["start_ms"])[~grid["local_date"].duplicated().to_numpy(dtype=bool)]
    inside = occupancy.running(crossings, np.union1d(begins, closings))
    mean, most = inside.mean_and_most(_whole(grid["open_from_ms"]), _whole(grid["open_to_ms"]))
    missing = (hours["status"] == "missing").to_numpy(dtype=bool)
    lost = pd.Series(missing, index=hours.index).groupby(hours["local_date"]).cummax().to_numpy(dtype=bool)
    hours["occupancy_mean"] = np.where(lost, np.nan, mean)
    hours["occupancy_max"] = np.where(lost, np.nan, most)


def _per_hour(times: pd.Series, hours_utc: pd.Series, time_zone: str | StoreTime) -> pd.Series[int]:
    counts = local_hour(times, time_zone)["hour_utc"].value_counts()
    return counts.reindex(hours_utc, fill_value=0).reset_index(drop=True).astype("Int64")


def _ratios(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    known = below > 0
    return np.asarray(np.where(known, above / np.where(known, below, 1.0), np.nan))


def _ratio(above: int, below: int) -> float | None:
    return above / below if below > 0 else None


def _flag(receipts: int, visits: int | None) -> str | None:
    if visits is None or receipts <= visits:
        return None
    return "conversion>1" if visits else "sales without visits"


def _whole(values: pd.Series) -> NDArray[np.int64]:
    found: NDArray[np.int64] = values.to_numpy(dtype=np.int64)
    return found
