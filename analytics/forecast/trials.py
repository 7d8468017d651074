"""Every model from every past midnight, and from the last one: what it said, what came, and the intervals around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import scipy

from . import conformal
from .day_errors import day_intervals
from .grid import HOURS, WEEK
from .models import NAIVE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from .grid import Grid
    from .models import Forecaster

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

# Before the first origin there are at least four weeks to learn from, and at most twelve weeks of origins are judged.
LEAST_DAYS = 28
MOST_ORIGINS = 84
# A model that was better on a day or two was lucky: it is judged by as many known days as a week has.
LEAST_JUDGED = WEEK
# The last known week is a count as much as the week ahead: their difference strays twice as far, as a variance.
_COUNTS = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One model over some past midnights and the last one, from which nothing is known of what came.

    Attributes:
        origins: (O + 1,) day numbers, one after the other; the last is the day after the last known.
        mean: (O + 1, H, C) what it said; C is 24 for hours and 1 for days.
        truth: (O + 1, H, C) what came; NaN where it is not known, the store was closed, or it lies ahead.
        step: (O + 1, H, C) what one more thing adds: 1 for counts, a usual receipt for sales, for a rate one
            transaction over the visits that are expected.
        over: By how much counts vary beyond chance, at least 1; used only until errors are known.
    """

    origins: Ints
    mean: Floats
    truth: Floats
    step: Floats
    over: float = 1.0

    @property
    def unit(self) -> Floats:
        """(O + 1, H, C) what errors are divided by before they are compared: the spread of a count of such things."""
        return np.asarray(self.step * conformal.spread(self.mean / self.step))

    @property
    def error(self) -> Floats:
        """(O, H, C) of the past origins only; NaN where the truth is not known."""
        return np.asarray((self.truth - self.mean)[:-1])

    @property
    def ahead(self) -> Floats:
        """(H, C) what it says from the last origin."""
        return np.asarray(self.mean[-1])

    def latest(self) -> Trial:
        """Only what is said from the last origin."""
        return Trial(self.origins[-1:], self.mean[-1:], self.truth[-1:], self.step[-1:], self.over)

    def bounds(self) -> Floats:
        """(O + 1, H, C, 4) lo95, lo80, hi80, hi95 from the errors known at each origin; NaN where they are too few."""
        if self.mean.shape[2] != HOURS:
            return day_intervals(self.mean, self.truth, self.origins, self.unit)
        return conformal.intervals(self.mean, self.truth, self.origins, unit=self.unit)

    def limits(self) -> Floats:
        """(H, C, 4) of the last origin; where too few errors are known for a lead those of all leads, then of chance.

        Chance is that of two Poisson counts of things of the usual size, of the hour and of the one that it is expected
        from, wider by how much weeks differed beyond it.
        """
        found = self.bounds()[-1]
        if not np.isnan(found).any():
            return np.asarray(found)
        scaled = self.error / self.unit[:-1]
        pooled = conformal.quantiles(scaled[np.isfinite(scaled)])
        ahead = self.ahead[..., None]
        if pooled is None:
            thing = self.step[-1][..., None] * self.over * _COUNTS
            fill = scipy.stats.poisson.ppf(conformal.SHARES, np.maximum(ahead / thing, 1e-9)) * thing
        else:
            fill = np.maximum(ahead + pooled * self.unit[-1][..., None], 0.0)
        return np.asarray(np.where(np.isnan(found), fill, found))


def origins_of(grid: Grid) -> Ints:
    """(O + 1,) the midnights that are judged, and the last one; only that one where the history is too short."""
    past = np.arange(max(LEAST_DAYS, grid.days - MOST_ORIGINS), grid.days, dtype=np.int64)
    return np.append(past, np.int64(grid.days))


def truth_of(grid: Grid, origins: Ints, horizon: int) -> Floats:
    """(O + 1, H, 24) what came; NaN where it is not known or lies ahead."""
    days = origins[:, None] + np.arange(horizon)[None, :]
    known = days < grid.days
    inside = np.where(known, days, 0)
    seen = known[..., None] & grid.is_open[inside]
    return np.asarray(np.where(seen, grid.values[inside], np.nan))


def open_of(grid: Grid, origins: Ints, horizon: int) -> NDArray[np.bool_]:
    """(O + 1, H, 24) when the store is open; False beyond what the grid knows."""
    days = origins[:, None] + np.arange(horizon)[None, :]
    return np.asarray((days < len(grid.is_open))[..., None] & grid.is_open[np.minimum(days, len(grid.is_open) - 1)])


def try_all(grid: Grid, horizon: int, forecasters: Mapping[str, Forecaster], size: float = 1.0) -> dict[str, Trial]:
    """Runs every forecaster from every origin; only the naive one where too few days are known to judge by.

    Args:
        grid: The measure.
        horizon: Days ahead.
        forecasters: By name; must contain ``NAIVE``.
        size: What one more thing adds, see ``Trial``.
    """
    origins = origins_of(grid)
    truth = truth_of(grid, origins, horizon)
    ahead = origins[:, None] + np.arange(horizon)[None, :]
    judged = len(np.unique(ahead[np.isfinite(truth).any(axis=2)])) >= LEAST_JUDGED
    # Goods that came back can outweigh what was sold; forecasts are of no less than nothing, so they learn so.
    learned = replace(grid, values=np.maximum(grid.values, 0.0))
    asked = forecasters if judged else {NAIVE: forecasters[NAIVE]}
    if not judged:
        origins, truth = origins[-1:], truth[-1:]
    is_open = open_of(grid, origins, horizon)
    over = dispersion(grid.values, size)
    found = {}
    for name, forecaster in asked.items():
        mean = np.where(is_open, forecaster(learned, origins, horizon), 0.0)
        found[name] = Trial(origins, mean, truth, np.full_like(mean, size), over)
    return found


def by_day(trial: Trial, grid: Grid) -> Trial:
    """The same of whole days: sums of the open hours; a day of which an open hour is not known is not judged."""
    is_open = open_of(grid, trial.origins, trial.mean.shape[1])
    whole = is_open.any(axis=2) & ~(np.isnan(trial.truth) & is_open).any(axis=2)
    mean = np.where(is_open, trial.mean, 0.0).sum(axis=2)
    truth = np.where(whole, np.where(is_open, trial.truth, 0.0).sum(axis=2), np.nan)
    over = dispersion(whole_days(grid), float(trial.step[0, 0, 0]))
    return Trial(trial.origins, mean[..., None], truth[..., None], trial.step[:, :, :1], over)


def whole_days(grid: Grid) -> Floats:
    """(D, 1) sums of the open hours of every day; NaN where one of them is not known, or the store was closed."""
    is_open = grid.is_open[: grid.days]
    whole = is_open.any(axis=1) & ~(np.isnan(grid.values) & is_open).any(axis=1)
    return np.asarray(np.where(whole, np.where(is_open, grid.values, 0.0).sum(axis=1), np.nan)[:, None])


def dispersion(values: Floats, size: float) -> float:
    """By how much the same hours, or days, of two weeks differ beyond chance, at least 1; 1 where nothing is known.

    A store that is younger than that has only days that follow each other to tell.

    Args:
        values: (D, C), NaN where not known.
        size: What one more thing adds.
    """
    for apart in (WEEK, 1):
        ahead, back = np.maximum(values[apart:], 0.0), np.maximum(values[:-apart], 0.0)
        both = np.isfinite(ahead) & np.isfinite(back)
        total = float((ahead[both] + back[both]).sum())
        if total > 0:
            return max(1.0, float(((ahead[both] - back[both]) ** 2).sum()) / (size * total))
    return 1.0
