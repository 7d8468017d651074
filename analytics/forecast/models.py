"""The forecasters: functions of the grid that see, for each origin, only the days before it.

Each takes the grid, origins (O,) as day numbers and the horizon H in days, and returns (O, H, 24): origin o, lead l is
day ``o + l``. What they say about closed hours does not matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from .grid import HOURS, WEEK, Grid

if TYPE_CHECKING:
    from collections.abc import Mapping

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NAIVE = "same hour last week"
_BACK_WEEKS = 8
_PENALTY = 4.0


class Forecaster(Protocol):
    """One way to forecast."""

    def __call__(self, grid: Grid, origins: Ints, horizon: int) -> Floats:
        """Forecasts ``horizon`` days from each origin."""


def last_week(grid: Grid, origins: Ints, horizon: int) -> Floats:
    """The same hour of the last week before the origin; the week before that where it is not known, and so on."""
    return _filled(grid, origins, _first_known(_same_hours(grid, origins, horizon)))


def median_of_four(grid: Grid, origins: Ints, horizon: int) -> Floats:
    """The median of the last four known same hours of the week."""
    return _filled(grid, origins, _median(_last_known(_same_hours(grid, origins, horizon), 4)))


def ridge(grid: Grid, origins: Ints, horizon: int) -> Floats:
    """Ridge regression on log(1 + visits), one per lead day, fitted anew at every origin.

    Features: weekday, hour, trend, the last known same hour, the mean of the last four and of the last eight (all on
    the log scale), and by how much the last known day and the last week before the origin were above their usual
    level, in all and at this hour. The logarithm is turned back with half the variance of the usual residual, so that
    sums are hardly biased. The mean of all exponentiated residuals was tried: a few festivals in the past lifted every
    forecast by a quarter.

    References:
        A. E. Hoerl, R. W. Kennard, "Ridge regression", Technometrics 12 (1970).
    """
    found = np.full((len(origins), horizon, HOURS), np.nan)
    log_visits = np.log1p(grid.visits)
    level = _level(grid, log_visits)
    for lead in range(horizon):
        features = _features(grid, log_visits, level, lead)
        usable: NDArray[np.bool_] = np.asarray(np.isfinite(features).all(axis=2))
        teaches = usable[: grid.days] & np.isfinite(log_visits)
        x = np.where(teaches[..., None], features[: grid.days], 0.0)
        y = np.where(teaches, log_visits, 0.0)
        # Sums over the days before an origin are all that the normal equations need.
        gram = np.cumsum(np.einsum("dhi,dhj->dij", x, x), axis=0)
        moment = np.cumsum(np.einsum("dhi,dh->di", x, y), axis=0)
        rows = np.cumsum(teaches.sum(axis=1))
        for number, origin in enumerate(origins):
            if origin < 1 or rows[origin - 1] < features.shape[2] or origin + lead >= len(features):
                continue
            weights = np.linalg.solve(gram[origin - 1] + _PENALTY * np.eye(features.shape[2]), moment[origin - 1])
            residual = (y[:origin] - x[:origin] @ weights)[teaches[:origin]]
            deviation = 1.4826 * float(np.median(np.abs(residual)))
            day = origin + lead
            fitted = np.exp(features[day] @ weights + deviation**2 / 2.0) - 1.0
            found[number, lead] = np.where(usable[day], np.maximum(fitted, 0.0), np.nan)
    return np.where(np.isfinite(found), found, median_of_four(grid, origins, horizon))


def blend(grid: Grid, origins: Ints, horizon: int) -> Floats:
    """The mean of ``ridge`` and ``median_of_four``: two that err differently."""
    return (ridge(grid, origins, horizon) + median_of_four(grid, origins, horizon)) / 2.0


FORECASTERS: Mapping[str, Forecaster] = {
    NAIVE: last_week,
    "median of four weeks": median_of_four,
    "ridge": ridge,
    "ridge and median": blend,
}


def _same_hours(grid: Grid, origins: Ints, horizon: int) -> Floats:
    """(O, H, 8, 24) the same hours of the weeks before, latest first; nothing of the origin's day or later."""
    days = origins[:, None] + np.arange(horizon)[None, :]
    weeks_ahead = np.arange(horizon) // WEEK
    back = days[:, :, None] - WEEK * (weeks_ahead[None, :, None] + 1 + np.arange(_BACK_WEEKS)[None, None, :])
    return np.asarray(np.where((back >= 0)[..., None], grid.visits[np.maximum(back, 0)], np.nan))


