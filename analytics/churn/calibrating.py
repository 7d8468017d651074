"""From a model's score to a probability that means what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy
from scipy.special import expit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .history import Floats


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """p = 1 / (1 + exp(-(slope x (score - middle) / spread + level)))."""

    slope: float
    level: float
    middle: float
    spread: float

    def log_odds(self, score: Floats) -> Floats:
        """ln(p / (1 - p)), (n,)."""
        found: Floats = self.slope * (score - self.middle) / self.spread + self.level
        return found

    def probability(self, score: Floats) -> Floats:
        """P, (n,)."""
        found: Floats = np.asarray(expit(self.log_odds(score)), dtype=np.float64)
        return found


def calibrated(score: Floats, hit: NDArray[np.bool_]) -> Sigmoid:
    """The curve that makes scores on people whom the model has not seen into shares of those who bought.

    A curve with two numbers: an isotonic one follows the noise of a window of a few hundred people. Its level is that
    of the latest window that is over, so a share that fell since the models were taught is put right (prior
    correction). The slope is never negative: a worse score would become a better one.

    Args:
        score: Of the window that calibrates, (n,).
        hit: Who bought, (n,); both kinds occur.

    Reference:
        Platt, Probabilistic outputs for support vector machines, Advances in Large Margin Classifiers, 1999; with the
        targets (n + 1)/(n + 2) and 1/(n + 2) given there, so that no probability becomes 0 or 1.
    """
    many, few = float(hit.sum()), float((~hit).sum())
    target = np.where(hit, (many + 1) / (many + 2), 1 / (few + 2))
    middle, spread = float(score.mean()), max(float(score.std()), 1e-9)
    z = (score - middle) / spread

    def loss(at: Floats) -> tuple[float, Floats]:
        line = at[0] * z + at[1]
        off = expit(line) - target
        return float(np.sum(np.logaddexp(0, line) - target * line)), np.array([off @ z, off.sum()])

    start = np.array([1.0, np.log((many + 1) / (few + 1))])
    found = scipy.optimize.minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, None), (None, None)])
    return Sigmoid(float(found.x[0]), float(found.x[1]), middle, spread)
