"""What stood on the shelves at the end of a day, as far as receipts tell: stock is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import day_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..purchases import Purchases
    from .rules import RecommendRules


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """Which product was sold on which day, to anybody.

    Attributes:
        many: Products.
        what: Place of the product, (n,), each once a day and in order of day.
        day: Days since 1970, (n,).
        gone_days: Who was not sold for longer is gone.
        new_days: Who was first sold in so many last days is new.
    """

    many: int
    what: NDArray[np.int64]
    day: NDArray[np.int64]
    gone_days: int
    new_days: int

    @property
    def began(self) -> int | None:
        """The first day on which anything was sold; None: nothing was."""
        return int(self.day[0]) if len(self.day) else None

    def gone(self, last: int) -> NDArray[np.bool_]:
        """Sold by the end of a day, but not to anybody lately, (many,)."""
        found: NDArray[np.bool_] = last - self._ends(last)[1] > self.gone_days
        return found

    def fresh(self, last: int) -> NDArray[np.bool_]:
        """First sold shortly before the end of a day, or not yet by then, (many,)."""
        first = self._ends(last)[0]
        began = last if self.began is None else self.began
        # Before the receipts began nobody knows what was sold: what was sold in their first days is not new.
        lately = first > max(last - self.new_days, began + self.new_days)
        found: NDArray[np.bool_] = lately | np.isnan(first)
        return found

    def _ends(self, last: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """First and last day of sale by the end of a day; nan: none."""
        then = int(np.searchsorted(self.day, last, side="right"))
        what, day = self.what[:then], self.day[:then]
        first, final = np.full(self.many, np.nan), np.full(self.many, np.nan)
        # In order of day: of several that are written to one place, the last one stays.
        first[what[::-1]], final[what] = day[::-1], day
        return first, final


def shelf(sales: Purchases, products: NDArray[np.object_], rules: RecommendRules) -> Shelf:
    """The shelf of a shop.

    Args:
        sales: What was bought.
        products: Their ids, in order.
        rules: When a product is gone or new.
    """
    rows = sales.lines[sales.lines["kind"] == "sale"]
    what = pd.Index(products).get_indexer(pd.Index(rows["product_id"])).astype(np.int64)
    day = day_numbers(rows["local_date"])
    many = max(len(products), 1)
    once = np.unique(day * many + what)
    return Shelf(len(products), once % many, once // many, rules.gone_days, rules.holdout_days)
