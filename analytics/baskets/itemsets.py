"""Frequent item sets, with whole counts."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from .matrix import Baskets

Items = tuple[int, ...]
# Longer sets than pairs are looked for among the most frequent pairs only: a supermarket has millions of triples.
MOST_PAIRS = 20_000
_ENTRIES = 5_000_000


@dataclass(frozen=True, slots=True, eq=False)
class ItemSets:
    """Item sets that are bought at least so often.

    Attributes:
        receipts: Receipts in all.
        least: Receipts that it takes.
        counts: Receipts that hold a set, by its columns in rising order.
    """

    receipts: int
    least: int
    counts: Mapping[Items, int]

    def of_size(self, size: int) -> list[Items]:
        """The sets of so many items, in order."""
        return sorted(items for items in self.counts if len(items) == size)


def receipts_for(support: float, receipts: int) -> int:
    """The least whole number of receipts with at least such a support.

    ``0.006 * 9835`` is 59.01, so 60; as binary fractions such products may fall on the wrong side of a whole number.
    """
    return max(ceil(Fraction(str(support)) * receipts), 1)


def item_sets(baskets: Baskets, least: int, longest: int | None = None, most_pairs: int | None = None) -> ItemSets:
    """All item sets on at least so many receipts.

    Single items and pairs are counted with the product of the matrix with itself, triples with that of a matrix of
    pairs, where nothing longer is asked for; longer sets by FP-Growth on the receipts that can hold one: those with
    three items that are each in two frequent pairs.

    Args:
        baskets: Where they are looked for.
        least: Receipts, at least 1.
        longest: The largest size; None: any.
        most_pairs: Longer sets consist of the so many most frequent pairs; those as frequent as the last of them are
            left out as well. None: of all.

    Reference:
        Han, Pei, Yin: Mining frequent patterns without candidate generation, 2000.
    """
    each = baskets.each()
    counts: dict[Items, int] = {(int(i),): int(each[i]) for i in np.flatnonzero(each >= least)}
    if longest is not None and longest < 2:
        return ItemSets(baskets.many, least, counts)
    pairs, together = _pairs(baskets, each, least)
    counts |= {(int(a), int(b)): int(n) for (a, b), n in zip(pairs.tolist(), together.tolist(), strict=True)}
    if longest is None or longest > 2:
        floor = least
        if most_pairs is not None and len(pairs) > most_pairs:
            floor = int(np.sort(together)[-most_pairs]) + 1
        counts |= _longer(baskets, pairs[together >= floor], floor, longest)
    return ItemSets(baskets.many, least, counts)


def _pairs(baskets: Baskets, each: NDArray[np.int64], least: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(pairs, 2) columns in rising order, and (pairs,) receipts with both."""
    often = np.flatnonzero(each >= least)
    own = baskets.bought[:, often]
    both = sparse.triu(own.T @ own, 1).tocoo()
    keep = both.data >= least
    rows, columns = np.asarray(both.row)[keep], np.asarray(both.col)[keep]
    order = np.lexsort((columns, rows))
    return np.column_stack([often[rows], often[columns]])[order], both.data[keep][order].astype(np.int64)


def _longer(baskets: Baskets, pairs: NDArray[np.int64], least: int, longest: int | None) -> dict[Items, int]:
    """Item sets of three and more."""
    items, partners = np.unique(pairs, return_counts=True)
    items = items[partners >= 2]
    if len(items) < 3:
        return {}
    own = baskets.bought[:, items]
    own = own[np.flatnonzero(np.diff(own.indptr) >= 3)]
    if own.shape[0] < least:
        return {}
    if longest == 3:
        inside = pairs[np.isin(pairs, items).all(axis=1)]
        found = triples(own, np.searchsorted(items, inside), least)
    else:
        found = grown(own, least, longest)
    return {tuple(sorted(int(items[c]) for c in columns)): count for columns, count in found.items()}


