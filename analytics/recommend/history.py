"""Who bought what, and when, as numbers that models can calculate with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from ..frames import day_number, day_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..purchases import Purchases

# Arrays of scipy.sparse; which of its classes comes out of an operation differs between its versions.
Sparse: TypeAlias = Any
Scores: TypeAlias = "NDArray[np.float32]"

HALF_LIFE_DAYS = 60.0
_USUAL_GAP_DAYS = 28.0


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What some members bought.

    Attributes:
        place: Their places among all members, shape (n,); -1: one that is none of them.
        counts: Receipts with the product, shape (n, products).
        recent: The same, each worth half after ``HALF_LIFE_DAYS``.
        due: ``counts``, less where far more time went by than usual since the last time.
        ever: 1 for every product ever bought, also where it was taken back.
    """

    place: NDArray[np.int64]
    counts: Sparse
    recent: Sparse
    due: Sparse
    ever: Sparse

    @property
    def log(self) -> Sparse:
        """The logarithm of one more than the counts: the tenth time says less than the first."""
        return self.counts.log1p()

    def __getitem__(self, chosen: NDArray[np.int64] | slice) -> Rows:
        tables = (self.counts, self.recent, self.due, self.ever)
        return Rows(self.place[chosen], *(table[chosen] for table in tables))


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """One event for each product on each receipt of a member, in order of time.

    Attributes:
        members: Everyone who agreed, in order, bought or not.
        products: Everything sold or in the master, in order.
        who: Place in ``members``.
        what: Place in ``products``.
        day: Days since 1970 of the business day.
        receipt: Number of the receipt, growing with time.
        sign: 1 for a sale, -1 for a return.
        last: The day at the end of which the members are looked at.
    """

    members: NDArray[np.object_]
    products: NDArray[np.object_]
    who: NDArray[np.int64]
    what: NDArray[np.int64]
    day: NDArray[np.int64]
    receipt: NDArray[np.int64]
    sign: NDArray[np.int64]
    last: int

    def only(self, kept: NDArray[np.bool_], last: int | None = None) -> History:
        """Some of the events; members and products keep their places."""
        columns = {name: getattr(self, name)[kept] for name in ("who", "what", "day", "receipt", "sign")}
        return replace(self, **columns, last=self.last if last is None else last)

    def table(self, weights: NDArray[np.float64]) -> Sparse:
        """The sum of weights by member and product, shape (members, products); sums below 0 are none."""
        shape = (len(self.members), len(self.products))
        found = csr_array((weights, (self.who, self.what)), shape=shape)
        found.sum_duplicates()
        found.data = np.maximum(found.data, 0.0)
        found.eliminate_zeros()
        return found

    def rows(self) -> Rows:
        """All members."""
        counts = self.table(self.sign.astype(np.float64))
        recent = self.table(self.sign * 0.5 ** ((self.last - self.day) / HALF_LIFE_DAYS))
        # What was taken back is not wanted again, whenever that was.
        recent = (recent * (counts > 0)).tocsr()
        ever = (self.table((self.sign > 0).astype(np.float64)) > 0).astype(np.float64).tocsr()
        return Rows(np.arange(len(self.members), dtype=np.int64), counts, recent, _due(self, counts), ever)


def history(sales: Purchases) -> History:
    """The events of the members who agreed; what was returned takes back what was bought."""
    lines = sales.lines_of_members()
    members = np.sort(sales.members["member_id"].unique().astype(object))
    names = pd.Index(sales.products["product_id"]).union(pd.Index(sales.lines["product_id"].unique()))
    products = np.sort(names.unique().to_numpy().astype(object))
    lines = lines[lines["quantity"] != 0]
    number = pd.Index(sales.receipts["receipt_id"]).get_indexer(pd.Index(lines["receipt_id"]))
    events = pd.DataFrame(
        {
            "receipt": number.astype(np.int64),
            "what": pd.Index(products).get_indexer(pd.Index(lines["product_id"])).astype(np.int64),
            "who": pd.Index(members).get_indexer(pd.Index(lines["member_id"])).astype(np.int64),
            "day": day_numbers(lines["local_date"]),
            "sign": np.sign(lines["quantity"].to_numpy()).astype(np.int64),
        }
    ).drop_duplicates(["receipt", "what"])
    events = events[events["who"] >= 0].sort_values(["receipt", "what"], kind="stable")
    columns = {name: events[name].to_numpy(dtype=np.int64) for name in ("who", "what", "day", "receipt", "sign")}
    last = day_number(sales.as_of)
    return History(members, products, **columns, last=last)


def _due(events: History, counts: Sparse) -> Sparse:
    """Counts, less where the last purchase lies long back against the usual gap between two of this member.

    The weight 1 / (1 + (elapsed / 2 gaps)^2) is ours: 0.8 after one gap, 0.5 after two, 0.1 after six. A member's own
    gap is drawn to that of the shop as if one more gap of that length had been seen.
    """
    sold = events.sign > 0
    if not sold.any():
        return counts.copy()
    pair = events.who[sold] * len(events.products) + events.what[sold]
    by = pd.DataFrame({"pair": pair, "day": events.day[sold]}).groupby("pair")["day"].agg(["min", "max", "count"])
    span = (by["max"] - by["min"]).to_numpy(dtype=np.float64)
    gaps = by["count"].to_numpy(dtype=np.float64) - 1.0
    seen = span[gaps > 0] / gaps[gaps > 0]
    usual = max(float(np.median(seen)), 1.0) if len(seen) else _USUAL_GAP_DAYS
    gap = np.maximum((span + usual) / (gaps + 1.0), 1.0)
    weight = 1.0 / (1.0 + ((events.last - by["max"].to_numpy(dtype=np.float64)) / (2.0 * gap)) ** 2)
    places = by.index.to_numpy(dtype=np.int64)
    who, what = np.divmod(places, len(events.products))
    return (counts * csr_array((weight, (who, what)), shape=counts.shape)).tocsr()
