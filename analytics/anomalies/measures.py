"""What is counted in a store, as series: visits, receipts, sales, conversion, returns, time in zones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import CALENDAR_DAYS, HOURLY, OUTAGES, TILL_HOURLY, ZONE_DAYS, StoreTime, check
from .series import series

if TYPE_CHECKING:
    from .series import Series

# Days from which the size of one receipt, or of one stay, is learned: the first of all, so that what is known of a day
# never changes when later days come.
_FIRST_DAYS = 28
# A conversion of a day needs to have seen so much of it.
_SEEN = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """What is known of a store, from the first day on.

    Attributes:
        hourly: ``frames.HOURLY``.
        tills: ``frames.TILL_HOURLY``.
        zones: ``frames.ZONE_DAYS``.
        calendar: ``frames.CALENDAR_DAYS``; may be empty.
        outages: ``frames.OUTAGES``.
        time: The store's clock.
    """

    hourly: pd.DataFrame
    tills: pd.DataFrame
    zones: pd.DataFrame
    calendar: pd.DataFrame
    outages: pd.DataFrame
    time: str | StoreTime

    def checked(self) -> Sources:
        """The same, held to the contracts.

        Raises:
            FrameError: A frame breaks its contract.
        """
        return Sources(
            check(self.hourly, HOURLY),
            check(self.tills, TILL_HOURLY),
            check(self.zones, ZONE_DAYS),
            check(self.calendar, CALENDAR_DAYS),
            check(self.outages, OUTAGES),
            self.time,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """One series and what it is called.

    Attributes:
        name: One of ``frames.ODD_MEASURES``.
        place: Camera and zone, or a till; empty for the store.
        series: What was counted.
        unit: One count is so many minor units or seconds; 1 for plain counts.
    """

    name: str
    place: str
    series: Series
    unit: float = 1.0

    @property
    def till(self) -> bool:
        """It is of one till."""
        return self.name == "receipts" and self.place != ""

    @property
    def rate(self) -> bool:
        """The value that people know is counts by exposure: a share, or seconds a stay."""
        return self.name in {"conversion", "return_share", "dwell"}


def open_hours(sources: Sources) -> pd.DataFrame:
    """The hours in which the store was open, with ``slot``: hours since its business day began."""
    turns = StoreTime.of(sources.time).turns_min // 60
    found = sources.hourly[sources.hourly["open_s"] > 0.0].reset_index(drop=True)
    return found.assign(slot=(found["local_hour"] - turns) % 24)


def measures(sources: Sources, hours: pd.DataFrame) -> list[Measure]:
    """Everything that is looked at, in the order in which it is told.

    Holidays and days of events teach nothing; days of a promotion do, unless they do not fit.

    Args:
        sources: Checked.
        hours: ``open_hours`` of them.
    """
    calendar = sources.calendar
    plain = calendar[["holiday", "event"]].isna().all(axis=1)
    ordinary = pd.Series(plain.to_numpy(), index=calendar["local_date"])
    found = _of_hours(hours, ordinary)
    days = hours.groupby("local_date", as_index=False)[["open_s", "receipts", "sales_minor"]].sum()
    found += _of_days(days, sources.tills, ordinary)
    found += _of_tills(days, sources.tills, ordinary)
    for (camera, zone), mine in sources.zones.groupby(["camera_id", "zone_id"], sort=True):
        stays = mine[mine["stays"] > 0].reset_index(drop=True)
        unit = _first_mean(stays["occupancy_s"], stays["stays"])
        if unit > 0.0:
            one = _slotless(stays["local_date"], stays["occupancy_s"] / unit, stays["stays"], ordinary)
            found.append(Measure("dwell", f"{camera}/{zone}", one, unit))
    return found


def _of_hours(hours: pd.DataFrame, ordinary: pd.Series) -> list[Measure]:
    day, slot, part = hours["local_date"], hours["slot"], hours["seen_s"] / 3600.0
    visits = hours["visits"].astype("float64")
    receipts = hours["receipts"].astype("float64")
    sold = series(day, slot, receipts, hours["open_s"] / 3600.0, ordinary)
    # Of hours in which the doors were seen, added up by the day: rates are ratios of sums.
    both = hours[(hours["coverage"] >= _SEEN) & visits.notna()]
    sums = both.assign(visits=visits[both.index]).groupby("local_date", as_index=False)[["visits", "receipts"]].sum()
    found = [Measure("traffic", "", series(day, slot, visits, part, ordinary))]
    if receipts.sum() > 0.0:
        found.append(Measure("receipts", "", sold))
        sums = sums[sums["visits"] > 0.0]
        rate = _slotless(sums["local_date"], sums["receipts"], sums["visits"], ordinary)
        found.append(Measure("conversion", "", rate))
    return found


def _of_days(days: pd.DataFrame, tills: pd.DataFrame, ordinary: pd.Series) -> list[Measure]:
    found = []
    day = days["local_date"]
    # What was given back is a measure of its own; sales below nothing are no sales.
    sales = days["sales_minor"].clip(lower=0)
    unit = _first_mean(sales, days["receipts"])
    if unit > 0.0:
        found.append(Measure("sales", "", _slotless(day, sales / unit, days["open_s"] / 3600.0, ordinary), unit))
    back = tills.groupby("local_date")["returns"].sum().reindex(day, fill_value=0)
    returns = pd.Series(back.to_numpy(dtype=np.float64))
    if returns.sum() > 0.0:
        found.append(Measure("returns", "", _slotless(day, returns, None, ordinary)))
        share = _slotless(day, returns.where(days["receipts"] > 0), days["receipts"], ordinary)
        found.append(Measure("return_share", "", share))
    return found


def _of_tills(days: pd.DataFrame, tills: pd.DataFrame, ordinary: pd.Series) -> list[Measure]:
    """Receipts of each till by the day, from its first on; of a store with one till it would be the same twice."""
    sold = tills.groupby(["till_id", "local_date"])["receipts"].sum()
    names = sorted(sold[sold > 0].index.get_level_values("till_id").unique())
    found = []
    for name in names if len(names) > 1 else []:
        mine = sold[name]
        there = days[days["local_date"] >= mine[mine > 0].index.min()].reset_index(drop=True)
        counts = pd.Series(mine.reindex(there["local_date"], fill_value=0).to_numpy(dtype=np.float64))
        one = _slotless(there["local_date"], counts, there["open_s"] / 3600.0, ordinary)
        found.append(Measure("receipts", str(name), one))
    return found


def _slotless(day: pd.Series, counts: pd.Series, shares: pd.Series | None, ordinary: pd.Series) -> Series:
    """A series of whole days."""
    exposed = None if shares is None else shares.astype("float64").reset_index(drop=True)
    day = day.reset_index(drop=True)
    plain = counts.astype("float64").reset_index(drop=True)
    return series(day, pd.Series(0, index=day.index, dtype="int64"), plain, exposed, ordinary)


def _first_mean(amounts: pd.Series, numbers: pd.Series) -> float:
    """The ratio of the first days that have both."""
    both = ((amounts > 0) & (numbers > 0)).to_numpy(dtype=bool)
    amount, number = amounts[both][:_FIRST_DAYS].sum(), numbers[both][:_FIRST_DAYS].sum()
    return float(amount / number) if number else 0.0