def _last_known(same: Floats, count: int) -> Floats:
    """Only the first ``count`` known values along the weeks axis, NaN elsewhere."""
    known = np.isfinite(same)
    return np.asarray(np.where(known & (np.cumsum(known, axis=-2) <= count), same, np.nan))


def _first_known(same: Floats) -> Floats:
    return _mean(_last_known(same, 1))


def _mean(values: Floats) -> Floats:
    """The mean along the weeks axis, NaN where nothing is known."""
    known = np.isfinite(values)
    count = known.sum(axis=-2)
    return np.asarray(np.where(count > 0, np.where(known, values, 0.0).sum(axis=-2) / np.maximum(count, 1), np.nan))


def _median(values: Floats) -> Floats:
    """The median along the weeks axis, NaN where nothing is known."""
    ordered = np.sort(values, axis=-2)
    count = np.isfinite(values).sum(axis=-2)
    low = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0)[..., None, :], axis=-2)
    high = np.take_along_axis(ordered, (count // 2 * (count > 0))[..., None, :], axis=-2)
    return np.asarray(np.where(count > 0, ((low + high) / 2.0)[..., 0, :], np.nan))


def _filled(grid: Grid, origins: Ints, found: Floats) -> Floats:
    """Where no same hour is known: the mean of that hour of the clock over the past, else of all, else 0."""
    known = np.isfinite(grid.visits)
    total, count = np.cumsum(np.where(known, grid.visits, 0.0), axis=0), np.cumsum(known, axis=0)
    for number, origin in enumerate(origins):
        if origin < 1:
            continue
        sums, counts = total[origin - 1], count[origin - 1]
        overall = sums.sum() / max(counts.sum(), 1)
        usual = np.where(counts > 0, sums / np.maximum(counts, 1), overall)
        found[number] = np.where(np.isfinite(found[number]), found[number], usual)
    return np.nan_to_num(found)


def _level(grid: Grid, log_visits: Floats) -> Floats:
    """(D + 1, 4, 24) what is known at the start of each day of how far visits were above usual.

    Usual is the mean of the last four same hours, above is the difference of logarithms: of the last known day and of
    the seven days before, each as the mean over all hours and hour by hour (0 where that hour is not known).
    """
    log_grid = Grid(grid.first, log_visits, grid.is_open, grid.weekday)
    usual = _mean(_last_known(_same_hours(log_grid, np.arange(grid.days), 1), 4))[:, 0]
    above = log_visits - usual
    known = np.isfinite(above)
    day = np.where(
        known.any(axis=1), np.where(known, above, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1), np.nan
    )
    found = np.zeros((grid.days + 1, 4, HOURS))
    for start in range(1, grid.days + 1):
        recent = np.flatnonzero(np.isfinite(day[max(start - WEEK, 0) : start])) + max(start - WEEK, 0)
        if len(recent):
            by_hour = np.where(known[recent], above[recent], 0.0)
            found[start, 0], found[start, 1] = day[recent[-1]], day[recent].mean()
            found[start, 2], found[start, 3] = by_hour[-1], by_hour.mean(axis=0)
    return found


def _features(grid: Grid, log_visits: Floats, level: Floats, lead: int) -> Floats:
    """(D + H, 24, F) of every day, as known ``lead`` days before it starts; NaN where too little is known."""
    days = np.arange(len(grid.is_open))
    back = days[:, None] - WEEK * (lead // WEEK + 1 + np.arange(_BACK_WEEKS)[None, :])
    inside = (back >= 0) & (back < grid.days)
    same = np.where(inside[..., None], log_visits[np.clip(back, 0, grid.days - 1)], np.nan)
    origins = days - lead
    now = level[np.clip(origins, 0, grid.days)]
    shape = (len(days), HOURS)
    columns = [np.ones(shape), np.broadcast_to(days[:, None] / 365.0, shape)]
    columns += [_first_known(same), _mean(_last_known(same, 4)), _mean(same)]
    columns += [now[:, which] for which in range(now.shape[1])]
    columns += [np.broadcast_to((grid.weekday == day)[:, None].astype(float), shape) for day in range(WEEK)]
    columns += [np.broadcast_to((np.arange(HOURS) == hour)[None, :].astype(float), shape) for hour in range(HOURS)]
    found = np.stack(columns, axis=2)
    found[origins < 0] = np.nan
    return found
