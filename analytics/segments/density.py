"""Who fits no group: points in thin places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

from .partition import sample_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOISE = -1
# Neighbours that make a place dense, and how far beyond the usual distances counts as far: Tukey (1977), the far fence.
NEIGHBOURS, FENCE = 10, 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Dense:
    """Where points are dense.

    Attributes:
        cores: Points with enough neighbours, (m, features).
        eps: Who has none of them within this distance fits nowhere.
    """

    cores: NDArray[np.float64]
    eps: float

    def odd(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of the points, (n, features), fit nowhere."""
        if not len(self.cores):
            return np.zeros(len(points), dtype=bool)
        away, _ = scipy.spatial.cKDTree(self.cores).query(points, k=1)
        return np.asarray(away > self.eps)


def dbscan(points: NDArray[np.float64], eps: float, neighbours: int = NEIGHBOURS) -> NDArray[np.int64]:
    """Groups of any shape: Ester, Kriegel, Sander and Xu (1996).

    Args:
        points: (n, features).
        eps: How near neighbours are.
        neighbours: Points within ``eps``, itself included, that make a point a core of a group.

    Returns:
        Group of each point from 0 on, ``NOISE`` for those in none, (n,).
    """
    from sklearn.cluster import DBSCAN

    return np.asarray(DBSCAN(eps=eps, min_samples=neighbours).fit(points).labels_, dtype=np.int64)


def dense_places(points: NDArray[np.float64], neighbours: int = NEIGHBOURS) -> Dense:
    """The cores of DBSCAN in a sample of the points, with a distance that the data give.

    ``eps`` is the far fence of the distances to the ``neighbours``-th neighbour, third quartile and three times the
    distance between the quartiles: most points are cores, and who is beyond ``eps`` of all of them is noise as DBSCAN
    has it. Asking about a point that was not in the sample needs only the cores, so it is linear.

    Args:
        points: (n, features), scaled.
        neighbours: As for ``dbscan``.
    """
    mine = points[sample_of(len(points))]
    if len(mine) <= neighbours:
        return Dense(np.empty((0, points.shape[1])), 0.0)
    away, _ = scipy.spatial.cKDTree(mine).query(mine, k=[neighbours])
    reach = np.asarray(away).ravel()
    first, third = np.quantile(reach, [0.25, 0.75])
    eps = float(third + FENCE * (third - first))
    return Dense(mine[reach <= eps], eps)
