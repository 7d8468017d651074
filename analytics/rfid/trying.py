"""From single items to numbers: tries, what they led to, and the list of items to check at the exit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import ITEM_OUTCOMES, ITEMS_DAILY, OUTCOMES, PRODUCTS, check, empty, local_hour

if TYPE_CHECKING:
    from ..frames import StoreTime


def items_daily(outcomes: pd.DataFrame, time_zone: str | StoreTime) -> pd.DataFrame:
    """Items by local day, product and outcome: the roll-up that reports read.

    Args:
        outcomes: ``frames.ITEM_OUTCOMES``; items of unknown products are in no row.
        time_zone: The store's.

    Returns:
        ``frames.ITEMS_DAILY``.
    """
    rows = check(outcomes, ITEM_OUTCOMES)
    rows = rows[rows["product_id"].notna()]
    if rows.empty:
        return empty(ITEMS_DAILY)
    place = np.where(rows["role"] == "exit", "exit_unknown", "tried_unknown")
    name = rows["outcome"].where(rows["outcome"] != "unknown", place)
    day = local_hour(rows["first_at"], time_zone)["local_date"]
    counts = pd.crosstab([day, rows["product_id"]], name).reset_index()
    for outcome in (*(o for o in OUTCOMES if o != "unknown"), "tried_unknown", "exit_unknown"):
        if outcome not in counts:
            counts[outcome] = 0
    return check(counts[ITEMS_DAILY.names], ITEMS_DAILY)


def try_to_buy(items: pd.DataFrame, products: pd.DataFrame, by: str = "product") -> pd.DataFrame:
    """How often what is tried on is bought.

    The conversion is a ratio of sums, tries bought / tries of which it is known, with the 95 % interval by Wilson. One
    try is one item in a fitting room, so three coats that one person tries on are three tries.

    Args:
        items: ``frames.ITEMS_DAILY``.
        products: ``frames.PRODUCTS``.
        by: ``product``, ``category``, ``day`` or ``all``.

    Returns:
        ``group``, ``tries`` (known), ``bought``, ``conversion``, ``low``, ``high`` (null without tries), ``unknown``;
        most tries first, days in order. A product that left the master is of the category ``unknown``.

    Raises:
        ValueError: There is no such grouping.
    """
    from statsmodels.stats.proportion import proportion_confint

    rows = check(items, ITEMS_DAILY)
    categories = check(products, PRODUCTS).set_index("product_id")["category"]
    groups = {
        "product": rows["product_id"],
        "category": rows["product_id"].map(categories).fillna("unknown"),
        "day": rows["local_date"].dt.strftime("%Y-%m-%d"),
        "all": pd.Series("all", index=rows.index),
    }
    if by not in groups:
        raise ValueError(f"{by!r}: known are {', '.join(groups)}")
    parts = {
        "tries": rows["tried_bought"] + rows["tried_not_bought"],
        "bought": rows["tried_bought"],
        "unknown": rows["tried_unknown"],
    }
    sums = pd.DataFrame(parts).groupby(groups[by].rename("group")).sum().reset_index()
    sums = sums[(sums["tries"] > 0) | (sums["unknown"] > 0)]
    some = sums["tries"] > 0
    sums["conversion"] = (sums["bought"] / sums["tries"].where(some)).astype("float64")
    low, high = proportion_confint(sums["bought"], sums["tries"].where(some, 1), method="wilson")
    sums["low"], sums["high"] = pd.Series(low).where(some), pd.Series(high).where(some)
    order = ["group"] if by == "day" else ["tries", "group"]
    sums = sums.sort_values(order, ascending=by == "day" or [False, True], ignore_index=True)
    return sums[["group", "tries", "bought", "conversion", "low", "high", "unknown"]]


def to_check(outcomes: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """Items that passed the exit and that no receipt explains: a list to check stock and receipts by, nothing more.

    Args:
        outcomes: ``frames.ITEM_OUTCOMES``.
        products: ``frames.PRODUCTS``.

    Returns:
        ``first_at``, ``epc``, ``product_id``, ``name``, ``reader_id``, ``probability`` (that no receipt explains it, as
        far as till and tag say), ``reason``; by time.
    """
    rows = check(outcomes, ITEM_OUTCOMES)
    rows = rows[rows["outcome"] == "left_unpaid"].sort_values(["first_at", "epc"], ignore_index=True)
    names = check(products, PRODUCTS).set_index("product_id")["name"]
    rows["name"] = rows["product_id"].map(names)
    return rows[["first_at", "epc", "product_id", "name", "reader_id", "probability", "reason"]]
