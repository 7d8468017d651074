"""The classifiers that compete; each is a function that fits and gives back a function that scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .history import Floats

    Score = Callable[[Floats], Floats]
    Fit = Callable[[Floats, NDArray[np.bool_]], Score]

SEED = 20_240_117
# A forest's trees see so many rows each, the kernel of the vector machine so many in all: the cost stays bounded.
FOREST_ROWS, KERNEL_ROWS = 10_000, 5_000
_TINY = 1e-6


def log_odds(probability: Floats) -> Floats:
    """ln(p / (1 - p)), finite also at 0 and 1."""
    p = np.clip(probability, _TINY, 1 - _TINY)
    found: Floats = np.log(p / (1 - p))
    return found


def _probabilities(model: Any) -> Score:
    return lambda values: log_odds(np.asarray(model.predict_proba(values)[:, 1], dtype=np.float64))


def _decisions(model: Any) -> Score:
    return lambda values: np.asarray(model.decision_function(values), dtype=np.float64)


def fit_logistic(values: Floats, hit: NDArray[np.bool_]) -> Score:
    """Logistic regression on standardised features, a little ridge."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    return _decisions(model.fit(values, hit))


def fit_tree(values: Floats, hit: NDArray[np.bool_]) -> Score:
    """One decision tree with leaves large enough to be shares."""
    from sklearn.tree import DecisionTreeClassifier

    model = DecisionTreeClassifier(max_depth=6, min_samples_leaf=_leaf(hit), random_state=SEED)
    return _probabilities(model.fit(values, hit))


def fit_forest(values: Floats, hit: NDArray[np.bool_]) -> Score:
    """A random forest of a hundred trees."""
    from sklearn.ensemble import RandomForestClassifier

    model = RandomForestClassifier(
        100,
        min_samples_leaf=max(_leaf(hit) // 4, 5),
        max_samples=min(FOREST_ROWS, len(hit)),
        max_features=0.3,
        random_state=SEED,
        n_jobs=1,
    )
    return _probabilities(model.fit(values, hit))


def fit_boosting(values: Floats, hit: NDArray[np.bool_]) -> Score:
    """Gradient boosting over histograms, small trees."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=100,
        learning_rate=0.05,
        max_leaf_nodes=8,
        min_samples_leaf=_leaf(hit),
        l2_regularization=10.0,
        early_stopping=False,
        random_state=SEED,
    )
    return _decisions(model.fit(values, hit))


def fit_svm(values: Floats, hit: NDArray[np.bool_]) -> Score:
    """A support vector machine with a Gaussian kernel, approximated after Williams and Seeger (Nystroem, NIPS 2000)."""
    from sklearn.kernel_approximation import Nystroem
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC

    some = np.random.default_rng(SEED).permutation(len(hit))[:KERNEL_ROWS]
    if hit[some].all() or not hit[some].any():
        some = np.arange(len(hit))
    kernel = Nystroem(gamma=0.02, n_components=min(100, len(some)), random_state=SEED)
    model = make_pipeline(
        StandardScaler(), kernel, LinearSVC(C=0.3, class_weight="balanced", max_iter=20_000, random_state=SEED)
    )
    return _decisions(model.fit(values[some], hit[some]))


def _leaf(hit: NDArray[np.bool_]) -> int:
    """People of a leaf: enough that its share means something, fewer where there are few."""
    return int(np.clip(len(hit) // 50, 10, 200))


# From the plainest: the first that is not clearly worse than the best serves.
MODELS: dict[str, Fit] = {
    "logistic": fit_logistic,
    "tree": fit_tree,
    "boosting": fit_boosting,
    "forest": fit_forest,
    "svm": fit_svm,
}
