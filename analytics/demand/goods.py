"""Who bought what, from purchases into panels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import among, day_number
from .panel import Panel, panel

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from ..purchases import Purchases
    from .panel import Ints


def reach_of(sales: Purchases) -> tuple[int, int]:
    """The first day on which anything was sold, and the last known; the same where nothing was."""
    first = sales.receipts["local_date"].min()
    last = day_number(sales.as_of)
    return (last if pd.isna(first) else day_number(pd.Timestamp(first).date())), last


def products_of(sales: Purchases, promotions: Iterable[tuple[date, date, tuple[str, ...]]] = ()) -> Panel:
    """Units sold of every product, by anybody; what came back is not taken off, it was wanted when it was bought."""
    sold = sales.lines[sales.lines["kind"] == "sale"]
    rows = pd.DataFrame({"name": sold["product_id"], "local_date": sold["local_date"], "much": sold["quantity"]})
    first, last = reach_of(sales)
    names = np.sort(rows["name"].unique().astype(str)) if len(rows) else np.array([], dtype=str)
    category = sales.products.set_index("product_id")["category"].reindex(names)
    return panel(rows, first, last, _promoted(list(category), promotions, first, last))


def members_of(sales: Purchases, what: str) -> Panel:
    """Days of purchase, units or minor units of every member who agreed to it.

    Args:
        sales: Purchases.
        what: ``purchases``, ``units`` or ``minor``.
    """
    first, last = reach_of(sales)
    source = sales.lines_of_members() if what == "units" else sales.of_members()
    rows = source[(source["kind"] == "sale") & (source["amount_minor"] > 0)]
    rows = rows[among(rows["member_id"], sales.members["member_id"])]
    if what == "purchases":
        rows = rows.drop_duplicates(["member_id", "local_date"])
    much = {"purchases": 1.0, "units": rows.get("quantity"), "minor": rows["amount_minor"]}[what]
    return panel(pd.DataFrame({"name": rows["member_id"], "local_date": rows["local_date"], "much": much}), first, last)


def _promoted(
    categories: list[str], promotions: Iterable[tuple[date, date, tuple[str, ...]]], first: int, last: int
) -> Ints:
    """Cumulative days of promotion by product, as ``Panel`` wants them; as far ahead as any is planned."""
    known = list(promotions)
    if not known or not categories:
        return np.zeros((1, 1), dtype=np.int64)
    end = max(last, *(day_number(until) for _, until, _ in known))
    kinds, place = np.unique(np.array([str(c) for c in categories]), return_inverse=True)
    running = np.zeros((len(kinds), max(end - first + 2, 1)), dtype=np.int64)
    for begin, until, only in known:
        mine = np.isin(kinds, list(only)) if only else np.ones(len(kinds), dtype=bool)
        low, high = max(day_number(begin) - first + 1, 1), day_number(until) - first + 2
        running[np.ix_(np.flatnonzero(mine), np.arange(low, max(high, low)))] = 1
    found: Ints = running.cumsum(axis=1)[place]
    return found
