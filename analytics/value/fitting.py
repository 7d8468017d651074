"""Maximum likelihood with parameters held above zero and inside bounds, and how well the data pin them down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Logarithms: from 0.0025 to 400. What wants to go further is not in the data.
LOWEST, HIGHEST = -6.0, 6.0
AT_BOUND = 0.02
# A parameter that is known to no better than a factor of e**3 either way is not known.
MOST_ERROR = 1.5
_STEP = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Where the likelihood is largest.

    Attributes:
        logs: Logarithms of the parameters, (k,).
        covariance: Of the logarithms, (k, k): the inverse of the observed information.
        likelihood: Its logarithm, of all members together.
        identified: No parameter ran to a bound, and each is known to a factor.
    """

    logs: Floats
    covariance: Floats
    likelihood: float
    identified: bool

    @property
    def values(self) -> Floats:
        """The parameters."""
        return np.exp(self.logs)

    @property
    def errors(self) -> Floats:
        """Standard errors of the logarithms, (k,)."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))


def maximise(
    slope: Callable[[Floats], tuple[float, Floats]], start: Floats, weight: float, *, exact: bool = True
) -> Fitted:
    """Climbs a likelihood along its slope (L-BFGS-B), inside the bounds.

    Args:
        slope: From logarithms of the parameters to the log-likelihood and its slope by them, (k,).
        start: Logarithms to begin with, (k,).
        weight: How many members there are: the climb is scaled by it.
        exact: The slope is in closed form; else it is differences, which end the climb a little below the top.
    """

    def downhill(logs: Floats) -> tuple[float, Floats]:
        height, rise = slope(logs)
        return -height / weight, -rise / weight

    found = scipy.optimize.minimize(
        downhill,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(LOWEST, HIGHEST)] * len(start),
        options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-8} if exact else {"maxiter": 60, "ftol": 1e-10},
    )
    logs = np.asarray(found.x, dtype=np.float64)
    inside = bool(((logs > LOWEST + AT_BOUND) & (logs < HIGHEST - AT_BOUND)).all())
    covariance = _covariance(slope, logs) if inside else np.zeros((len(logs), len(logs)))
    sure = inside and bool((np.diag(covariance) > 0).all()) and bool((np.diag(covariance) < MOST_ERROR**2).all())
    return Fitted(logs, covariance, slope(logs)[0], sure)


def _covariance(slope: Callable[[Floats], tuple[float, Floats]], logs: Floats) -> Floats:
    """The inverse of the curvature; zeros where the likelihood does not curve downwards every way."""
    size = len(logs)
    curvature = np.zeros((size, size))
    for place in range(size):
        step = np.zeros(size)
        step[place] = _STEP
        curvature[place] = (slope(logs + step)[1] - slope(logs - step)[1]) / (2 * _STEP)
    information = -(curvature + curvature.T) / 2
    bends, ways = np.linalg.eigh(information)
    if not np.isfinite(bends).all() or bends[0] <= 1e-8 * max(bends[-1], 1e-300):
        return np.zeros((size, size))
    found: Floats = (ways / bends) @ ways.T
    return found
