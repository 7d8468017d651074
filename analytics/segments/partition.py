"""K-Means, how good a grouping is, and how many groups there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SEED = 6
SAMPLE = 3_000
STABLE = 0.75
_STARTS, _BOOTSTRAPS, _BOOTSTRAP_STARTS = 10, 6, 3


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """Points in groups.

    Attributes:
        labels: Group of each point, 0 to k - 1, (n,).
        centres: (k, features).
        within_ss: Sum of squared distances to the own centre.
    """

    labels: NDArray[np.int64]
    centres: NDArray[np.float64]
    within_ss: float


@dataclass(frozen=True, slots=True)
class Tried:
    """How well some number of groups fits.

    Attributes:
        groups: How many.
        silhouette: Rousseeuw (1987): -1..1, how much nearer points are to their own group than to the next.
        calinski_harabasz: Calinski and Harabasz (1974): spread between over spread within; more is better.
        davies_bouldin: Davies and Bouldin (1979): likeness of each group to the one most like it; less is better.
        stability: Mean adjusted Rand index between the groups and those found again in bootstrap samples.
    """

    groups: int
    silhouette: float
    calinski_harabasz: float
    davies_bouldin: float
    stability: float


def kmeans(
    points: NDArray[np.float64], groups: int, *, starts: int = _STARTS, begin: NDArray[np.float64] | None = None
) -> Partition:
    """Groups with the least sum of squared distances to their means: Lloyd (1982), begun as Arthur and others (2007).

    Args:
        points: (n, features), n >= groups.
        groups: How many.
        starts: Beginnings, of which the best is kept; always the same ones.
        begin: Centres to begin from instead, (groups, features).
    """
    from sklearn.cluster import KMeans

    first = "k-means++" if begin is None else begin
    model = KMeans(groups, init=first, n_init=starts if begin is None else 1, random_state=SEED)
    model.fit(points)
    return Partition(model.labels_.astype(np.int64), model.cluster_centers_, float(model.inertia_))


def nearest(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.int64]:
    """The nearest centre of each point, (n,)."""
    away = (centres**2).sum(axis=1) - 2.0 * (points @ centres.T)
    return np.asarray(np.argmin(away, axis=1), dtype=np.int64)


def silhouette(points: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """The mean silhouette width: time and memory grow with the square of the points."""
    from sklearn.metrics import silhouette_score

    return float(silhouette_score(points, labels))


def adjusted_rand(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """How far two groupings of the same points agree beyond chance: Hubert and Arabie (1985), equation 5; 1: the same.

    Args:
        first: Any whole numbers, (n,).
        second: The same.
    """
    _, a = np.unique(first, return_inverse=True)
    _, b = np.unique(second, return_inverse=True)
    table = np.zeros((a.max(initial=0) + 1, b.max(initial=0) + 1))
    np.add.at(table, (a, b), 1)

    def pairs(counts: NDArray[np.float64]) -> float:
        return float((counts * (counts - 1)).sum() / 2)

    both, rows, columns = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    total = len(a) * (len(a) - 1) / 2
    expected = rows * columns / total if total else 0.0
    most = (rows + columns) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def sample_of(count: int, most: int = SAMPLE) -> NDArray[np.int64]:
    """Places of a sample, always the same one for the same count, in order."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(SEED).choice(count, most, replace=False))


def try_groups(points: NDArray[np.float64], numbers: Sequence[int]) -> tuple[Tried, ...]:
    """How well each number of groups fits a sample of the points.

    Args:
        points: (n, features), scaled.
        numbers: How many groups to try; those with fewer different points than groups are left out.
    """
    from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

    mine = points[sample_of(len(points))]
    different = len(np.unique(mine, axis=0))
    found = []
    for groups in numbers:
        if not 2 <= groups < different:
            continue
        made = kmeans(mine, groups)
        found.append(
            Tried(
                groups,
                silhouette(mine, made.labels),
                float(calinski_harabasz_score(mine, made.labels)),
                float(davies_bouldin_score(mine, made.labels)),
                _stability(mine, made, groups),
            )
        )
    return tuple(found)


def _stability(points: NDArray[np.float64], made: Partition, groups: int) -> float:
    """Hennig (2007): the groups of bootstrap samples, asked about all points, beside the groups of all points."""
    rng, scores = np.random.default_rng(SEED), []
    for _ in range(_BOOTSTRAPS):
        drawn = points[rng.integers(0, len(points), len(points))]
        if len(np.unique(drawn, axis=0)) < groups:
            continue
        again = kmeans(drawn, groups, starts=_BOOTSTRAP_STARTS)
        scores.append(adjusted_rand(made.labels, nearest(points, again.centres)))
    return float(np.mean(scores)) if scores else 0.0


def best(tried: Sequence[Tried]) -> Tried | None:
    """Of the numbers whose groups are found again in samples, the one with the best silhouette; None: there is none."""
    stable = [one for one in tried if one.stability >= STABLE]
    return max(stable, key=lambda one: (one.silhouette, -one.groups)) if stable else None
