"""How far a word might travel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

if TYPE_CHECKING:
    from numpy.typing import NDArray

PASSED_ON = 0.1
_DRAWS = 200
_SEED = 6


def reach(edges: pd.DataFrame, passed_on: float = PASSED_ON) -> pd.DataFrame:
    """How many others each node would reach, on average, if each tie passed a message on with the same chance.

    That is the expected spread of the independent cascade from one node. On ties without a direction it is the mean
    size of its part of the graph when each edge is kept with that chance; 200 such graphs are drawn with a fixed seed.
    It compares places in a graph. It does not say that anybody tells anybody anything: ties are seen from the outside,
    and the chance is assumed.

    Args:
        edges: ``first`` and ``second``.
        passed_on: The chance, 0..1.

    Returns:
        ``node``, in order, and ``reach``, nodes besides itself.

    Reference:
        Kempe, Kleinberg, Tardos: Maximizing the spread of influence through a social network, 2003.
    """
    plain = edges[edges["first"] != edges["second"]][["first", "second"]].drop_duplicates()
    ends, nodes = pd.factorize(pd.concat([plain["first"], plain["second"]], ignore_index=True), sort=True)
    first, second = ends[: len(plain)], ends[len(plain) :]
    total = np.zeros(len(nodes))
    rng = np.random.default_rng(_SEED)
    for _ in range(_DRAWS if len(nodes) else 0):
        kept = rng.random(len(plain)) < passed_on
        total += _sizes(first[kept], second[kept], len(nodes)) - 1
    return pd.DataFrame({"node": nodes, "reach": total / _DRAWS})


def _sizes(first: NDArray[np.int64], second: NDArray[np.int64], many: int) -> NDArray[np.int64]:
    """(nodes,) size of the part that each is in."""
    matrix = sparse.coo_array((np.ones(len(first)), (first, second)), shape=(many, many))
    _, part = csgraph.connected_components(matrix, directed=False)
    return np.asarray(np.bincount(part)[part])
