"""A forecaster that looks at whole days: which days are alike, and by how much, is asked of the past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

from ..threads import one_thread
from .grid import HOURS, weeks_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .grid import Grid

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_SATURDAY, _SUNDAY, _HOLIDAY = 5, 6, 7
_YEAR = 365.25
# Nothing is learnt of the first days, nor of more than about two years; less than four weeks are too few.
_LEAST_PAST = 14
_LONGEST = 800
_LEAST_DAYS = 28
# A day counts where so much of its opening hours is known; a kind of day has its own usual profile from so many on.
_KNOWN_SHARE = 0.5
_LEAST_OF_KIND = 3
# What is further from usual than so many standard deviations (scores) or so much (log, for the profiles) is cut.
_FAR = 6.0
_CUT = 2.0
# The days that covariances fade over: of one weekday, of working days or weekends, slowly, by the month, at once; and
# how near two days of the year must be to be alike.
_SAME_DAY, _SAME_KIND, _SLOW, _MONTH, _BRIEF, _SEASON = 20.0, 15.0, 300.0, 40.0, 1.5, 10.0
# The shares of the variance that are tried, from and to, in the order of ``_parts``, and how many mixtures of them.
_LOW = (0.005, 0.01, 0.01, 0.01, 0.01, 0.02, 0.01, 0.05, 1.0, 0.05)
_HIGH = (0.05, 0.5, 0.5, 0.4, 0.5, 0.3, 0.5, 0.3, 4.0, 1.0)
_MIXTURES = 64
_SKIPPED = 20
# Covariances that are put together at once, which is quicker than one by one.
_AT_ONCE = 4
_TINY = 1e-6
_BESIDE = ("before_holiday", "after_holiday")
_FLAGS = ("event", "promotion", "short_hours")
_WEATHER = ("temperature_c", "rain_mm")
# The days before and after a holiday are like those of the same holiday by so much of what the holiday itself is.
_EVE = 0.5


@one_thread()
def day_process(grid: Grid, origins: Ints, horizon: int) -> Floats:
    """(O, H, 24) by Gaussian processes over days, one for each principal profile of a day; NaN where nothing is known.

    The log of a day is its usual profile (of the weekday, or of holidays) and a sum of 24 profiles, each with a score.
    The scores of one profile are a Gaussian process over days. Days are alike that have the same weekday, that are near
    in time, that have the same place in the year, that are the same holiday or have an event alike. How much each of
    these counts is asked of the past: each of 64 fixed mixtures counts by how likely the past was under it. Once a week
    the profiles and the mixtures are learnt; from day to day only what happened is added.

    References:
        C. E. Rasmussen, C. K. I. Williams, "Gaussian Processes for Machine Learning", MIT Press (2006), algorithm 2.1
        and section 5.4.3 (sums of covariances, of CO2 over the years); H. L. Shang, R. J. Hyndman, "Nonparametric time
        series forecasting with dynamic updating", Math. Comput. Simul. 81 (2011) (scores of principal profiles);
        J. H. Halton, "On the efficiency of certain quasi-random sequences of points", Numer. Math. 2 (1960).
    """
    found = np.full((len(origins), horizon, HOURS), np.nan)
    log = np.log1p(np.maximum(grid.values, 0.0))
    for week in weeks_of(origins):
        found[week] = _week(grid, log, origins[week], horizon)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Profiles:
    """What days look like.

    Attributes:
        hours: (h,) the hours of which something is known.
        usual: (8, h) log, by weekday and for holidays.
        busy: (h,) how much an hour counts.
        shapes: (h, h) principal profiles as rows.
        width: (h,) the standard deviation of the scores of each.
        scores: (D, h) by day in standard deviations; NaN on days that are not known.
    """

    hours: Ints
    usual: Floats
    busy: Floats
    shapes: Floats
    width: Floats
    scores: Floats


def _week(grid: Grid, log: Floats, origins: Ints, horizon: int) -> Floats:
    """(O, H, 24) from origins of one week; learns from days before the first of them."""
    found = np.full((len(origins), horizon, HOURS), np.nan)
    kinds = np.where(grid.holiday >= 0, _HOLIDAY, grid.weekday)
    end, last = int(origins[0]), int(min(origins[-1], grid.days))
    start = max(_LEAST_PAST, end - _LONGEST)
    profiles = _profiles(grid, log, kinds, start, end)
    if profiles is None:
        return found
    rows = start + np.flatnonzero(np.isfinite(profiles.scores[start:last, 0]))
    taught = int(np.searchsorted(rows, end))
    leads = np.arange(horizon)
    asked = np.unique(np.minimum(origins[:, None] + leads, len(grid.is_open) - 1))
    scores = profiles.scores[rows]
    parts, ahead = _parts(grid, kinds, rows, rows), _parts(grid, kinds, rows, asked)[:-1]
    # Of an origin only days before it are used: the leading block of a triangular factor is the factor of the block.
    before = np.searchsorted(rows, origins)
    where = [np.searchsorted(asked, day) + np.flatnonzero(day + leads < len(grid.is_open)) for day in origins]
    weight, said = _by_mixture(parts, ahead, scores, taught, list(zip(before.tolist(), where, strict=True)))
    for number, (origin, at) in enumerate(zip(origins, where, strict=True)):
        score = sum(share * one[number] for share, one in zip(weight, said, strict=True)) * profiles.width
        day = origin + np.arange(len(at))
        told = profiles.usual[kinds[day]] + (score @ profiles.shapes) / profiles.busy
        found[number][np.ix_(np.arange(len(at)), profiles.hours)] = np.maximum(np.expm1(told), 0.0)
    return found


def _by_mixture(
    parts: Floats, ahead: Floats, scores: Floats, taught: int, asked: list[tuple[int, Ints]]
) -> tuple[Floats, list[list[Floats]]]:
    """How much each mixture counts for each score, (64, h), and what each says of the days that each origin asks for.

    Args:
        parts: (10, N, N) how the known days are alike.
        ahead: (9, N, M) how known days and days ahead are alike.
        scores: (N, h) of the known days.
        taught: So many of them, the first ones, say which mixtures are likely.
        asked: For each origin how many of the known days it may use, and which of the days ahead it asks for.
    """
    likely, said = [], []
    for shares in np.split(_mixtures(), _MIXTURES // _AT_ONCE):
        blocks = (shares @ parts.reshape(len(parts), -1)).reshape(-1, len(scores), len(scores))
        sides = (shares[:, :-1] @ ahead.reshape(len(ahead), -1)).reshape(-1, len(scores), ahead.shape[2])
        for between, side in zip(blocks, sides, strict=True):
            between[np.diag_indices(len(scores))] += _TINY
            factor = scipy.linalg.cholesky(between.T, lower=True, overwrite_a=True, check_finite=False)
            right = np.concatenate([scores, side], axis=1)
            solved = scipy.linalg.solve_triangular(factor, right, lower=True, check_finite=False)
            news, across = solved[:, : scores.shape[1]], solved[:, scores.shape[1] :]
            likely.append(-0.5 * (news[:taught] ** 2).sum(axis=0) - np.log(np.diag(factor)[:taught]).sum())
            said.append([across[:count, at].T @ news[:count] for count, at in asked])
    weight = np.exp(np.array(likely) - np.max(likely, axis=0))
    weight /= weight.sum(axis=0)
    return weight, said


def _profiles(grid: Grid, log: Floats, kinds: Ints, start: int, end: int) -> _Profiles | None:
    """Learns profiles from days from ``start`` to before ``end``, and puts all days into them; None: too few days."""
    known = np.isfinite(log)
    usable = known.sum(axis=1) >= np.maximum(_KNOWN_SHARE * grid.is_open[: grid.days].sum(axis=1), 1.0)
    past = usable.copy()
    past[:start], past[end:] = False, False
    if past.sum() < _LEAST_DAYS:
        return None
    hours = np.flatnonzero(known[past].any(axis=0))
    log, known = log[:, hours], known[:, hours]
    usual = _usual(log, kinds[: grid.days], past)
    taught = np.where(known[past], log[past], 0.0)
    busy = np.sqrt(np.where(known[past], np.exp(0.5 * taught), 0.0).sum(axis=0) / known[past].sum(axis=0))
    above = log - usual[kinds[: grid.days]]
    # An hour that is not known was as far above usual as the rest of its day.
    rest = np.where(known, above * busy, 0.0).sum(axis=1) / np.maximum((known * busy).sum(axis=1), _TINY)
    above = np.where(known, above, rest[:, None])
    shapes = np.linalg.svd(np.clip(above[past], -_CUT, _CUT) * busy, full_matrices=False)[2]
    scores = (above * busy) @ shapes.T
    mine = scores[past]
    width = np.maximum(1.4826 * np.median(np.abs(mine), axis=0), 0.5 * mine.std(axis=0)) + 1e-9
    scores = np.where(usable[:, None], np.clip(scores / width, -_FAR, _FAR), np.nan)
    return _Profiles(hours, usual, busy, shapes, width, scores)


def _usual(log: Floats, kinds: Ints, past: NDArray[np.bool_]) -> Floats:
    """(8, h) the median of every kind of day; few holidays are as Sundays, and what is rare as the hour of any day."""
    of_any = np.nanmedian(log[past], axis=0)
    usual = np.tile(of_any, (_HOLIDAY + 1, 1))
    for kind in range(_HOLIDAY + 1):
        mine = log[past & (kinds == kind)]
        if kind == _HOLIDAY:
            usual[kind] = usual[_SUNDAY]
        enough = np.isfinite(mine).sum(axis=0) >= _LEAST_OF_KIND
        if enough.any():
            usual[kind, enough] = np.nanmedian(mine[:, enough], axis=0)
    return usual


def _mixtures() -> Floats:
    """(64, 10) points that lie evenly between the logs of what is tried."""
    even = scipy.stats.qmc.Halton(len(_LOW), scramble=False).random(_SKIPPED + _MIXTURES)[_SKIPPED:]
    low, high = np.log(_LOW), np.log(_HIGH)
    return np.exp(low + (high - low) * even)


def _parts(grid: Grid, kinds: Ints, rows: Ints, others: Ints) -> Floats:
    """(10, N, M) in which ways days are alike; the last: a day is itself."""
    apart = np.abs(rows[:, None] - others[None, :])
    lag = np.arange(int(apart.max(initial=0)) + 1, dtype=np.float64)
    circle = np.sin(np.pi * lag / _YEAR) / (2.0 * np.pi * _SEASON / _YEAR)

    def faded(by_lag: Floats) -> Floats:
        return np.asarray(by_lag[apart])

    mine, theirs = kinds[rows][:, None], kinds[others][None, :]
    same = (mine == theirs).astype(np.float64)
    alike = ((mine >= _SATURDAY) == (theirs >= _SATURDAY)).astype(np.float64)
    marks = _marks(grid)
    return np.stack(
        [
            same,
            same * faded(np.exp(-lag / _SAME_DAY)),
            alike * faded(np.exp(-lag / _SAME_KIND)),
            faded(np.exp(-lag / _SLOW)),
            faded(np.exp(-lag / _MONTH)),
            faded(np.exp(-lag / _BRIEF)),
            faded(np.exp(-2.0 * circle**2)),
            marks[rows] @ marks[others].T,
            _same_feast(grid.holiday, rows, others),
            (apart == 0).astype(np.float64),
        ]
    )


def _same_feast(holiday: Ints, rows: Ints, others: Ints) -> Floats:
    """(N, M) 1 where both are the same holiday, less where both are the day before it, or after it."""
    found = np.zeros((len(rows), len(others)))
    padded = np.concatenate([[-1], holiday, [-1]])
    for name, share in ((holiday, 1.0), (padded[2:], _EVE), (padded[:-2], _EVE)):
        told = name if share == 1.0 else np.where(holiday >= 0, -1, name)
        mine, theirs = told[rows][:, None], told[others][None, :]
        found += share * ((mine >= 0) & (mine == theirs))
    return found


def _marks(grid: Grid) -> Floats:
    """(D + H, 9) what else is known of days: 1 or 0, and weather from its mean, 10 degrees or mm being 1.

    A working day beside a holiday is something else than one of a weekend.
    """
    names = [name for name in (*_BESIDE, *_FLAGS, *_WEATHER) if name in grid.known_names]
    marks = [np.zeros(len(grid.is_open))]
    for name in names:
        value = grid.known[:, grid.known_names.index(name)]
        if name in _BESIDE:
            plain = np.where(grid.holiday >= 0, 0.0, value)
            marks += [np.where(grid.weekday < _SATURDAY, plain, 0.0), np.where(grid.weekday < _SATURDAY, 0.0, plain)]
        elif name in _WEATHER:
            known = np.isfinite(value)
            mean = np.cumsum(np.where(known, value, 0.0)) / np.maximum(np.cumsum(known), 1)
            marks.append(np.where(known, (value - mean) / 10.0, 0.0))
        else:
            marks.append(value)
    return np.stack(marks, axis=1)
