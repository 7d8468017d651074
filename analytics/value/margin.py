"""How much of what members pay stays with the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..purchases import Purchases


def margin_of(sales: Purchases, least: float) -> float | None:
    """Margin of what members bought, as a share of its sales, 0..1.

    A cost of 0 in the product master is one that nobody entered. Lines whose cost is not known are taken to have the
    margin of the others.

    Args:
        sales: Purchases; returns take off both sales and cost.
        least: Costs must be known of lines of this share of the sales.

    Returns:
        None where they are not, or where nothing was earned.
    """
    lines = sales.lines_of_members()
    cost = sales.products.set_index("product_id")["cost_minor"]
    each = lines["product_id"].map(cost).to_numpy(dtype=np.float64, na_value=np.nan)
    amount = lines["amount_minor"].to_numpy(dtype=np.float64)
    known = np.nan_to_num(each) > 0
    total, mine = float(amount.sum()), float(amount[known].sum())
    if mine <= 0 or mine < least * total:
        return None
    earned = mine - float((each[known] * lines["quantity"].to_numpy(dtype=np.float64)[known]).sum())
    return float(min(earned / mine, 1.0)) if earned > 0 else None
