"""Why a member is told so: what each plain thing known of them adds to or takes from the odds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy

from .features import NAMES
from .models import log_odds

if TYPE_CHECKING:
    from .history import Floats, Ints

# Few numbers that say different things: a reason is told by the sum of its own.
REASONS = {
    "recency": ("recency", "late"),
    "often": ("count",),
    "lately": ("trend",),
    "spend": ("spend_mean", "spend_last"),
    "tenure": ("tenure",),
}
# Less than this nobody would call a reason; beyond these odds more of them is no more to say.
_SMALL, _MOST = 0.05, 4.0
# Numbers that go together bend each other's slopes, even to the other side: "more often than before" would speak for
# leaving. Where everybody knows which way a thing points, it points that way or is no reason.
_FOR, _AGAINST = ("count", "trend"), ("recency", "late")
_RIDGE = 0.01


def effects(told: Floats, values: Floats) -> tuple[Floats, float]:
    """How the log-odds that were told go along with what is known of the members, whoever told them.

    A line is laid through the log-odds of all members by least squares with a little ridge, no slope of which may point
    against ``_FOR`` and ``_AGAINST``, and a reason is the sum of
    coefficients times features less their medians: what it adds against a typical member. The models themselves know
    twenty numbers that say much the same, and what they give to one of them they take from the next; their own
    coefficients would be no reasons. What is known by a straight line alone is not the whole model, so how much of it
    that is comes along.

    Args:
        told: Probabilities, (n,).
        values: Features of all members, (n, k).

    Returns:
        Effects in the order of ``REASONS``, (n, reasons), and the share of the variance of the log-odds that they
        explain, 0..1.

    Reference:
        Craven, Shavlik, Extracting tree-structured representations of trained networks, NIPS 1995, for explaining a
        model by a plainer one that is fitted to its answers.
    """
    names = [name for group in REASONS.values() for name in group]
    known = values[:, [NAMES.index(name) for name in names]]
    spread = np.maximum(known.std(axis=0), 1e-9)
    z = (known - known.mean(axis=0)) / spread
    wanted = np.clip(log_odds(told), -_MOST, _MOST)
    off = wanted - wanted.mean()
    slopes = _slopes(z, off, names)
    rest = float(np.sum((off - z @ slopes) ** 2))
    whole = float(np.sum(off**2))
    share = max(1.0 - rest / whole, 0.0) if whole > 0 else 0.0
    each = (known - np.median(known, axis=0)) / spread * slopes
    ends = np.cumsum([len(group) for group in REASONS.values()])[:-1]
    return np.column_stack([part.sum(axis=1) for part in np.split(each, ends, axis=1)]), share


def _slopes(z: Floats, off: Floats, names: list[str]) -> Floats:
    """Least squares with a ridge inside the bounds, (k,): the normal equations' triangle stands for all members."""
    half = np.linalg.cholesky(z.T @ z + _RIDGE * len(z) * np.eye(len(names)))
    low = [0.0 if name in _FOR else -np.inf for name in names]
    high = [0.0 if name in _AGAINST else np.inf for name in names]
    found: Floats = scipy.optimize.lsq_linear(
        half.T, np.linalg.solve(half, z.T @ off), bounds=(low, high), method="bvls"
    ).x
    return found


def weightiest(found: Floats, most: int = 3) -> tuple[Ints, Floats]:
    """The reasons that count most, and by how much.

    Returns:
        Places in ``REASONS``, -1 where there is no further one, and effects, nan there; both (n, most).
    """
    order = np.argsort(-np.abs(found), axis=1, kind="stable")[:, :most]
    size = np.take_along_axis(found, order, axis=1)
    none = np.abs(size) < _SMALL
    return np.where(none, -1, order).astype(np.int64), np.where(none, np.nan, size)
