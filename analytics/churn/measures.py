"""How good a probability is: order (AUC), closeness (Brier) and honesty (calibration)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy
from scipy.special import ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .history import Floats

BINS = 10
_Z = float(ndtri(0.975))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


def auc(hit: NDArray[np.bool_], score: Floats) -> Estimate:
    """Area under the ROC curve: the chance that who bought had the higher score than who did not.

    Args:
        hit: Who bought, (n,); both kinds occur.
        score: (n,); ties count half.

    Reference:
        DeLong, DeLong, Clarke-Pearson, Comparing the areas under two or more correlated ROC curves, Biometrics 1988.
    """
    values, variance = _placements(hit, score[None, :])
    half = _Z * float(np.sqrt(max(variance[0, 0], 0.0)))
    return Estimate(float(values[0]), max(float(values[0]) - half, 0.0), min(float(values[0]) + half, 1.0))


def auc_gain(hit: NDArray[np.bool_], score: Floats, rival: Floats) -> Estimate:
    """How much larger the area is than a rival's on the same people; interval of DeLong et al. 1988."""
    values, variance = _placements(hit, np.vstack([score, rival]))
    gain = float(values[0] - values[1])
    half = _Z * float(np.sqrt(max(variance[0, 0] + variance[1, 1] - 2 * variance[0, 1], 0.0)))
    return Estimate(gain, gain - half, gain + half)


def _placements(hit: NDArray[np.bool_], scores: Floats) -> tuple[Floats, Floats]:
    """Areas (m,) and their covariance (m, m), by midranks: Sun, Xu, IEEE Signal Processing Letters 2014."""
    many, few = int(hit.sum()), int((~hit).sum())
    among = np.array([scipy.stats.rankdata(row) for row in scores])
    above = np.array([scipy.stats.rankdata(row[hit]) for row in scores])
    below = np.array([scipy.stats.rankdata(row[~hit]) for row in scores])
    right = (among[:, hit] - above) / few
    left = 1.0 - (among[:, ~hit] - below) / many
    covariance = np.zeros((len(scores), len(scores)))
    if many > 1 and few > 1:
        covariance = np.atleast_2d(np.cov(right)) / many + np.atleast_2d(np.cov(left)) / few
    return right.mean(axis=1), covariance


def brier(hit: NDArray[np.bool_], probability: Floats) -> float:
    """Mean squared distance of probability and outcome: Brier, Monthly Weather Review 1950."""
    return float(np.mean((probability - hit) ** 2))


def calibration_error(hit: NDArray[np.bool_], probability: Floats, *, equal_counts: bool = False) -> float:
    """Expected calibration error: |share that bought - mean probability|, weighted by people, over ten bins.

    Args:
        hit: Who bought, (n,).
        probability: (n,), 0..1.
        equal_counts: Bins of equally many people; else of equal width, 0.0-0.1 to 0.9-1.0, empty ones left out.

    Reference:
        Naeini, Cooper, Hauskrecht, Obtaining well calibrated probabilities using Bayesian binning, AAAI 2015.
    """
    place = bins_of(probability) if equal_counts else np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(place, hit - probability, BINS)
    return float(np.abs(gaps).sum() / max(len(hit), 1))


def bins_of(probability: Floats) -> NDArray[np.int64]:
    """The tenth of the people, from the least probable, that each is in; ties stay in the order given."""
    place = np.empty(len(probability), dtype=np.int64)
    place[np.argsort(probability, kind="stable")] = np.arange(len(probability)) * BINS // max(len(probability), 1)
    return place
