"""Forecasts are judged on days they had not seen, against the same hour last week; only what beats it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import BACKTEST, FORECAST, check, empty
from . import conformal
from .grid import HOURS, WEEK, Grid, make_grid
from .models import FORECASTERS, NAIVE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ..opening import Opening
    from .models import Forecaster

    Floats = NDArray[np.float64]

HORIZON_DAYS = 14
# Before the first origin there are at least four weeks to learn from, and at most twelve weeks of origins are judged.
_LEAST_DAYS = 28
_MOST_ORIGINS = 84


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """One model over all origins: means and errors (O, H, 24), NaN where the truth is not known."""

    mean: Floats
    error: Floats


def backtest(
    hours: pd.DataFrame,
    opening: Opening,
    horizon_days: int = HORIZON_DAYS,
    forecasters: Mapping[str, Forecaster] = FORECASTERS,
) -> pd.DataFrame:
    """Judges every forecaster from daily origins at local midnight, refitted at each.

    Only open hours that were fully seen are judged; a closed hour is known to be 0 and would flatter everyone. The
    scale of MASE is the mean absolute difference to the same hour a week before, over the days before the first
    origin. Intervals at an origin come from the errors that were known at that origin.

    Args:
        hours: ``frames.HOURLY`` of whole days, in order.
        opening: When the store is open.
        horizon_days: How far ahead.
        forecasters: By name; must contain ``NAIVE``.

    Returns:
        ``frames.BACKTEST`` for the first day, the first week and the whole horizon (cumulative). ``chosen`` is the
        model with the smallest error over the whole horizon, which is the naive one where nothing beats it. Empty
        where the history is too short to judge.

    References:
        R. J. Hyndman, A. B. Koehler, "Another look at measures of forecast accuracy", Int. J. Forecasting 22 (2006).
    """
    if hours.empty:
        return empty(BACKTEST)
    grid, _ = make_grid(hours, opening, horizon_days)
    return _judged(grid, _trials(grid, horizon_days, forecasters), horizon_days)


def forecast(
    hours: pd.DataFrame,
    opening: Opening,
    horizon_days: int = HORIZON_DAYS,
    forecasters: Mapping[str, Forecaster] = FORECASTERS,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forecasts the visits of the days after the last day of ``hours`` with the model that the backtest chose.

    Args:
        hours: ``frames.HOURLY`` of whole days, in order.
        opening: When the store is open, also in the days to come.
        horizon_days: How many days.
        forecasters: By name; must contain ``NAIVE``.

    Returns:
        ``frames.FORECAST`` (closed hours are 0 for sure; both empty where no visits are known at all) and the
        ``frames.BACKTEST`` that chose. The intervals hold for single hours.
    """
    if hours.empty:
        return empty(FORECAST), empty(BACKTEST)
    grid, coming = make_grid(hours, opening, horizon_days)
    if not np.isfinite(grid.visits).any():
        return empty(FORECAST), empty(BACKTEST)
    trials = _trials(grid, horizon_days, forecasters)
    judged = _judged(grid, trials, horizon_days)
    chosen = NAIVE if judged.empty else str(judged.loc[judged["chosen"], "model"].iloc[0])
    mean = forecasters[chosen](grid, np.array([grid.days], dtype=np.int64), horizon_days)[0]
    groups = conformal.lead_group(horizon_days)
    bounds = np.zeros((horizon_days, HOURS, 4))
    for group in np.unique(groups):
        errors = _scaled(trials[chosen])[:, groups == group] if trials else np.zeros(0)
        bounds[groups == group] = conformal.ends(
            mean[groups == group], conformal.quantiles(errors[np.isfinite(errors)])
        )
    is_open = grid.is_open[grid.days :]
    mean, bounds = np.where(is_open, mean, 0.0), np.where(is_open[..., None], bounds, 0.0)
    day = ((coming["local_date"] - grid.first).dt.days - grid.days).to_numpy(dtype=np.int64)
    hour = coming["local_hour"].to_numpy(dtype=np.int64)
    rows = coming[["hour_utc", "local_date", "local_hour"]].assign(measure="visits", model=chosen, mean=mean[day, hour])
    for position, name in enumerate(("lo95", "lo80", "hi80", "hi95")):
        rows[name] = bounds[day, hour, position]
    return check(rows, FORECAST), judged


