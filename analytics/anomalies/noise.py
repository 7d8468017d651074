"""How far a count may lie from what was expected before it is strange."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import ArrayLike, NDArray

    Numbers: TypeAlias = NDArray[np.float64]

# Real counts stray further than a normal curve says: rain, a coach party. The tails are Student's with so many degrees
# of freedom, chosen on street counts of 2015 and on made stores, never on the series that this is measured with.
TAIL = 8.0
# The median of absolute deviations of a normal curve is this part of its standard deviation (Hampel 1974).
MAD = 0.6744897501960817
# Of the variance-stabilising transforms below.
SHIFT = 0.375


def midmean(values: Numbers) -> tuple[Numbers, NDArray[np.int64]]:
    """The mean of the middle half of each column: hardly less robust than the median, and not 0 for rare events.

    Args:
        values: (n, s); NaN: unknown.

    Returns:
        (s,) the means, NaN where nothing is known, and (s,) how many values there are.

    Reference:
        J. W. Tukey, Exploratory Data Analysis, 1977 (the midmean).
    """
    ordered = np.sort(values, axis=0)  # the unknown last
    many = (~np.isnan(values)).sum(axis=0)
    cut = many // 4
    place = np.arange(len(values))[:, None]
    inside = (place >= cut) & (place < many - cut)
    total = np.where(inside, ordered, 0.0).sum(axis=0)
    return np.where(many > 0, total / np.maximum(many - 2 * cut, 1), np.nan), many


def spread(values: Numbers) -> Numbers:
    """The variance of each column of deviations from zero, by the median of their sizes; NaN where there are none.

    Args:
        values: (n, s); NaN: unknown.
    """
    ordered = np.sort(np.abs(values), axis=0)
    many = (~np.isnan(values)).sum(axis=0)
    if not len(values):
        return np.full(values.shape[1], np.nan)
    upper, lower = many // 2, np.maximum(many - 1, 0) // 2
    columns = np.arange(values.shape[1])
    middle = (ordered[np.minimum(upper, len(values) - 1), columns] + ordered[lower, columns]) / 2.0
    found: Numbers = np.where(many > 0, (middle / MAD) ** 2, np.nan)
    return found


def strangeness(counted: ArrayLike, expected: ArrayLike, excess: ArrayLike) -> Numbers:
    """By how many standard deviations counts differ from what was expected, on a scale on which these are alike.

    A count of mean m varies by chance (m) and because days differ (excess times m squared). On the scale
    2 asinh(sqrt(excess (y + 3/8))) / sqrt(excess) its deviation is about 1 at every mean.

    Args:
        counted: Any shape, not negative.
        expected: Of the same shape.
        excess: Of the same shape: the squared relative deviation beyond chance.

    Reference:
        F. J. Anscombe, The transformation of Poisson, binomial and negative-binomial data, Biometrika 35, 1948.
    """
    root = np.sqrt(np.maximum(np.asarray(excess, dtype=np.float64), 1e-9))
    here = np.arcsinh(root * np.sqrt(np.asarray(counted, dtype=np.float64) + SHIFT))
    there = np.arcsinh(root * np.sqrt(np.asarray(expected, dtype=np.float64) + SHIFT))
    found: Numbers = 2.0 / root * (here - there)
    return found


def usual(expected: float, excess: float, sure: float = 0.95) -> tuple[float, float]:
    """Between which counts such a share of all lies: ``strangeness`` turned round.

    Args:
        expected: The mean.
        excess: The squared relative deviation beyond chance.
        sure: The share.
    """
    root = float(np.sqrt(max(excess, 1e-9)))
    middle = np.arcsinh(root * np.sqrt(expected + SHIFT))
    half = float(scipy.stats.t.isf((1.0 - sure) / 2.0, TAIL)) * root / 2.0
    low, high = (float(np.sinh(max(end, 0.0)) ** 2 / root**2 - SHIFT) for end in (middle - half, middle + half))
    return max(low, 0.0), high


def chance(strange: float) -> float:
    """How probable it is that a count is at least so strange, to either side."""
    return float(2.0 * scipy.stats.t.sf(abs(strange), TAIL))
