"""The job ``network``: who buys and visits together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..frames import NETWORK_GROUPS, NETWORK_MEASURES, NETWORK_PRODUCTS
from ..network import member_network, product_network, product_rows
from .context import Done, Part
from .purchases import answers_part, purchases_of

if TYPE_CHECKING:
    from ..frames import Window
    from .context import Context


def run_network(context: Context, window: Window) -> Done:
    """Members and products as networks, as of the window's last day; of members only sums and means are kept."""
    sales, rules = purchases_of(context, window), context.plan.network
    products = product_network(sales, rules)
    found = [products, *([member_network(sales, rules)] if rules.enabled else [])]
    return Done(
        parts=(
            Part(NETWORK_MEASURES, pd.concat([net.measures for net in found], ignore_index=True)),
            Part(NETWORK_GROUPS, pd.concat([net.groups for net in found], ignore_index=True)),
            Part(NETWORK_PRODUCTS, product_rows(products, sales)),
            answers_part("network", window.last, [net.answer for net in found]),
        )
    )
