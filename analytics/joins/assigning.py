"""Candidates that lie near each other in time, and the best one-to-one pairing of them."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Wider than any two moments from 2000 to 2100 are apart in milliseconds: groups never touch.
_GROUP = 1 << 43


def within(at: Ints, group: Ints, other_at: Ints, other_group: Ints, span: tuple[float, float]) -> tuple[Ints, Ints]:
    """Row numbers of every two of one group that lie near each other.

    Args:
        at: (N,) UTC milliseconds.
        group: (N,) numbers from 0; a negative one has no partner.
        other_at: (M,) UTC milliseconds.
        other_group: (M,) numbers from 0.
        span: Least and most of ``at - other_at``, seconds.

    Returns:
        Row numbers into the first and into the second, same length.
    """
    key = other_group * _GROUP + other_at
    order = np.argsort(key, kind="stable")
    mine = group * _GROUP + at
    first = np.searchsorted(key[order], mine - round(1000 * span[1]), "left")
    last = np.searchsorted(key[order], mine - round(1000 * span[0]), "right")
    counts = np.where(group >= 0, last - first, 0)
    left = np.repeat(np.arange(len(at), dtype=np.int64), counts)
    step = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
    return left, order[np.repeat(first, counts) + step].astype(np.int64)


def best_pairs(left: Ints, right: Ints, weight: Floats) -> Ints:
    """Positions of the candidates that pair off with the largest product of weights, each side used once.

    Staying alone weighs 1, so a candidate that weighs no more is never chosen. Solved cluster by cluster, optimally
    (Jonker and Volgenant).

    Args:
        left: (C,) row numbers.
        right: (C,) row numbers; a pair appears once.
        weight: (C,) how many times likelier the pair is than both alone.
    """
    useful = np.flatnonzero(weight > 1.0)
    if not len(useful):
        return useful.astype(np.int64)
    lefts, row = np.unique(left[useful], return_inverse=True)
    rights, column = np.unique(right[useful], return_inverse=True)
    size = len(lefts) + len(rights)
    links = coo_array((np.ones(len(useful)), (row, len(lefts) + column)), shape=(size, size))
    cluster = connected_components(links, directed=False)[1][row]
    order = np.argsort(cluster, kind="stable")
    chosen: list[Ints] = []
    for part in np.split(order, np.flatnonzero(np.diff(cluster[order])) + 1):
        if len(part) == 1:
            chosen.append(useful[part])
            continue
        rows, at_row = np.unique(row[part], return_inverse=True)
        columns, at_column = np.unique(column[part], return_inverse=True)
        gain = np.zeros((len(rows), len(columns)))
        where = np.full(gain.shape, -1, dtype=np.int64)
        gain[at_row, at_column] = np.log(weight[useful[part]])
        where[at_row, at_column] = useful[part]
        picked = where[scipy.optimize.linear_sum_assignment(gain, maximize=True)]
        chosen.append(picked[picked >= 0])
    return np.sort(np.concatenate(chosen)).astype(np.int64)


def fair_weights(left: Ints, right: Ints, weight: Floats, chosen: Ints) -> Floats:
    """Weights of candidates, each the less the more others claim its right side who have none of their own.

    Args:
        left: (C,) as for ``best_pairs``.
        right: (C,) as for ``best_pairs``.
        weight: (C,) as for ``best_pairs``.
        chosen: What ``best_pairs`` returned.
    """
    if not len(right):
        return weight
    own = np.full(int(left.max()) + 1, -1, dtype=np.int64)
    own[left[chosen]] = right[chosen]
    claims = np.where((own[left] < 0) | (own[left] == right), weight, 0.0)
    rivals = np.bincount(right, weights=claims)[right] - claims
    return np.asarray(weight / (1.0 + np.maximum(rivals, 0.0)), dtype=np.float64)
