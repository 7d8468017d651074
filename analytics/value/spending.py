"""Gamma-Gamma: what a purchase of a member is worth.

P. S. Fader and B. G. S. Hardie, "The Gamma-Gamma Model of Monetary Value" (note, 2013): what a member spends varies
from purchase to purchase as a Gamma(p, nu) around a mean of the member's own, and nu is Gamma(q, v) over members. It
holds only where how much does not go with how often: the correlation of the two is said wherever the model is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln, psi

from .fitting import maximise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .fitting import Fitted

    Floats = NDArray[np.float64]

NAMES = ("p", "q", "v")


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """The parameters; ``v`` in the unit of the amounts. The mean over members is finite only with q > 1."""

    p: float
    q: float
    v: float

    @property
    def mean(self) -> float:
        """Of a purchase, over all members."""
        return self.p * self.v / (self.q - 1)


def fit_spending(x: Floats, mean: Floats) -> Fitted:
    """The parameters under which the mean purchases are most likely: equation 1 of the note.

    Args:
        x: Purchases that the mean is of, at least 1, (n,).
        mean: What they were on average, over 0, (n,).

    Returns:
        Logarithms in the order of ``NAMES``; of ``v`` in the unit of the amounts. Not identified where the mean over
        members is not finite.
    """
    # In units of the typical purchase, so that the bounds mean the same in every currency.
    unit = float(np.exp(np.log(mean).mean()))
    z = mean / unit
    counts, at = np.unique(x, return_inverse=True)
    n = np.bincount(at).astype(np.float64)
    log_z, log_x = np.log(z), np.log(x)

    def slope(logs: Floats) -> tuple[float, Floats]:
        p, q, v = np.exp(logs)
        px, log_sum = p * counts, np.log(v + x * z)
        height = n @ (gammaln(px + q) - gammaln(px) - gammaln(q) + q * np.log(v))
        height += float(((p * x - 1) * log_z + p * x * log_x - (p * x + q) * log_sum).sum())
        d_p = n @ (counts * (psi(px + q) - psi(px))) + float((x * (log_z + log_x - log_sum)).sum())
        d_q = n @ (psi(px + q) - psi(q) + np.log(v)) - float(log_sum.sum())
        d_v = len(x) * q / v - float(((p * x + q) / (v + x * z)).sum())
        return float(height) - len(x) * float(np.log(unit)), np.array([d_p * p, d_q * q, d_v * v])

    found = maximise(slope, np.log([2.0, 3.0, 1.0]), float(len(x)))
    finite = found.identified and bool(found.logs[1] > 0)
    return type(found)(found.logs + np.array([0.0, 0.0, np.log(unit)]), found.covariance, found.likelihood, finite)


def expected_purchase(model: GammaGamma, x: Floats, mean: Floats) -> Floats:
    """What the next purchase of each member is expected to be, (n,): equation 5 of the note.

    A mean of all members and the member's own, weighted by how many purchases the own rests on.
    """
    found: Floats = model.p * (model.v + x * mean) / (model.p * x + model.q - 1)
    return found


def purchase_variance(model: GammaGamma, x: Floats, mean: Floats) -> tuple[Floats, Floats]:
    """How far a single purchase lies from the member's true mean, and that from what is expected: two variances, (n,).

    Given nu, a purchase is Gamma(p, nu) with mean p / nu; nu is Gamma(p x + q, v + x mean) for a member of whom so much
    is known. Infinite where q <= 2 and nothing is known: then the spread of the mean is cut at ten times its square.
    """
    shape, rate = model.p * x + model.q, model.v + x * mean
    first = rate / (shape - 1)
    second = np.where(shape > 2.05, rate**2 / ((shape - 1) * np.maximum(shape - 2, 0.05)), 11.0 * first**2)
    return model.p * second, model.p**2 * (second - first**2)
