"""What a fitted model is: it gives every product a score for some members. All are linear in the rows but one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.sparse import csr_array

from .measures import lowest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .history import Rows, Scores, Sparse


class Model(Protocol):
    """Gives scores; the higher, the sooner offered."""

    def scores(self, rows: Rows) -> Scores:
        """Of every product for each of the members, shape (n, products)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Popular:
    """The same for everyone.

    Attributes:
        weights: Of each product, shape (products,).
    """

    weights: NDArray[np.float64]

    def scores(self, rows: Rows) -> Scores:
        """Of every product for each of the members, shape (n, products)."""
        return np.broadcast_to(self.weights.astype(np.float32), rows.counts.shape)


@dataclass(frozen=True, slots=True, eq=False)
class ItemWeights:
    """What was bought speaks for what is like it.

    Attributes:
        weights: From the product bought (row) to the one offered (column), shape (products, products).
    """

    weights: NDArray[np.float32]

    def scores(self, rows: Rows) -> Scores:
        """Of every product for each of the members, shape (n, products)."""
        return np.asarray(rows.log.astype(np.float32) @ self.weights)


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """What was bought speaks for what is described in the same words.

    Attributes:
        terms: ``words.tf_idf`` of the products, shape (products, terms).
    """

    terms: Sparse

    def scores(self, rows: Rows) -> Scores:
        """Of every product for each of the members, shape (n, products)."""
        return np.asarray(((rows.log @ self.terms) @ self.terms.T).toarray(), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """What the members bought who buy alike.

    Attributes:
        place: Who may be a neighbour: places among the members, shape (m,).
        bought: What they bought, shape (m, products).
        most: So many of the nearest count.
    """

    place: NDArray[np.int64]
    bought: Sparse
    most: int

    def scores(self, rows: Rows) -> Scores:
        """Of every product for each of the members, shape (n, products)."""
        near = np.asarray((_unit(rows.log) @ _unit(self.bought).T).toarray(), dtype=np.float32)
        # Nobody is a neighbour of oneself: what one bought oneself would come first.
        near[rows.place[:, None] == self.place[None, :]] = 0.0
        if near.shape[1] > self.most:
            near[near < lowest(near, self.most)] = 0.0
        return np.asarray((csr_array(near) @ self.bought).toarray(), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """Members and products as points of a small space (``fitting.als``).

    Attributes:
        items: Of the products, shape (products, factors).
        alpha: Confidence for one unit of the logarithm of the counts.
        ridge: Pull to zero.
    """

    items: NDArray[np.float64]
    alpha: float
    ridge: float

    def scores(self, rows: Rows) -> Scores:
        """Of every product for each of the members, shape (n, products)."""
        return np.asarray(folded(rows.log, self.items, self.alpha, self.ridge) @ self.items.T, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """What the member bought before, most often first; then what everyone buys.

    Attributes:
        kind: ``counts``, ``recent`` or ``due`` of ``Rows``.
        popular: Of each product, shape (products,).
    """

    kind: str
    popular: NDArray[np.float64]

    def scores(self, rows: Rows) -> Scores:
        """Of every product for each of the members, shape (n, products)."""
        rest = 1e-3 * self.popular / max(float(self.popular.max(initial=0.0)), 1e-12)
        return np.asarray(getattr(rows, self.kind).toarray() + rest, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Blend:
    """Several models, each brought to a highest score of 1 for each member, by weight.

    Attributes:
        parts: The models and their weights.
        new: Only what the member never bought counts for that highest score, and can be offered.
    """

    parts: tuple[tuple[Model, float], ...]
    new: bool

    def scores(self, rows: Rows) -> Scores:
        """Of every product for each of the members, shape (n, products)."""
        found = np.zeros(rows.counts.shape, dtype=np.float32)
        for model, weight in self.parts:
            found += np.float32(weight) * levelled(model.scores(rows), rows, new=self.new)
        return found


def levelled(scores: Scores, rows: Rows, *, new: bool) -> Scores:
    """Scores of which the highest is 1 for each member; what was bought before is 0 where only new ones count."""
    found = np.array(scores, dtype=np.float32)
    if new:
        found[rows.ever.nonzero()] = 0.0
    most = found.max(axis=1, initial=0.0)
    return np.asarray(found / np.where(most > 0.0, most, 1.0)[:, None], dtype=np.float32)


def folded(bought: Sparse, items: NDArray[np.float64], alpha: float, ridge: float) -> NDArray[np.float64]:
    """The points of members to given points of products, in one solve for all.

    x_u = (Y'Y + Y'(C_u - 1)Y + ridge)^-1 Y' C_u p_u with C_u = 1 + alpha r_u, and p_u = 1 where r_u > 0.

    Args:
        bought: r, shape (n, products).
        items: Y, shape (products, factors).
        alpha: Confidence for each unit of r.
        ridge: Pull to zero.

    Returns:
        Shape (n, factors).

    Reference:
        Hu, Koren, Volinsky: Collaborative Filtering for Implicit Feedback Datasets, 2008, equation 4.
    """
    size = items.shape[1]
    outer = (items[:, :, None] * items[:, None, :]).reshape(len(items), size * size)
    left = (alpha * (bought @ outer)).reshape(-1, size, size) + items.T @ items + ridge * np.eye(size)
    right = alpha * (bought @ items) + (bought > 0).astype(np.float64) @ items
    return np.asarray(np.linalg.solve(left, right[:, :, None])[:, :, 0])


def _unit(rows: Sparse) -> Sparse:
    """Rows of length 1; those of nothing stay nothing."""
    long = np.sqrt(np.asarray(rows.power(2).sum(axis=1)).ravel())
    return csr_array(rows.multiply((1.0 / np.where(long > 0, long, 1.0))[:, None]))
