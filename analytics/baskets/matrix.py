"""Receipts and what stood on them, as a matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

PRODUCT, CATEGORY = "product", "category"
LEVELS = (PRODUCT, CATEGORY)


@dataclass(frozen=True, slots=True, eq=False)
class Baskets:
    """What was bought at once.

    Attributes:
        bought: (receipts, items), 1 where an item stands on a receipt, however often; int32.
        items: Names of the columns, in order.
        days: Business day of each receipt, ``datetime64[ms]``; in order.
    """

    bought: sparse.csr_array
    items: tuple[str, ...]
    days: NDArray[np.datetime64]

    @property
    def many(self) -> int:
        """How many receipts there are, those of one item included."""
        return int(self.bought.shape[0])

    def each(self) -> NDArray[np.int64]:
        """(items,) receipts with each item."""
        return np.bincount(self.bought.indices, minlength=len(self.items)).astype(np.int64)

    def rows(self, wanted: NDArray[np.bool_]) -> Baskets:
        """Some of the receipts."""
        return Baskets(self.bought[np.flatnonzero(wanted)], self.items, self.days[wanted])


def of_lines(lines: pd.DataFrame, products: pd.DataFrame | None = None) -> Baskets:
    """Baskets of sales; what came back is no purchase.

    Args:
        lines: ``frames.BOUGHT``.
        products: ``frames.PRODUCTS``: items are their categories; what the product master does not know has none, but
            its receipts count. None: items are products.
    """
    sold = lines[(lines["kind"] == "sale") & (lines["quantity"] > 0)]
    receipt, found = pd.factorize(sold["receipt_id"])
    days = np.empty(len(found), dtype="datetime64[ms]")
    days[receipt] = sold["local_date"].to_numpy()
    item, names = pd.factorize(sold["product_id"], sort=True)
    items = [str(name) for name in names]
    if products is not None:
        known = products.set_index("product_id")["category"].reindex(items)
        kind, groups = pd.factorize(known, sort=True)  # -1: not in the product master
        item, items = kind[item], [str(name) for name in groups]
    return _baskets(receipt[item >= 0], item[item >= 0], len(found), items, days)


def of_sets(baskets: Sequence[Sequence[str]], day: date) -> Baskets:
    """Baskets of names, all of one day: for published data."""
    receipt = np.repeat(np.arange(len(baskets)), [len(one) for one in baskets])
    item, names = pd.factorize(pd.Series([name for one in baskets for name in one], dtype="str"), sort=True)
    days = np.full(len(baskets), np.datetime64(day, "ms"))
    return _baskets(receipt, item, len(baskets), [str(name) for name in names], days)


def _baskets(
    receipt: NDArray[np.int64], item: NDArray[np.int64], many: int, items: list[str], days: NDArray[np.datetime64]
) -> Baskets:
    """Each item counts once on a receipt; receipts in order of days."""
    order = np.argsort(days, kind="stable")
    place = np.empty(many, dtype=np.int64)
    place[order] = np.arange(many)
    ones = np.ones(len(item), dtype=np.int32)
    matrix = sparse.csr_array((ones, (place[receipt], item)), shape=(many, len(items)))
    # Two lines of one product on a receipt are one purchase of it.
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return Baskets(matrix, tuple(items), days[order])