def _trials(grid: Grid, horizon: int, forecasters: Mapping[str, Forecaster]) -> dict[str, _Trial]:
    origins = np.arange(max(_LEAST_DAYS, grid.days - _MOST_ORIGINS), grid.days, dtype=np.int64)
    if not len(origins):
        return {}
    days = origins[:, None] + np.arange(horizon)[None, :]
    known = days < grid.days
    truth = np.where(known[..., None], grid.visits[np.where(known, days, 0)], np.nan)
    if not np.isfinite(truth).any():
        return {}
    found = {}
    for name, forecaster in forecasters.items():
        mean = forecaster(grid, origins, horizon)
        found[name] = _Trial(mean, truth - mean)
    return found


def _judged(grid: Grid, trials: dict[str, _Trial], horizon: int) -> pd.DataFrame:
    if not trials:
        return empty(BACKTEST)
    first = grid.days - len(trials[NAIVE].mean)
    past = grid.visits[:first]
    steps = np.abs(past[WEEK:] - past[:-WEEK])
    scale = float(np.mean(steps[np.isfinite(steps)])) if np.isfinite(steps).any() else 0.0
    errors = {name: _mae(trial.error) for name, trial in trials.items()}
    # The naive forecast comes first in the table, so on equal terms it stays.
    best = min(errors, key=lambda name: (errors[name], name != NAIVE))
    rows = []
    for name, trial in trials.items():
        inside = _coverage(trial, horizon)
        for days in sorted({1, min(WEEK, horizon), horizon}):
            part = trial.error[:, :days]
            mae = _mae(part)
            cover = [
                float(np.mean(kept)) if len(kept) else None
                for kept in (i[:, :days][~np.isnan(i[:, :days])] for i in inside)
            ]
            rows.append(
                {
                    "measure": "visits",
                    "model": name,
                    "horizon_h": days * HOURS,
                    "origins": int(np.isfinite(part).any(axis=(1, 2)).sum()),
                    "mae": mae,
                    "mase": mae / scale if scale > 0 else None,
                    "cover80": cover[0],
                    "cover95": cover[1],
                    "chosen": name == best,
                }
            )
    found = pd.DataFrame(rows)
    for name in ("mae", "mase", "cover80", "cover95"):
        found[name] = found[name].astype("float64")
    return check(found, BACKTEST)


def _coverage(trial: _Trial, horizon: int) -> tuple[Floats, Floats]:
    """(O, H, 24) twice: 1 where the truth lay in the 80 % and the 95 % interval, 0 where not, NaN where unknown."""
    scaled = _scaled(trial)
    groups = conformal.lead_group(horizon)
    inside80, inside95 = np.full_like(scaled, np.nan), np.full_like(scaled, np.nan)
    lead = np.arange(horizon)
    for origin in range(len(scaled)):
        # The error of lead l from the origin k days earlier is known when k > l.
        known = (np.arange(origin)[:, None] + lead[None, :]) < origin
        for group in np.unique(groups):
            mine = groups == group
            past = scaled[:origin][known & mine[None, :]]
            limits = conformal.quantiles(past[np.isfinite(past)])
            if limits is None:
                continue
            now = scaled[origin, mine]
            inside80[origin, mine] = np.where(np.isnan(now), np.nan, (now >= limits[1]) & (now <= limits[2]))
            inside95[origin, mine] = np.where(np.isnan(now), np.nan, (now >= limits[0]) & (now <= limits[3]))
    return inside80, inside95


def _scaled(trial: _Trial) -> Floats:
    return np.asarray(trial.error / conformal.spread(trial.mean))


def _mae(error: Floats) -> float:
    known = error[np.isfinite(error)]
    return float(np.mean(np.abs(known))) if len(known) else float("inf")
