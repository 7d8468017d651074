"""A mixture of tastes: who draws from which of a few distributions over things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .partition import SEED

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

_STEPS, _ENOUGH = 200, 1e-6
# Weight of what all buy in what a group buys, in things of the whole range: no chance is ever nothing.
_SMOOTH = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """A mixture of multinomial distributions.

    Attributes:
        weights: Share of people in each group, (k,).
        chances: What a group buys, (k, things); rows sum to 1.
        log_likelihood: Of the counts that it was fitted to.
        bic: Schwarz (1978): -2 log-likelihood + parameters x log of people.
    """

    weights: NDArray[np.float64]
    chances: NDArray[np.float64]
    log_likelihood: float
    bic: float

    def shares(self, counts: csr_matrix) -> NDArray[np.float64]:
        """How likely each person, (n, things), belongs to each group, (n, k); rows sum to 1."""
        return _expect(counts, self.weights, self.chances)[0]


def mixture(counts: csr_matrix, groups: int, *, starts: int = 6, begin: NDArray[np.float64] | None = None) -> Mixture:
    """Fits by expectation and maximisation: Dempster, Laird and Rubin (1977); Nigam and others (2000) for counts.

    Args:
        counts: How many of each thing each person bought, (n, things).
        groups: How many.
        starts: Random beginnings, always the same ones, of which the most likely is kept.
        begin: What groups buy, to begin from instead, (groups, things).
    """
    rng = np.random.default_rng(SEED)
    overall = np.asarray(counts.sum(axis=0), dtype=np.float64).ravel() + 0.5
    overall /= overall.sum()
    fits = []
    for _ in range(starts if begin is None and groups > 1 else 1):
        if begin is None:
            shares = rng.dirichlet(np.full(groups, 0.3), counts.shape[0])
        else:
            shares = _expect(counts, np.full(groups, 1 / groups), begin)[0]
        fits.append(_climb(counts, shares, overall))
    weights, chances, likelihood = max(fits, key=lambda fit: fit[2])
    parameters = groups - 1 + groups * (counts.shape[1] - 1)
    return Mixture(weights, chances, likelihood, -2 * likelihood + parameters * float(np.log(counts.shape[0])))


def _climb(
    counts: csr_matrix, shares: NDArray[np.float64], overall: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    before = -np.inf
    for _ in range(_STEPS):
        weights = shares.sum(axis=0) + 1.0
        weights /= weights.sum()
        chances = np.asarray((counts.T @ shares).T) + _SMOOTH * len(overall) * overall
        chances /= chances.sum(axis=1, keepdims=True)
        shares, likelihood = _expect(counts, weights, chances)
        if likelihood - before < _ENOUGH * abs(likelihood):
            break
        before = likelihood
    return weights, chances, likelihood


def _expect(
    counts: csr_matrix, weights: NDArray[np.float64], chances: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    logs = np.asarray(counts @ np.log(chances).T) + np.log(weights)
    most = logs.max(axis=1, keepdims=True)
    parts = np.exp(logs - most)
    total = parts.sum(axis=1, keepdims=True)
    return parts / total, float((np.log(total) + most).sum())
