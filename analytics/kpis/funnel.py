"""From passing a zone to buying what stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..frames import FUNNEL, check, empty

if TYPE_CHECKING:
    from collections.abc import Mapping


def funnel(
    zones: pd.DataFrame,
    sold: pd.DataFrame,
    categories: Mapping[str, str],
    tries: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Entered, engaged, tried, bought, for every zone that stands for a product category.

    Entered: stays of any length. Engaged: of those at least the zone's least time. Tried: items of the category taken
    to a fitting room. Bought: transactions with a product of the category. The four are counted by different means and
    are no people followed through: a share may pass 1, and who buys on the way to the till was never in the zone.

    Args:
        zones: ``frames.ZONE_HOURLY`` of the period.
        sold: ``frames.CATEGORY_DAILY`` of the period.
        categories: Product category by zone id.
        tries: Items tried by category; None: nothing reads them.

    Returns:
        ``frames.FUNNEL``, four rows for each zone in order of name; null, with the reason, where nothing is known.
    """
    mine = zones[zones["zone_id"].isin(list(categories))]
    if mine.empty:
        return empty(FUNNEL)
    bought = sold.groupby("category")["receipts"].sum()
    rows: list[tuple[str, str, int | None, float | None, str | None]] = []
    for (camera, zone), hours in mine.groupby(["camera_id", "zone_id"], sort=True):
        engaged = int(hours["stays"].sum())
        entered = engaged + int(hours["pass_through"].fillna(0).sum())
        category = categories[str(zone)]
        counts: dict[str, tuple[int | None, str | None]] = {"entered": (entered, None), "engaged": (engaged, None)}
        counts["tried"] = (None, "no reader in a fitting room") if tries is None else (tries.get(category, 0), None)
        known = category in bought.index
        counts["bought"] = (int(bought[category]), None) if known else _unsold(category, sold)
        for step, (count, reason) in counts.items():
            share = None if count is None or not entered else count / entered
            rows.append((f"{camera}/{zone}", step, count, share, reason))
    found = pd.DataFrame(rows, columns=FUNNEL.names).astype({"count": "Int64", "of_entered": "float64"})
    return check(found.astype({"reason": "str"}).assign(reason=found["reason"]), FUNNEL)


def _unsold(category: str, sold: pd.DataFrame) -> tuple[int | None, str | None]:
    if sold.empty:
        return None, "no receipt lines with known products"
    return 0, f"nothing of category {category!r} was sold"
