"""Who bought on which days, as plain arrays: everything else here begins from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import among, day_number, day_numbers

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from ..purchases import Purchases

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Days of purchase by member, in order of member and day.

    Attributes:
        names: Ids of the members who ever bought, in order, (M,).
        member: Row of ``names`` of each day of purchase, (D,).
        day: Days since 1970, (D,).
        amount_minor: Sold to the member that day, minor units, (D,).
        units: Units of that day, (D,).
        first: The first day on which anything was sold, days since 1970.
        last: The last business day that is known, days since 1970.
    """

    names: NDArray[np.object_]
    member: Ints
    day: Ints
    amount_minor: Floats
    units: Floats
    first: int
    last: int

    def bought(self, after: int, until: int) -> NDArray[np.bool_]:
        """Who bought on a day ``after < day <= until``, (M,)."""
        found = np.zeros(len(self.names), dtype=bool)
        found[self.member[(self.day > after) & (self.day <= until)]] = True
        return found

    def known(self, until: int) -> NDArray[np.bool_]:
        """Who had bought by the end of a day, (M,)."""
        return self.bought(self.first - 1, until)


def history(rows: pd.DataFrame, first: date, last: date) -> History:
    """Days of purchase of purchases.

    Args:
        rows: ``member_id``, ``local_date``, ``amount_minor`` and ``units``; several of a member and day are one.
        first: The first day on which anything was sold.
        last: The last business day that is known.
    """
    codes, names = pd.factorize(rows["member_id"].astype("str"), sort=True)
    days = day_numbers(rows["local_date"])
    order = np.lexsort((days, codes))
    codes, days = codes[order].astype(np.int64), days[order]
    new = np.ones(len(codes), dtype=bool)
    new[1:] = (codes[1:] != codes[:-1]) | (days[1:] != days[:-1])
    group = np.cumsum(new) - 1
    many = int(new.sum())
    sums = [
        np.bincount(group, rows[name].to_numpy(dtype=np.float64)[order], many).astype(np.float64)
        for name in ("amount_minor", "units")
    ]
    return History(
        np.asarray(names, dtype=object), codes[new], days[new], sums[0], sums[1], day_number(first), day_number(last)
    )


def history_of(sales: Purchases) -> History:
    """Days of purchase of the members who agreed to it; returns and receipts over nothing are no purchases."""
    sold = sales.receipts[(sales.receipts["kind"] == "sale") & (sales.receipts["amount_minor"] > 0)]
    first = sold["local_date"].min()
    rows = sold.loc[sold["member_id"].notna(), ["receipt_id", "member_id", "local_date", "amount_minor"]]
    rows = rows[among(rows["member_id"], sales.members["member_id"])]
    lines = sales.lines_of_members()
    units = lines.groupby("receipt_id", sort=False)["quantity"].sum()
    rows = rows.assign(units=units.reindex(rows["receipt_id"]).fillna(0).to_numpy())
    begin = sales.as_of if pd.isna(first) else pd.Timestamp(first).date()
    return history(rows, begin, sales.as_of)
