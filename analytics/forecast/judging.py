"""Forecasts are judged on days they had not seen, against the same hour last week; only what beats it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import BACKTEST, BACKTEST_DAYS, check, empty
from .grid import HOURS, WEEK
from .models import NAIVE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from .trials import Trial

    Floats = NDArray[np.float64]


def best_of(trials: Mapping[str, Trial]) -> str:
    """The model with the smallest mean absolute error over the whole horizon; on equal terms the naive one."""
    errors = {name: mae(trial.error) for name, trial in trials.items()}
    return min(errors, key=lambda name: (errors[name], name != NAIVE))


def judged(trials: Mapping[str, Trial], measure: str, chosen: str, scale: float, *, days: bool = False) -> pd.DataFrame:
    """How wrong every model was for the first day, the first week and the whole horizon (cumulative).

    Only open hours, or whole days, that were fully known are judged; a closed hour is known to be 0 and would flatter
    everyone. Intervals at an origin come from the errors that were known at that origin.

    Args:
        trials: By model; empty or without past origins: there is nothing to judge.
        measure: What they forecast.
        chosen: The model that is shown.
        scale: Of MASE: mean absolute difference to a week before, over the days before the first origin; 0: unknown.
        days: They are trials of whole days.

    Returns:
        ``frames.BACKTEST``, or ``frames.BACKTEST_DAYS`` of whole days.

    References:
        R. J. Hyndman, A. B. Koehler, "Another look at measures of forecast accuracy", Int. J. Forecasting 22 (2006).
    """
    contract = BACKTEST_DAYS if days else BACKTEST
    rows = []
    for name, trial in trials.items():
        horizon = trial.mean.shape[1]
        if not np.isfinite(trial.error).any():
            continue
        inside80, inside95 = covered(trial)
        # No row of a horizon that no truth has reached yet: it would say the same of fewer days.
        reached = 1 + int(np.flatnonzero(np.isfinite(trial.error).any(axis=(0, 2)))[-1])
        for ahead in sorted({1, min(WEEK, horizon), horizon, min(reached, horizon)}):
            part = trial.error[:, :ahead]
            if ahead > reached or not np.isfinite(part).any():
                continue
            wrong = mae(part)
            rows.append(
                {
                    "measure": measure,
                    "model": name,
                    "horizon_h": ahead * HOURS,
                    "origins": int(np.isfinite(part).any(axis=(1, 2)).sum()),
                    "mae": wrong,
                    "mase": wrong / scale if scale > 0 else None,
                    "cover80": _share(inside80[:, :ahead]),
                    "cover95": _share(inside95[:, :ahead]),
                    "chosen": name == chosen,
                }
            )
    if not rows:
        return empty(contract)
    found = pd.DataFrame(rows)
    for name in ("mae", "mase", "cover80", "cover95"):
        found[name] = found[name].astype("float64")
    return check(found, contract)


def covered(trial: Trial) -> tuple[Floats, Floats]:
    """(O, H, C) twice: 1 where the truth lay in the 80 % and the 95 % interval, 0 where not, NaN where unknown."""
    bounds, truth = trial.bounds()[:-1], trial.truth[:-1]
    known = np.isfinite(truth) & np.isfinite(bounds).all(axis=3)
    inside80 = (truth >= bounds[..., 1]) & (truth <= bounds[..., 2])
    inside95 = (truth >= bounds[..., 0]) & (truth <= bounds[..., 3])
    return np.asarray(np.where(known, inside80, np.nan)), np.asarray(np.where(known, inside95, np.nan))


def week_scale(values: Floats, first: int) -> float:
    """The mean absolute difference to the same hour, or day, a week before, over the days before the first origin.

    Args:
        values: (D, C), NaN where not known.
        first: The day number of the first origin.
    """
    past = values[:first]
    steps = np.abs(past[WEEK:] - past[:-WEEK])
    return float(np.mean(steps[np.isfinite(steps)])) if np.isfinite(steps).any() else 0.0


def mae(error: Floats) -> float:
    """The mean absolute error over all that is known; infinite where nothing is."""
    known = error[np.isfinite(error)]
    return float(np.mean(np.abs(known))) if len(known) else float("inf")


def _share(inside: Floats) -> float | None:
    known = inside[np.isfinite(inside)]
    return float(known.mean()) if len(known) else None
