"""The life of every member with the store, as far as the data show it: how often, until when, for how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import day_number, day_numbers
from .bgnbd import Histories

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..purchases import Purchases

    Floats = NDArray[np.float64]

WEEK = 7.0
# More days than there are in two centuries, so that a member and a day are one number.
_SPAN = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Lives:
    """Members who bought, or who may have before the data begin; rows in order of ``member_id``.

    Attributes:
        member_id: (n,) str.
        seen: Their repeat purchases. Purchases of one day are one.
        mean_minor: Mean value of a repeat purchase, less what was brought back of it; 0 without one, (n,).
        sales_minor: All that they bought in the data, less returns, (n,).
    """

    member_id: NDArray[np.object_]
    seen: Histories
    mean_minor: Floats
    sales_minor: Floats

    def __len__(self) -> int:
        """Members."""
        return len(self.member_id)


@dataclass(frozen=True, slots=True, eq=False)
class PurchaseDays:
    """Days on which members bought: one row for each member and day, in that order.

    Attributes:
        member: Place of the member in ``Purchases.members`` sorted by id, (m,).
        day: Days since 1970, (m,).
        amount_minor: Sales of the day, less what was brought back before the member bought again, (m,).
    """

    member: NDArray[np.int64]
    day: NDArray[np.int64]
    amount_minor: Floats


def purchase_days(sales: Purchases) -> PurchaseDays:
    """Receipts of members into days: those of one day are one purchase, and zero receipts are none.

    A return takes off the value of the last purchase before it, and never the purchase itself; what was bought before
    the data begin and brought back takes off nothing.
    """
    rows = sales.of_members()
    names = np.sort(sales.members["member_id"].to_numpy(dtype=object))
    member = pd.Index(names).get_indexer(pd.Index(rows["member_id"])).astype(np.int64)
    day = day_numbers(rows["local_date"])
    amount = rows["amount_minor"].to_numpy(dtype=np.float64)
    bought = (rows["kind"] == "sale").to_numpy() & (amount > 0)
    back = (rows["kind"] == "return").to_numpy()
    key = member * _SPAN + day
    keys, at = np.unique(key[bought], return_inverse=True)
    value = np.bincount(at, weights=amount[bought], minlength=len(keys)).astype(np.float64)
    last = np.searchsorted(keys, key[back], side="right") - 1
    known = last >= 0
    known[known] = keys[last[known]] // _SPAN == member[back][known]
    np.add.at(value, last[known], amount[back][known])
    return PurchaseDays(keys // _SPAN, keys % _SPAN, value)


def lives(sales: Purchases) -> Lives:
    """What the models ask of each member.

    Time begins with the first purchase for who joined on the first day of the data or later. Who joined before was a
    customer for ``before`` weeks of which nothing is known: their time begins with the data, every purchase in it is a
    repeat, and who did not buy at all is among them.

    Returns:
        Those who joined since the data begin only if they bought.
    """
    members = sales.members.sort_values("member_id")
    days = purchase_days(sales)
    size = len(members)
    if not size or sales.receipts.empty:
        none = np.zeros(0)
        return Lives(np.array([], dtype=object), Histories(none, none, none, none), none, none)
    first_day = int(day_numbers(sales.receipts["local_date"]).min())
    joined = day_numbers(members["joined_on"])
    as_of = day_number(sales.as_of)
    many = np.bincount(days.member, minlength=size)
    total = np.bincount(days.member, weights=days.amount_minor, minlength=size)
    begins = np.searchsorted(days.member, np.arange(size))
    has, old = many > 0, joined < first_day
    first, last, opening = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64), np.zeros(size)
    first[has], last[has] = days.day[begins[has]], days.day[begins[has] + many[has] - 1]
    opening[has] = days.amount_minor[begins[has]]
    begin = np.where(old, first_day - 1, first)
    x = np.where(old, many, many - 1).astype(np.float64)
    repeats = np.where(old, total, total - opening)
    kept = has | old
    seen = Histories(
        x=x[kept],
        t_x=(np.where(x > 0, last - begin, 0) / WEEK)[kept],
        age=((as_of - begin) / WEEK)[kept],
        before=(np.where(old, first_day - joined, 0) / WEEK)[kept],
    )
    mean = np.maximum(repeats, 0.0)[kept] / np.maximum(seen.x, 1.0)
    names = members["member_id"].to_numpy(dtype=object)[kept]
    return Lives(names, seen, np.where(seen.x > 0, mean, 0.0), total[kept].astype(np.float64))
