"""The regressions that compete; each is a function that fits and gives back a function that predicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from .panel import Floats

    Predict = Callable[[Floats], Floats]
    Fit = Callable[[Floats, Floats], Predict]

SEED = 20_240_117
# Rows that teach a support vector regression: it gains nothing from more.
SVR_ROWS = 5_000


def _scaled(much: Floats) -> float:
    """Amounts are counted in their mean, or minor units would drown every penalty."""
    return max(float(much.mean()), 1e-9)


def _within(predict: Predict, most: float) -> Predict:
    """Never below nothing, and not far beyond what was ever seen: a straight line of logarithms knows no end."""
    return lambda values: np.clip(np.nan_to_num(predict(values), posinf=most), 0.0, most)


def fit_linear(values: Floats, much: Floats) -> Predict:
    """Poisson regression on logarithms (a log link), with a ridge."""
    from sklearn.linear_model import PoissonRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    unit = _scaled(much)
    model = make_pipeline(StandardScaler(), PoissonRegressor(alpha=1e-2, max_iter=300, tol=1e-5))
    return _plain(model.fit(values, much / unit), unit, much)


def fit_tree(values: Floats, much: Floats) -> Predict:
    """One regression tree; a leaf tells its mean."""
    from sklearn.tree import DecisionTreeRegressor

    model = DecisionTreeRegressor(max_depth=8, min_samples_leaf=_leaf(much), random_state=SEED)
    return _plain(model.fit(values, much), 1.0, much)


def fit_boosting(values: Floats, much: Floats) -> Predict:
    """Gradient boosting of small regression trees over histograms, Poisson loss."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    unit = _scaled(much)
    model = HistGradientBoostingRegressor(
        loss="poisson",
        max_iter=80,
        learning_rate=0.06,
        max_leaf_nodes=8,
        min_samples_leaf=_leaf(much),
        l2_regularization=10.0,
        early_stopping=False,
        random_state=SEED,
    )
    return _plain(model.fit(values, much / unit), unit, much)


def fit_svr(values: Floats, much: Floats) -> Predict:
    """Support vector regression of the logarithm, linear, on a sample."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVR

    some = np.random.default_rng(SEED).permutation(len(much))[:SVR_ROWS]
    unit = _scaled(much)
    model = make_pipeline(
        StandardScaler(), LinearSVR(C=0.1, epsilon=0.0, dual=True, max_iter=50_000, random_state=SEED)
    )
    model.fit(values[some], np.log1p(much[some] / unit))
    return _within(lambda new: np.expm1(np.minimum(model.predict(new), 30.0)) * unit, 2 * float(much.max()))


def _plain(model: Any, unit: float, much: Floats) -> Predict:
    most = 2 * float(much.max())
    return _within(lambda values: np.asarray(model.predict(values), dtype=np.float64) * unit, most)


def _leaf(much: Floats) -> int:
    return int(np.clip(len(much) // 100, 5, 100))


# From the plainest: the first that is not clearly worse than the best serves.
MODELS: dict[str, Fit] = {
    "linear": fit_linear,
    "tree": fit_tree,
    "boosting": fit_boosting,
    "svr": fit_svr,
}
