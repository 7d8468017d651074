"""What a member's habits were at the end of any day, as numbers that can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import day_number, day_numbers

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from ..purchases import Purchases

FEATURES = ("recency", "frequency", "value", "basket", "dwell")
_RECENCY, _FREQUENCY, _VALUE, _BASKET, _DWELL = range(len(FEATURES))
_WEEK = 7.0
# Time in the store counts only where it is known of this share of members.
DWELL_KNOWN = 0.5
# Values beyond these quantiles count as these, so that a single member makes no group.
_EDGES = (0.01, 0.99)
_FLAT = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Receipts and stays of members in arrays, from which the habits of any earlier day are quickly made.

    Attributes:
        members: Ids, sorted.
        who: Place of the member, for every receipt.
        day: Business day as days since 1970.
        sale: Whether it is a sale.
        amount: Minor units, negative for returns.
        stay_who: Place of the member, for every visit of which the length is known.
        stay_day: Its day.
        stay_s: Its length.
    """

    members: pd.Index[str]
    who: NDArray[np.int64]
    day: NDArray[np.int64]
    sale: NDArray[np.bool_]
    amount: NDArray[np.float64]
    stay_who: NDArray[np.int64]
    stay_day: NDArray[np.int64]
    stay_s: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Habits:
    """The habits of those who had bought something.

    Attributes:
        rows: Places of the members, (n,), increasing.
        values: ``FEATURES`` as logarithms, (n, 5); dwell may be missing.
        days: Days since the last purchase, (n,).
        receipts: Sales, (n,).
        net: Sales less returns in minor units, (n,).
        sold: Sales alone, (n,).
        dwell_s: Mean length of a visit, (n,); may be missing.
    """

    rows: NDArray[np.int64]
    values: NDArray[np.float64]
    days: NDArray[np.int64]
    receipts: NDArray[np.int64]
    net: NDArray[np.float64]
    sold: NDArray[np.float64]
    dwell_s: NDArray[np.float64]


def history(sales: Purchases, dwell: pd.DataFrame) -> History:
    """Puts receipts and stays of the willing members into arrays.

    Args:
        sales: What was bought.
        dwell: ``frames.MEMBER_DWELL``; may be empty.
    """
    rows = sales.of_members()
    rows = rows[rows["amount_minor"] != 0]
    who, members = pd.factorize(rows["member_id"], sort=True)
    ids = pd.Index(members, dtype="str")
    place = ids.get_indexer(pd.Index(dwell["member_id"]))
    stays = dwell[place >= 0]
    return History(
        ids,
        who.astype(np.int64),
        day_numbers(rows["local_date"]),
        rows["kind"].eq("sale").to_numpy(),
        rows["amount_minor"].to_numpy(dtype=np.float64),
        place[place >= 0].astype(np.int64),
        day_numbers(stays["local_date"]),
        stays["dwell_s"].to_numpy(dtype=np.float64),
    )


def word(feature: int, *, high: bool) -> str:
    """``value_high`` or ``value_low`` of a place in ``FEATURES``."""
    return f"{FEATURES[feature]}_{'high' if high else 'low'}"


def habits(past: History, day: date) -> Habits:
    """The habits as they were known at the end of a day.

    Recency counts in weeks and everything is taken as ``log(1 + x)``: two weeks instead of one matter as much as two
    months instead of one, and one more night changes little. A member who returned everything has a value of 0.
    """
    today, many = day_number(day), len(past.members)
    known = past.day <= today
    bought = known & past.sale
    count = np.bincount(past.who[bought], minlength=many)
    sold = _sums(past.who[bought], past.amount[bought], many)
    net = _sums(past.who[known], past.amount[known], many)
    last = np.full(many, np.iinfo(np.int64).min)
    np.maximum.at(last, past.who[bought], past.day[bought])
    rows = np.flatnonzero(count)
    since = today - last[rows]
    stayed = past.stay_day <= today
    visits = np.bincount(past.stay_who[stayed], minlength=many)[rows]
    spent = _sums(past.stay_who[stayed], past.stay_s[stayed], many)[rows]
    dwell_s = np.divide(spent, visits, out=np.full(len(rows), np.nan), where=visits > 0)
    basket = np.maximum(sold[rows], 0.0) / count[rows]
    logs = (since / _WEEK, count[rows].astype(np.float64), np.maximum(net[rows], 0.0), basket, dwell_s)
    values = np.column_stack([np.log1p(one) for one in logs])
    return Habits(rows, values, since, count[rows], net[rows], sold[rows], dwell_s)


def _sums(who: NDArray[np.int64], values: NDArray[np.float64], many: int) -> NDArray[np.float64]:
    """The sum of each member's values, (many,)."""
    return np.asarray(np.bincount(who, values, minlength=many), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Makes features comparable: cut at the edges, mean 0 and deviation 1; what is missing is the mean.

    Attributes:
        used: Places in ``FEATURES`` that vary and are known.
        low: Lower edges, (used,).
        high: Upper edges.
        mean: Means.
        deviation: Standard deviations, above zero.
    """

    used: tuple[int, ...]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    def points(self, values: NDArray[np.float64], *, cut: bool = True) -> NDArray[np.float64]:
        """(n, used) of (n, 5); ``cut=False`` leaves the edges alone."""
        mine = values[:, self.used]
        mine = np.clip(mine, self.low, self.high) if cut else mine
        return np.nan_to_num((mine - self.mean) / self.deviation, nan=0.0)

    def values(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Back again: (n, used) of (n, used)."""
        return points * self.deviation + self.mean


def scale_of(values: NDArray[np.float64]) -> Scale:
    """The scale of some members' habits; features that are the same for all are not used."""
    known = np.isfinite(values).mean(axis=0) >= DWELL_KNOWN
    low, high = np.full((2, values.shape[1]), np.nan)
    if known.any():
        low[known], high[known] = np.nanquantile(values[:, known], _EDGES, axis=0)
    kept = np.clip(values, low, high)
    wide = [bool(known[n]) and float(np.nanstd(kept[:, n])) > _FLAT for n in range(values.shape[1])]
    used = tuple(n for n, there in enumerate(wide) if there)
    mine = kept[:, used]
    mean = np.nanmean(mine, axis=0) if used else np.empty(0)
    deviation = np.nanstd(mine, axis=0) if used else np.empty(0)
    return Scale(used, low[list(used)], high[list(used)], mean, deviation)
