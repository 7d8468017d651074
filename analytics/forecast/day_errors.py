"""Intervals of whole days, of which there are too few to count how many lay beyond each end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy

from . import conformal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

# With fewer days even their spread is a guess.
LEAST_DAYS_KNOWN = 8


def day_intervals(mean: Floats, truth: Floats, origins: Ints, unit: Floats) -> Floats:
    """Bounds of whole days from the spread of the errors that were known at each origin.

    A day is forecast from many origins, and these errors are nearly one and the same: a hundred of them are a dozen
    days, too few for ranks to say where 2.5 % lie. A day is a sum over many people, so its scaled error is nearly
    normal around nothing: with ``s^2`` the mean square of the errors of ``n`` distinct days the next one over ``s``
    follows Student's t with ``n`` degrees of freedom.

    Args:
        mean: (O, H, 1) forecasts.
        truth: (O, H, 1) what came; NaN where it is not known.
        origins: (O,) day numbers in order; only errors of days before an origin are known at it.
        unit: (O, H, 1) what errors are scaled with.

    Returns:
        (O, H, 1, 4) lo95, lo80, hi80, hi95, not below 0; NaN where fewer than ``LEAST_DAYS_KNOWN`` days are known.

    References:
        Student (W. S. Gosset), "The probable error of a mean", Biometrika 6 (1908).
    """
    scaled = ((truth - mean) / unit)[..., 0]
    day = origins[:, None] + np.arange(mean.shape[1])[None, :]
    groups = conformal.lead_group(mean.shape[1])
    found = np.full((*mean.shape, 4), np.nan)
    for number, origin in enumerate(origins):
        known = np.isfinite(scaled) & (day < origin)
        for group in np.unique(groups):
            mine = groups == group
            past = known & mine[None, :]
            days = len(np.unique(day[past]))
            if days < LEAST_DAYS_KNOWN:
                continue
            wide = np.sqrt(np.mean(scaled[past] ** 2)) * scipy.stats.t.ppf(conformal.SHARES, days)
            found[number, mine] = np.maximum(mean[number, mine][..., None] + wide * unit[number, mine][..., None], 0.0)
    return found
