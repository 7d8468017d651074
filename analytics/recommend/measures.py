"""How good a list is: of what was offered, how much was bought later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .history import Scores

_RESAMPLES = 1000
_SEED = 0


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What the lists of one model were worth.

    Attributes:
        precision: Of what was offered, the share that was bought.
        recall: Of what was bought, the share that was offered.
        ndcg: Normalised discounted cumulative gain of each member, shape (members,).
        average: Mean of the average precision.
        hit_rate: Share of members who bought at least one of what was offered.
        coverage: Share of the products that stand on at least one list.
        novelty: Mean surprise of what was offered in bits: 0 for what everyone bought.
    """

    precision: float
    recall: float
    ndcg: NDArray[np.float64]
    average: float
    hit_rate: float
    coverage: float
    novelty: float


def best(scores: Scores, most: int) -> NDArray[np.int64]:
    """Places of the highest scores of each row, the highest first; of equal ones the first product.

    Args:
        scores: Shape (n, products); what must not be offered is minus infinity.
        most: How many.

    Returns:
        Shape (n, min(most, products)).
    """
    most = min(most, scores.shape[1])
    if scores.shape[0] == 0 or most == 0:
        return np.zeros((scores.shape[0], most), dtype=np.int64)
    # The last that is let in may have equals: all of them are looked at, then the first are taken.
    inside = scores >= lowest(scores, most)
    width = int(inside.sum(axis=1).max())
    if width > 4 * most + 100:
        return np.asarray(np.argsort(-scores, axis=1, kind="stable")[:, :most])
    row, column = np.nonzero(inside)
    begins = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(scores)))[:-1]])
    place = np.arange(len(row)) - begins[row]
    columns = np.zeros((len(scores), width), dtype=np.int64)
    values = np.full((len(scores), width), np.inf, dtype=scores.dtype)
    columns[row, place], values[row, place] = column, -scores[row, column]
    order = np.argsort(values, axis=1, kind="stable")[:, :most]
    return np.take_along_axis(columns, order, axis=1)


def lowest(scores: Scores, most: int) -> Scores:
    """The lowest of so many highest scores of each row, shape (n, 1).

    Sought from below in the negatives: from above, numpy's partition takes ten times as long where most are equal, and
    most scores are 0.
    """
    return np.asarray(-np.partition(-scores, most - 1, axis=1)[:, most - 1][:, None])


def judged(lists: NDArray[np.int64], bought: NDArray[np.bool_], popular: NDArray[np.float64], most: int) -> Judged:
    """Holds lists against what was bought later.

    nDCG@k is the sum of 1 / log2(1 + rank) over the hits, over that of the best list there could be. Average
    precision is the mean of the precision at each hit, over min(k, bought).

    Args:
        lists: Products offered, the first first, shape (n, k or more); -1: no further one.
        bought: Whether each was bought later, shape (n, products); in every row at least one.
        popular: Members who bought each product before, shape (products,).
        most: k.

    Reference:
        Järvelin, Kekäläinen: Cumulated gain-based evaluation of IR techniques, 2002.
        Vargas, Castells: Rank and relevance in novelty and diversity metrics, 2011.
    """
    offered = lists[:, :most]
    there = offered >= 0
    hits = (np.take_along_axis(bought, np.maximum(offered, 0), axis=1) & there).astype(np.float64)
    many = bought.sum(axis=1).astype(np.float64)
    width = hits.shape[1]
    gains = 1.0 / np.log2(np.arange(2, most + 2))
    ideal = np.cumsum(gains)[np.minimum(many, most).astype(np.int64) - 1]
    so_far = np.cumsum(hits, axis=1) / np.arange(1, width + 1)
    share = (popular + 1.0) / (popular.sum() + len(popular))
    return Judged(
        precision=float(hits.sum(axis=1).mean() / most),
        recall=float((hits.sum(axis=1) / many).mean()),
        ndcg=(hits * gains[:width]).sum(axis=1) / ideal,
        average=float(((so_far * hits).sum(axis=1) / np.minimum(many, most)).mean()),
        hit_rate=float(hits.any(axis=1).mean()),
        coverage=len(np.unique(offered[there])) / bought.shape[1],
        novelty=float((-np.log2(share))[offered[there]].mean()) if there.any() else 0.0,
    )


def differences(ours: NDArray[np.float64], other: NDArray[np.float64]) -> list[tuple[float, float, float]]:
    """The mean differences of models to another over the same members, and their 95 % intervals.

    The members are drawn again, with the same seed each time: the percentile bootstrap.

    Args:
        ours: A value for each member and model, shape (members, models).
        other: A value for each member, shape (members,).

    Returns:
        Mean, low and high of each model; with fewer than two members nothing is excluded.

    Reference:
        Efron, Tibshirani: An Introduction to the Bootstrap, 1993, chapter 13.
    """
    each = ours - other[:, None]
    if len(each) < 2:
        return [(float(one.sum()), -1.0, 1.0) for one in each.T]
    rng = np.random.default_rng(_SEED)
    means = np.array([each[rng.integers(0, len(each), len(each))].mean(axis=0) for _ in range(_RESAMPLES)])
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    return [(float(m), float(a), float(b)) for m, a, b in zip(each.mean(axis=0), low, high, strict=True)]
