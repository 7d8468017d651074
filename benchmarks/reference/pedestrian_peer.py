"""The best model that was measured elsewhere, rebuilt from its one-line description, to be timed beside ours.

"Ridge on log(1 + y) and HistGradientBoosting (Poisson) on own features": lagged counts, levels, hour, weekday and
holidays, one model a sensor, fitted once a week.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analytics.forecast.grid import Grid

    Floats = NDArray[np.float64]

_LAGS = (1, 2, 3, 4, 5, 6, 7, 14, 21, 28)
_WARM_UP = 28


def peer(name: str, grid: Grid, origins: NDArray[np.int64]) -> Floats:
    """(O, 24) what ``ridge`` or ``trees`` say of the day of each origin."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.linear_model import Ridge
    from threadpoolctl import threadpool_limits

    shared, dummies = _features(grid)
    x = np.concatenate([shared, dummies], axis=2) if name == "ridge" else shared
    found = np.empty((len(origins), 24))
    for first in range(0, len(origins), 7):
        known = np.isfinite(grid.values)
        known[:_WARM_UP], known[origins[first] :] = False, False
        asked = x[origins[first : first + 7]]
        with threadpool_limits(limits=1):
            if name == "ridge":
                middle = np.nanmean(x[known], axis=0)
                taught = np.where(np.isfinite(x), x, middle)
                width = taught[known].std(axis=0) + 1e-9
                fit = Ridge(alpha=10.0).fit((taught[known] - middle) / width, np.log1p(grid.values[known]))
                asked = (np.where(np.isfinite(asked), asked, middle) - middle) / width
                said = np.expm1(fit.predict(asked.reshape(-1, asked.shape[2])))
            else:
                trees = HistGradientBoostingRegressor(
                    loss="poisson", max_iter=200, learning_rate=0.05, min_samples_leaf=40, random_state=0
                )
                said = trees.fit(x[known], grid.values[known]).predict(asked.reshape(-1, asked.shape[2]))
        found[first : first + 7] = np.maximum(said, 0.0).reshape(-1, 24)
    return found


def _features(grid: Grid) -> tuple[Floats, Floats]:
    """(D, 24, F) of both, and those that only the regression needs because it cannot split."""
    log = np.log1p(grid.values)
    count = len(log)

    def back(values: Floats, days: int) -> Floats:
        return np.concatenate([np.full((days, *values.shape[1:]), np.nan), values[:-days]])

    same = np.stack([back(log, 7 * weeks) for weeks in (1, 2, 3, 4)])
    known = np.isfinite(same)
    mean = np.where(
        known.any(axis=0), np.where(known, same, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1), np.nan
    )
    above = log - mean
    daily = np.array([row[np.isfinite(row)].mean() if np.isfinite(row).any() else np.nan for row in above])
    week = np.array([_mean(daily[max(day - 7, 0) : day]) for day in range(count)])
    wide = [back(daily, 1), week, back(log[:, 23], 1), back(log[:, 22], 1)]
    wide += [grid.weekday[:count].astype(float), *(grid.known[:count, which] for which in range(3))]
    columns = [back(log, lag) for lag in _LAGS] + [mean]
    columns += [np.broadcast_to(one[:, None], log.shape) for one in wide]
    columns += [np.broadcast_to(np.arange(24.0), log.shape)]
    kind = np.where(grid.holiday[:count] >= 0, 7, grid.weekday[:count])
    dummies = np.zeros((count, 24, 8 * 24))
    for hour in range(24):
        dummies[np.arange(count), hour, kind * 24 + hour] = 1.0
    return np.stack(columns, axis=2), dummies


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
