"""Fitting the models to what was bought."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .models import Factors, ItemWeights, Neighbours, Own, Popular, Words, folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .history import Rows, Sparse
    from .models import Model

POPULAR, RECENT, ITEM_KNN, USER_KNN, EASE, ALS, CONTENT = (
    "popular",
    "recent",
    "item_knn",
    "user_knn",
    "ease",
    "als",
    "content",
)
OWN, OWN_RECENT, OWN_DUE, HYBRID = "own", "own_recent", "own_due", "hybrid"
NEW_MODELS = (POPULAR, RECENT, ITEM_KNN, USER_KNN, EASE, ALS, CONTENT)
AGAIN_MODELS = (POPULAR, OWN, OWN_RECENT, OWN_DUE, EASE, ALS)

# Chosen on the third quarter of a year of supermarket receipts (docs/recommend.md), each among the few that were tried.
_EASE_RIDGE = 3000.0
_NEIGHBOURS = 400
_POOL = 5000
_FACTORS, _ALPHA, _RIDGE, _ROUNDS = 8, 5.0, 50.0, 8
# So many members are enough for the points of the products; all others are folded in.
_TEACHERS = 10_000
_SEED = 0


def fitted(rows: Rows, terms: Sparse, names: Sequence[str]) -> dict[str, Model]:
    """The models by name.

    Args:
        rows: Everything that may be learned from.
        terms: ``words.tf_idf`` of the products.
        names: Which ones.
    """
    found: dict[str, Model] = {}
    popular = popularity(rows.counts)
    for name in dict.fromkeys(names):
        if name == POPULAR:
            found[name] = Popular(popular)
        elif name == RECENT:
            found[name] = Popular(_total(rows.recent))
        elif name == ITEM_KNN:
            found[name] = ItemWeights(cosine(rows.log))
        elif name == USER_KNN:
            found[name] = neighbours(rows)
        elif name == EASE:
            found[name] = ItemWeights(ease(rows.log, _EASE_RIDGE))
        elif name == ALS:
            found[name] = als(rows)
        elif name == CONTENT:
            found[name] = Words(terms)
        else:
            kinds = {OWN: "counts", OWN_RECENT: "recent", OWN_DUE: "due"}
            found[name] = Own(kinds[name], popular)
    return found


def popularity(counts: Sparse) -> NDArray[np.float64]:
    """How many members bought each product, shape (products,)."""
    return np.bincount(counts.indices, minlength=counts.shape[1]).astype(np.float64)


def _total(table: Sparse) -> NDArray[np.float64]:
    return np.asarray(table.sum(axis=0), dtype=np.float64).ravel()


def cosine(bought: Sparse) -> NDArray[np.float32]:
    """Likeness of products by who bought them: the cosine between their columns, 0 with themselves.

    Args:
        bought: Shape (members or receipts, products).

    Returns:
        Shape (products, products).

    Reference:
        Sarwar, Karypis, Konstan, Riedl: Item-Based Collaborative Filtering Recommendation Algorithms, 2001.
    """
    found = _gram(bought)
    long = np.sqrt(np.diag(found))
    long[long == 0.0] = 1.0
    found /= long[:, None]
    found /= long[None, :]
    np.fill_diagonal(found, 0.0)
    return found.astype(np.float32)


def ease(bought: Sparse, ridge: float) -> NDArray[np.float32]:
    """Weights between products by which each row is best told from its other entries, in closed form.

    With P = (X'X + ridge)^-1: B_ij = -P_ij / P_jj, and 0 on the diagonal.

    Reference:
        Steck: Embarrassingly Shallow Autoencoders for Sparse Data, 2019, equation 8.
    """
    found = _gram(bought)
    found[np.diag_indices_from(found)] += ridge
    found = np.asarray(np.linalg.inv(found), dtype=np.float64)
    found /= -np.diag(found)[None, :].copy()
    np.fill_diagonal(found, 0.0)
    return found.astype(np.float32)


def als(rows: Rows) -> Factors:
    """Points of products by alternating least squares; equal data, equal points.

    Reference:
        Hu, Koren, Volinsky: Collaborative Filtering for Implicit Feedback Datasets, 2008.
    """
    bought = rows.log
    active = np.flatnonzero(np.diff(bought.indptr))
    taught = bought[chosen(active, _TEACHERS)]
    turned = taught.T.tocsr()
    items = np.random.default_rng(_SEED).normal(0.0, 0.05, (bought.shape[1], _FACTORS))
    for _ in range(_ROUNDS):
        people = folded(taught, items, _ALPHA, _RIDGE)
        items = folded(turned, people, _ALPHA, _RIDGE)
    return Factors(items, _ALPHA, _RIDGE)


def neighbours(rows: Rows) -> Neighbours:
    """Nearest members among at most ``_POOL`` of them: a look at each of all would grow with their square."""
    bought = rows.log
    place = chosen(np.flatnonzero(np.diff(bought.indptr)), _POOL)
    return Neighbours(rows.place[place], bought[place], _NEIGHBOURS)


def chosen(places: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many of the places, in order, the same ones each time."""
    if len(places) <= most:
        return places
    return np.sort(np.random.default_rng(_SEED).choice(places, most, replace=False))


def _gram(bought: Sparse) -> NDArray[np.float64]:
    return np.asarray((bought.T @ bought).toarray(), dtype=np.float64)
