"""Finding the weights of a blend on what was bought in a period that the models have not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .measures import best

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from .history import Scores

_STEPS = (-0.25, 0.25, 0.5, 1.0)
_LEAST_GAIN = 1e-4
_MOST_ROUNDS = 6
# So many of each model's first products are looked at: what none of them puts there does not come first in a blend.
_CANDIDATES = 30


def weights(
    parts: Mapping[str, Scores], banned: NDArray[np.bool_], bought: NDArray[np.bool_], start: str, most: int = 10
) -> dict[str, float]:
    """Weights of the parts, by steps that each raise nDCG the most, until none does.

    Args:
        parts: ``models.levelled`` scores by name, shape (n, products) each.
        banned: What must not be offered, shape (n, products).
        bought: What was bought later, shape (n, products).
        start: The part that begins with weight 1.
        most: k of nDCG.

    Returns:
        Weights above 0 by name.
    """
    small, later = _narrowed(parts, banned, bought)
    many = bought.sum(axis=1)
    keep = many > 0
    found = {start: 1.0}
    reached = _gain(small[start], later, many, keep, most)
    for _ in range(_MOST_ROUNDS):
        sum_now = _sum(small, found)
        tried = []
        for name, scores in small.items():
            for step in _STEPS:
                weight = found.get(name, 0.0) + step
                if weight < 0 or (weight == 0 and set(found) == {name}):
                    continue
                mixed = sum_now + np.float32(step) * scores
                tried.append((_gain(mixed, later, many, keep, most), name, weight))
        value, name, weight = max(tried, key=lambda one: one[0])
        if value < reached + _LEAST_GAIN:
            break
        reached = value
        found = {key: w for key, w in {**found, name: weight}.items() if w > 0}
    return found


def _sum(parts: Mapping[str, Scores], found: Mapping[str, float]) -> Scores:
    total = np.zeros_like(next(iter(parts.values())))
    for name, weight in found.items():
        total += np.float32(weight) * parts[name]
    return total


def _gain(
    scores: Scores, later: NDArray[np.bool_], many: NDArray[np.int64], keep: NDArray[np.bool_], most: int
) -> float:
    """NDCG where the narrowed columns do not hold all that was bought."""
    lists = best(scores[keep], most)
    hits = np.take_along_axis(later[keep], lists, axis=1)
    gains = 1.0 / np.log2(np.arange(2, most + 2))
    ideal = np.cumsum(gains)[np.minimum(many[keep], most) - 1]
    return float(((hits * gains[: hits.shape[1]]).sum(axis=1) / ideal).mean())


def _narrowed(
    parts: Mapping[str, Scores], banned: NDArray[np.bool_], bought: NDArray[np.bool_]
) -> tuple[dict[str, Scores], NDArray[np.bool_]]:
    """Only the columns that some part puts among its first, side by side for each member."""
    wanted = np.zeros(bought.shape, dtype=bool)
    for scores in parts.values():
        np.put_along_axis(wanted, best(np.where(banned, np.float32(-np.inf), scores), _CANDIDATES), values=True, axis=1)
    width = max(int(wanted.sum(axis=1).max(initial=1)), 1)
    columns = np.argsort(~wanted, axis=1, kind="stable")[:, :width]
    shut = np.take_along_axis(banned, columns, axis=1)
    small = {
        name: np.where(shut, np.float32(-1e9), np.take_along_axis(scores, columns, axis=1)).astype(np.float32)
        for name, scores in parts.items()
    }
    return small, np.take_along_axis(bought, columns, axis=1)
