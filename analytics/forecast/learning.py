"""Two learners of how far hours will be above usual, on the log scale: a robust ridge regression and small trees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .grid import HOURS, WEEK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_PENALTY = 8.0
# Huber's constant: 95 % as good as least squares where errors are normal.
_HUBER = 1.345
_TURNS = 3
_BLOCKS = 8
# Where an hour is so far from usual (log), more of it teaches the trees nothing.
_CUT = 2.0
_BINS = 48
LEAST_TREE_ROWS = 400
_WEEKEND = 5
_SURPRISE = 0.3
# Features that the regression takes as they are.
_LEVELS = ("mean", "last", "slow")
_DAYS = ("day1", "day3", "day7", "evening", "latest")
_SAME_HOURS = ("hour1", "hour7", "smooth1", "kind3", "kind5", "kind10")
_PLAIN = (*_LEVELS, *_DAYS, *_SAME_HOURS)


def columns(found: dict[str, Floats], middle: float) -> Floats:
    """(N, 24, F) the features of the regression; what is not known is 0, as usual.

    Args:
        found: From ``features.features``, each (N, 24).
        middle: A usual level, log, around which busy and quiet hours are told apart.
    """
    told = {name: np.nan_to_num(values) for name, values in found.items()}
    usual, weekday = told["usual"] - middle, told["weekday"]
    holiday = told.get("holiday", np.zeros_like(usual))
    block = np.repeat(np.arange(_BLOCKS), HOURS // _BLOCKS)
    parts = [(block == which)[None, :].astype(np.float64) for which in range(_BLOCKS)]
    working = (weekday < _WEEKEND).astype(np.float64)
    made = [np.ones_like(usual), usual, usual**2, *(told[name] for name in _PLAIN)]
    made += [np.maximum(told["day1"] - _SURPRISE, 0.0), np.minimum(told["day1"] + _SURPRISE, 0.0)]
    made += [told[name] * told["from_holiday"] for name in ("day1", "hour1", "evening")]
    made += [told["mean"] * part for part in parts]
    made += [told["day1"] * (weekday == day) for day in (0, 5, 6)]
    made += [told["day7"] * working, told["hour7"] * working]
    made += [(weekday == day).astype(np.float64) for day in range(WEEK)]
    made += [np.broadcast_to(np.arange(HOURS) == hour, usual.shape).astype(np.float64) for hour in range(HOURS)]
    if "holiday" in told:
        made += [holiday * told["sunday"], *(told[name] for name in ("same_holiday", "same_eve", "same_after"))]
        made += [holiday * of * part for of in (working, 1.0 - working) for part in parts]
        made += [told[name] * (1.0 - holiday) * part for name in ("before_holiday", "after_holiday") for part in parts]
        made += [told[name] for name in ("event", "promotion", "short_hours")]
        made += [_around_mean(found[name]) for name in ("temperature_c", "rain_mm")]
    return np.stack(made, axis=2)


def _around_mean(values: Floats) -> Floats:
    """Weather less its mean until that day, 10 degrees or mm from it being 1; 0 where it is not known.

    Not the mean of all days: what the weather will be in months must not move what is said today.
    """
    known = np.isfinite(values)
    many = np.maximum(np.cumsum(known, axis=0), 1)
    mean = np.cumsum(np.where(known, values, 0.0), axis=0) / many
    return np.where(known, (values - mean) / 10.0, 0.0)


def ridge_weights(x: Floats, y: Floats, weight: Floats) -> Floats:
    """(F,) of a ridge regression in which far residuals weigh less, as Huber has it.

    Args:
        x: (N, F).
        y: (N,) above usual, log.
        weight: (N,) how much each row counts.

    References:
        A. E. Hoerl, R. W. Kennard, "Ridge regression", Technometrics 12 (1970); P. J. Huber, "Robust estimation of a
        location parameter", Ann. Math. Statist. 35 (1964).
    """
    now = weight / weight.mean()
    found = np.zeros(x.shape[1])
    for turn in range(_TURNS):
        scaled = x * now[:, None]
        found = np.linalg.solve(scaled.T @ x + _PENALTY * np.eye(x.shape[1]), scaled.T @ y)
        if turn + 1 < _TURNS:
            residual = np.abs(y - x @ found)
            # Where most rows lie exactly on the line the median is 0; no row may lose all its weight by that.
            cut = max(_HUBER * 1.4826 * float(np.median(residual)), 1e-9)
            now = weight * np.minimum(1.0, cut / np.maximum(residual, cut))
            now = now / now.mean()
    return found


def tree_predictions(x: Floats, y: Floats, weight: Floats, ahead: Floats) -> Floats:
    """(M,) what boosted trees say of rows ahead; small and few: the signal is small, and a night has many to fit.

    Values are put into 48 equal parts beforehand, which the library would do again and more slowly for every fit with
    weights; a column without at least two of them is left out (the library refuses one that is nowhere known).

    Args:
        x: (N, F) features, NaN where not known.
        y: (N,) above usual, log.
        weight: (N,) how much each row counts.
        ahead: (M, F).

    References:
        J. H. Friedman, "Greedy function approximation: a gradient boosting machine", Ann. Statist. 29 (2001).
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    taught, asked = [], []
    for which in range(x.shape[1]):
        known = x[np.isfinite(x[:, which]), which]
        edges = np.unique(np.quantile(known, np.linspace(0.0, 1.0, _BINS + 1)[1:-1])) if len(known) else known
        codes = _codes(x[:, which], edges)
        if len(np.unique(codes[np.isfinite(codes)])) > 1:
            taught.append(codes)
            asked.append(_codes(ahead[:, which], edges))
    if not taught:
        return np.zeros(len(ahead))
    trees = HistGradientBoostingRegressor(
        max_iter=60,
        learning_rate=0.1,
        max_leaf_nodes=12,
        min_samples_leaf=40,
        max_features=0.4,
        max_bins=64,
        early_stopping=False,
        random_state=0,
    )
    trees.fit(np.stack(taught, axis=1), np.clip(y, -_CUT, _CUT), sample_weight=weight)
    return np.asarray(trees.predict(np.stack(asked, axis=1)), dtype=np.float64)


def _codes(values: Floats, edges: Floats) -> Floats:
    return np.where(np.isfinite(values), np.searchsorted(edges, values), np.nan)
