"""Intervals from the errors that were made: no assumption but that the next errors resemble the last."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from .grid import HOURS, WEEK

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVELS = (0.80, 0.95)
# An interval of 95 % needs at least 40 errors to have 2.5 % beyond each end; with fewer it would be made up.
LEAST_ERRORS = 60
# Night, morning, midday, afternoon, evening: a busy hour errs otherwise than a quiet one, and neighbours alike.
DAY_PARTS = np.repeat(np.arange(5), (7, 4, 4, 4, 5)).astype(np.int64)
SHARES = np.array([0.025, 0.10, 0.90, 0.975])
_LAST_WEEKS = 13
# How far one day of misses moves a level; at .02 a level forgets within about two months.
_STEP = 0.02
_LEAST_SHARE = 0.002


def spread(mean: Floats) -> Floats:
    """The unit in which errors of small and large counts resemble each other: sqrt(1 + mean), as counts vary."""
    return np.asarray(np.sqrt(1.0 + mean))


def lead_group(horizon: int) -> Ints:
    """(H,) which lead days share their errors: the first day, the rest of the first week, the weeks after."""
    lead = np.arange(horizon)
    return np.where(lead == 0, 0, np.where(lead < WEEK, 1, 2)).astype(np.int64)


def quantiles(errors: Floats, shares: Floats = SHARES) -> Floats | None:
    """(4,) scaled errors at the ends of the 80 % and the 95 % interval: lo95, lo80, hi80, hi95.

    The rank is that of split conformal prediction, (n + 1) times the share, on each side by itself.

    Args:
        errors: (N,) errors divided by ``spread``.
        shares: (4,) of the errors that lie below each end.

    Returns:
        None where there are too few errors to tell.

    References:
        V. Vovk, A. Gammerman, G. Shafer, "Algorithmic Learning in a Random World" (2005).
    """
    count = len(errors)
    if count < LEAST_ERRORS:
        return None
    exact = (count + 1) * shares
    rank = np.where(shares < 0.5, np.floor(exact), np.ceil(exact))
    return np.asarray(np.sort(errors)[np.clip(rank, 1, count).astype(np.int64) - 1])


def ends(mean: Floats, scaled: Floats | None, unit: Floats | None = None) -> Floats:
    """(..., 4) lo95, lo80, hi80, hi95 around a mean; those of a Poisson count where no errors are known yet."""
    if scaled is None:
        return np.asarray(scipy.stats.poisson.ppf(SHARES, np.maximum(mean, 1e-9)[..., None]), dtype=np.float64)
    width = spread(mean) if unit is None else unit
    return np.asarray(np.maximum(mean[..., None] + scaled * width[..., None], 0.0))


def intervals(
    mean: Floats, truth: Floats, origins: Ints, parts: Ints | None = None, unit: Floats | None = None
) -> Floats:
    """The intervals of forecasts from successive origins, each from what was known at its origin.

    The errors of the last 13 weeks of origins are kept by group of lead days and by part of the day. The share of
    errors beyond each end follows the misses: where more of the truth fell beyond it than it should, it moves out.
    A part of the day with too few errors takes those of all parts.

    Args:
        mean: (O, H, C) the forecasts; C is 24 hours, or 1 for whole days.
        truth: (O, H, C) what came; NaN where it is not known (yet), or does not count.
        origins: (O,) day numbers, ascending; origin ``o`` knows the truth of the days before it.
        parts: (C,) which columns share their errors, from 0; None: ``DAY_PARTS`` for 24 columns, else all.
        unit: (O, H, C) what errors are measured in; None: ``spread`` of the mean.

    Returns:
        (O, H, C, 4) lo95, lo80, hi80, hi95, not below 0; NaN where fewer than ``LEAST_ERRORS`` errors were known.

    References:
        I. Gibbs, E. Candes, "Adaptive conformal inference under distribution shift", NeurIPS (2021).
    """
    horizon, columns = mean.shape[1:]
    if parts is None:
        parts = DAY_PARTS if columns == HOURS else np.zeros(columns, dtype=np.int64)
    width = spread(mean) if unit is None else unit
    error = (truth - mean) / width
    groups = lead_group(horizon)
    bounds = np.full((*mean.shape, 4), np.nan)
    for group in np.unique(groups):
        leads = np.flatnonzero(groups == group)
        scaled = _scaled_ends(error[:, leads], origins, leads, parts)
        bounds[:, leads] = mean[:, leads, :, None] + scaled[:, None] * width[:, leads, :, None]
    return np.asarray(np.maximum(bounds, 0.0))


def _scaled_ends(error: Floats, origins: Ints, leads: Ints, parts: Ints) -> Floats:
    """(O, C, 4) the ends of one group of lead days, in the unit of the errors (O, L, C)."""
    known_from = np.broadcast_to((origins[:, None] + leads[None, :] + 1)[..., None], error.shape)
    everything = _followed(error, known_from, origins)
    found = np.empty((len(origins), len(parts), 4))
    for part in np.unique(parts):
        mine = parts == part
        own = _followed(error[:, :, mine], known_from[:, :, mine], origins) if not mine.all() else everything
        found[:, mine] = np.where(np.isfinite(own), own, everything)[:, None]
    return found


def _followed(error: Floats, known_from: Ints, origins: Ints) -> Floats:
    """(O, 4) the ends at each origin, their levels following the misses."""
    order = np.flatnonzero(np.isfinite(error).ravel())
    order = order[np.argsort(known_from.ravel()[order], kind="stable")]
    errors, days = error.ravel()[order], known_from.ravel()[order]
    made_at = np.unravel_index(order, error.shape)[0]
    low = SHARES < 0.5
    shares = SHARES.copy()
    found = np.full((len(origins), 4), np.nan)
    seen = 0
    for number, origin in enumerate(origins):
        known = int(np.searchsorted(days, origin, side="right"))
        new, seen = slice(seen, known), known
        ends_then = found[made_at[new]]
        judged = np.isfinite(ends_then[:, 0])
        if judged.any():
            below = np.mean(errors[new][judged, None] < ends_then[judged], axis=0)
            above = np.mean(errors[new][judged, None] > ends_then[judged], axis=0)
            missed = np.where(low, SHARES - below, above - (1.0 - SHARES))
            shares = np.clip(shares + _STEP * missed, _LEAST_SHARE, 1.0 - _LEAST_SHARE)
            shares = np.where(low, np.minimum(shares, 0.4), np.maximum(shares, 0.6))
        start = int(np.searchsorted(days, origin - _LAST_WEEKS * WEEK, side="right"))
        ends_now = quantiles(errors[start:known], np.sort(shares))
        if ends_now is not None:
            found[number] = ends_now
    return found
