"""The forecasters: functions of the grid that see, for each origin, only the days before it.

Each takes the grid, origins (O,) as day numbers and the horizon H in days, and returns (O, H, 24): origin o, lead l is
day ``o + l``. What they say about closed hours does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ..threads import one_thread
from .features import features, past_of
from .grid import HOURS, WEEK, Grid, weeks_of
from .learning import LEAST_TREE_ROWS, columns, ridge_weights, tree_predictions
from .process import day_process

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .features import Past

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NAIVE = "same hour last week"
_BACK_WEEKS = 8
# Before them too little is usual to learn from; a fit wants a week and a half of hours, with more features than that.
_LEAST_PAST = 14
_LEAST_ROWS = 100


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
    """Ridge regression on how far hours will be above usual, on the log scale; see ``learning.columns``."""
    return _told(grid, origins, horizon, (_by_ridge,))


def ridge_and_trees(grid: Grid, origins: Ints, horizon: int) -> Floats:
    """The geometric mean of ``ridge`` and of boosted trees that learn the same from the same: two that err differently.

    Where there is too little to learn from, it is the ridge alone.
    """
    return _told(grid, origins, horizon, (_by_ridge, _by_trees))


def mean_of_three(grid: Grid, origins: Ints, horizon: int) -> Floats:
    """The geometric mean of ``ridge_and_trees`` and of ``process.day_process``, which counts as much as both others.

    Where there are too few days for the process, it is ridge and trees alone.
    """
    both, process = ridge_and_trees(grid, origins, horizon), day_process(grid, origins, horizon)
    mean = np.expm1((np.log1p(both) + np.log1p(process)) / 2.0)
    return np.where(np.isfinite(process), mean, both)


FORECASTERS: Mapping[str, Forecaster] = {
    NAIVE: last_week,
    "median of four weeks": median_of_four,
    "ridge": ridge,
    "mean of three models": mean_of_three,
}


@dataclass(frozen=True, slots=True, eq=False)
class _Lesson:
    """What one fit learns from, and the days that it is asked about.

    Attributes:
        x, trees: (N, F) features of the regression and of the trees.
        y: (N,) above usual, log.
        weight: (N,) a busy hour counts more than a quiet one.
        x_ahead, trees_ahead: (M, F) of the rows asked about.
    """

    x: Floats
    trees: Floats
    y: Floats
    weight: Floats
    x_ahead: Floats
    trees_ahead: Floats


class _Learner(Protocol):
    """Says of the rows ahead how far above usual they will be, log; None where the lesson is too short for it."""

    def __call__(self, lesson: _Lesson) -> Floats | None:
        """Learns and tells."""


def _by_ridge(lesson: _Lesson) -> Floats:
    return np.asarray(lesson.x_ahead @ ridge_weights(lesson.x, lesson.y, lesson.weight))


def _by_trees(lesson: _Lesson) -> Floats | None:
    if len(lesson.y) < LEAST_TREE_ROWS:
        return None
    return tree_predictions(lesson.trees, lesson.y, lesson.weight, lesson.trees_ahead)


@one_thread()
def _told(grid: Grid, origins: Ints, horizon: int, learners: tuple[_Learner, ...]) -> Floats:
    """Fits once a week, on days before the first origin of the week, for each group of lead days; averages."""
    found = np.full((len(origins), horizon, HOURS), np.nan)
    past = past_of(grid)
    tables = [_table(grid, past, lead) for lead in range(horizon)]
    for leads in _lead_groups(horizon):
        x, trees, usual = tables[leads[len(leads) // 2]]
        above = past.log - usual[: grid.days]
        for week in weeks_of(origins):
            known = np.isfinite(above)
            known[:_LEAST_PAST] = False
            known[origins[week[0]] :] = False
            if known.sum() < _LEAST_ROWS:
                continue
            asked = [(number, lead) for number in week for lead in leads if origins[number] + lead < len(usual)]
            ahead = [(tables[lead], origins[number] + lead) for number, lead in asked]
            if not ahead:
                continue
            taught = np.flatnonzero(known.ravel())
            lesson = _Lesson(
                x.reshape(-1, x.shape[2])[taught],
                trees.reshape(-1, trees.shape[2])[taught],
                above.ravel()[taught],
                np.exp(0.5 * usual[: grid.days].ravel()[taught]),
                np.concatenate([table[0][day] for table, day in ahead]),
                np.concatenate([table[1][day] for table, day in ahead]),
            )
            said = [told for learner in learners if (told := learner(lesson)) is not None]
            mean = np.mean(said, axis=0).reshape(-1, HOURS)
            for (number, lead), (table, day), one in zip(asked, ahead, mean, strict=True):
                found[number, lead] = np.maximum(np.expm1(table[2][day] + one), 0.0)
    return np.where(np.isfinite(found), found, median_of_four(grid, origins, horizon))


def _table(grid: Grid, past: Past, lead: int) -> tuple[Floats, Floats, Floats]:
    """(D + H, 24, F) twice, for the regression and for the trees, and (D + H, 24) what is usual."""
    told, usual = features(grid, past, lead)
    return columns(told, past.middle), np.stack(list(told.values()), axis=2), usual


def _lead_groups(horizon: int) -> list[list[int]]:
    """The lead days that share a fit: the first day, the rest of the first week, each week after."""
    found = [[0]] + [list(range(max(first, 1), min(first + WEEK, horizon))) for first in range(0, horizon, WEEK)]
    return [leads for leads in found if leads]


def _same_hours(grid: Grid, origins: Ints, horizon: int) -> Floats:
    """(O, H, 8, 24) the same hours of the weeks before, latest first; nothing of the origin's day or later."""
    days = origins[:, None] + np.arange(horizon)[None, :]
    weeks_ahead = np.arange(horizon) // WEEK
    back = days[:, :, None] - WEEK * (weeks_ahead[None, :, None] + 1 + np.arange(_BACK_WEEKS)[None, None, :])
    return np.asarray(np.where((back >= 0)[..., None], grid.values[np.maximum(back, 0)], np.nan))


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
    known = np.isfinite(grid.values)
    total, count = np.cumsum(np.where(known, grid.values, 0.0), axis=0), np.cumsum(known, axis=0)
    for number, origin in enumerate(origins):
        if origin < 1:
            continue
        sums, counts = total[origin - 1], count[origin - 1]
        overall = sums.sum() / max(counts.sum(), 1)
        usual = np.where(counts > 0, sums / np.maximum(counts, 1), overall)
        found[number] = np.where(np.isfinite(found[number]), found[number], usual)
    return np.nan_to_num(found)