def grown(bought: sparse.csr_array, least: int, longest: int | None) -> dict[Items, int]:
    """Item sets of three and more, by FP-Growth."""
    from mlxtend.frequent_patterns import fpgrowth

    accessor: Any = pd.DataFrame.sparse  # the stubs do not know it on the class
    frame = accessor.from_spmatrix(sparse.csr_matrix(bought, dtype=bool))
    # Half a receipt below the whole number: no rounding can lose a set that is exactly as frequent as asked.
    found = fpgrowth(frame, min_support=(least - 0.5) / len(frame), max_len=longest)
    rows = zip(found["support"], found["itemsets"], strict=True)
    return {tuple(sorted(columns)): round(support * len(frame)) for support, columns in rows if len(columns) >= 3}


def triples(bought: sparse.csr_array, pairs: NDArray[np.int64], least: int) -> dict[Items, int]:
    """Item sets of exactly three, by the product of a matrix of receipts and pairs with that of receipts and items.

    Args:
        bought: (receipts, items).
        pairs: (pairs, 2) the frequent ones, each in rising order, in order.
        least: Receipts that it takes.
    """
    total = sparse.csr_array((len(pairs), bought.shape[1]), dtype=np.int32)
    sizes = np.diff(bought.indptr).astype(np.int64)
    part = np.cumsum(sizes * (sizes - 1) // 2) // _ENTRIES  # so many pairs of receipts are held at once
    for number in range(int(part[-1]) + 1):
        rows = bought[np.flatnonzero(part == number)]
        if rows.shape[0]:
            total = total + _held_pairs(rows, pairs).T @ rows
    found = total.tocoo()
    # Every triple is found by each of its pairs: the one of its first two items tells it.
    keep = (found.data >= least) & (np.asarray(found.col) > pairs[found.row, 1])
    wanted = np.column_stack([pairs[found.row[keep]], found.col[keep]])
    return {(a, b, c): n for (a, b, c), n in zip(wanted.tolist(), found.data[keep].tolist(), strict=True)}


def _held_pairs(bought: sparse.csr_array, pairs: NDArray[np.int64]) -> sparse.csr_array:
    """(receipts, pairs), 1 where a receipt holds one."""
    many = bought.shape[1]
    codes = pairs[:, 0] * many + pairs[:, 1]
    sizes = np.diff(bought.indptr)
    bought.sort_indices()
    at_rows, at_pairs = [], []
    for size in np.unique(sizes[sizes >= 2]):
        rows = np.flatnonzero(sizes == size)
        held = bought.indices[bought.indptr[rows][:, None] + np.arange(size)].astype(np.int64)
        first, second = np.triu_indices(size, 1)
        code = held[:, first] * many + held[:, second]
        place = np.searchsorted(codes, code)
        row, column = np.nonzero(codes[np.minimum(place, len(codes) - 1)] == code)
        at_rows.append(rows[row])
        at_pairs.append(place[row, column])
    where = (np.concatenate(at_rows), np.concatenate(at_pairs))
    ones = np.ones(len(where[0]), dtype=np.int32)
    return sparse.csr_array((ones, where), shape=(bought.shape[0], len(pairs)))


def count_sets(baskets: Baskets, wanted: Sequence[Items]) -> NDArray[np.int64]:
    """(sets,) receipts that hold each of some item sets."""
    found = np.empty(len(wanted), dtype=np.int64)
    each = baskets.each()
    columns = baskets.bought.tocsc()
    pairs = any(len(items) == 2 for items in wanted)
    together = (columns.T @ columns).tocsr() if pairs else columns
    held = np.zeros(baskets.many, dtype=np.int8)
    for place, items in enumerate(wanted):
        if len(items) == 1:
            found[place] = each[items[0]]
        elif len(items) == 2:
            found[place] = together[items[0], items[1]]
        else:
            rows = [columns.indices[slice(*columns.indptr[item : item + 2])] for item in items]
            for mine in rows:
                held[mine] += 1
            found[place] = np.count_nonzero(held[rows[0]] == len(items))
            for mine in rows:
                held[mine] = 0
    return found
