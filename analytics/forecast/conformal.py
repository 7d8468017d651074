"""Intervals from the errors that were made: no assumption but that the next errors resemble the last."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson

from .grid import WEEK

Floats = NDArray[np.float64]

LEVELS = (0.80, 0.95)
# An interval of 95 % needs at least 40 errors to have 2.5 % beyond each end; with fewer it would be made up.
LEAST_ERRORS = 60


def spread(mean: Floats) -> Floats:
    """The unit in which errors of small and large counts resemble each other: sqrt(1 + mean), as counts vary."""
    return np.asarray(np.sqrt(1.0 + mean))


def lead_group(horizon: int) -> NDArray[np.int64]:
    """(H,) which lead days share their errors: the first day, the rest of the first week, the weeks after."""
    lead = np.arange(horizon)
    return np.where(lead == 0, 0, np.where(lead < WEEK, 1, 2)).astype(np.int64)


def quantiles(errors: Floats) -> Floats | None:
    """(4,) scaled errors at the ends of the 80 % and the 95 % interval: lo95, lo80, hi80, hi95.

    The rank is that of split conformal prediction, (n + 1) times the share, on each side by itself.

    Args:
        errors: (N,) errors divided by ``spread``.

    Returns:
        None where there are too few errors to tell.

    References:
        V. Vovk, A. Gammerman, G. Shafer, "Algorithmic Learning in a Random World" (2005).
    """
    if len(errors) < LEAST_ERRORS:
        return None
    ordered = np.sort(errors)
    found = []
    for share in (0.025, 0.10, 0.90, 0.975):
        rank = np.floor((len(errors) + 1) * share) if share < 0.5 else np.ceil((len(errors) + 1) * share)
        found.append(ordered[int(np.clip(rank, 1, len(errors))) - 1])
    return np.array(found)


def ends(mean: Floats, scaled: Floats | None) -> Floats:
    """(..., 4) lo95, lo80, hi80, hi95 around a mean; those of a Poisson count where no errors are known yet."""
    if scaled is None:
        shares = np.array([0.025, 0.10, 0.90, 0.975])
        return np.asarray(poisson.ppf(shares, np.maximum(mean, 1e-9)[..., None]), dtype=np.float64)
    return np.asarray(np.maximum(mean[..., None] + scaled * spread(mean)[..., None], 0.0))
