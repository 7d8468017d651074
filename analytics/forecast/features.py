"""What is known at the start of a day of the hours of that day and of the days after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .grid import HOURS, WEEK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .grid import Grid

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_SATURDAY, _SUNDAY = 5, 6
_KIND_DAYS = (3, 5, 10)
_BACK_WEEKS = 8
_FOUR = 4
# The last known day still says something of the next if it is no older.
_STALE_DAYS = WEEK
_EVENING_HOURS = 6
# So many days before the origin are given hour by hour.
_DAYS_BACK = 3
# Of a new week that goes into the slow level, and by how much (log) it may differ before it is cut.
_FORGETS = 0.3
_JUMP = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """What is known at the start of every day, from 0 to the day after the last.

    Attributes:
        log: (D, 24) log(1 + value); NaN where it is not known.
        levels: (D + 1, 4, 7, 24) by weekday and hour, holidays left out: the median of the last four known, the mean
            of those of the last eight weeks, the last known, and a slow exponential mean that never ends.
        above: (D, 24) log less the median that was known at the start of that day.
        recent: (D + 1, 5) how far above usual the days before were: the last known day, the last three, the last seven,
            the last hours of the last known day, and its very last hour.
        by_hour: (D + 1, 2, 24) the same hour by hour: the last known day and the last seven.
        by_kind: (D + 1, 3, 2, 24) the same of the last three, five and ten working days, and of days of weekends.
        after_holiday: (D + 1,) the last known day was a holiday.
        middle: The median of the logs of the first two weeks, which stays the same whatever comes.
    """

    log: Floats
    levels: Floats
    above: Floats
    recent: Floats
    by_hour: Floats
    by_kind: Floats
    after_holiday: NDArray[np.bool_]
    middle: float


def past_of(grid: Grid) -> Past:
    """Looks back from the start of every day."""
    log = np.log1p(np.maximum(grid.values, 0.0))
    feast = grid.holiday[: grid.days] >= 0
    levels = _levels(np.where(feast[:, None], np.nan, log), grid.weekday[: grid.days])
    usual = levels[np.arange(grid.days), 0, grid.weekday[: grid.days]]
    above = log - usual
    weight = np.exp(np.nan_to_num(usual))
    day = _weighted(above, weight)
    quiet = np.where(feast, np.nan, day)
    calm = np.where(feast[:, None], np.nan, above)
    recent, by_hour = np.full((grid.days + 1, 5), np.nan), np.full((grid.days + 1, 2, HOURS), np.nan)
    after = np.zeros(grid.days + 1, dtype=bool)
    evening, latest = _ends_of_days(above, weight)
    for start in range(1, grid.days + 1):
        known = np.flatnonzero(np.isfinite(day[max(start - _STALE_DAYS, 0) : start]))
        if not len(known):
            continue
        last = int(known[-1]) + max(start - _STALE_DAYS, 0)
        week = slice(max(start - WEEK, 0), start)
        recent[start] = (
            day[last],
            _nanmean(quiet[max(start - 3, 0) : start]),
            _nanmean(quiet[week]),
            evening[last],
            latest[last],
        )
        by_hour[start] = above[last], _nanmean(calm[week])
        after[start] = feast[last]
    return Past(log, levels, above, recent, by_hour, _by_kind(calm, grid.weekday[: grid.days]), after, _middle(log))


def same_holiday(grid: Grid, past: Past, lead: int, shift: int) -> Floats:
    """(D + H, 24) how far above usual the same holiday was the last time it was known; 0 on other days.

    Args:
        grid: The measure.
        past: What is known.
        lead: Nothing is used from less than so many days before.
        shift: 0 for holidays themselves, 1 for the days before them, -1 for the days after.
    """
    found = np.zeros((len(grid.is_open), HOURS))
    days = np.arange(len(found)) + shift
    inside = (days >= 0) & (days < len(found))
    name = np.where(inside, grid.holiday[np.clip(days, 0, len(found) - 1)], -1)
    if shift:
        name = np.where(grid.holiday >= 0, -1, name)
    for day in np.flatnonzero(name >= 0):
        before = np.flatnonzero(name[: max(min(day - lead, grid.days), 0)] == name[day])
        if len(before):
            then = np.nan_to_num(past.above[before[-1]])
            found[day] = (np.roll(then, 1) + 2.0 * then + np.roll(then, -1)) / 4.0
    return found


def features(grid: Grid, past: Past, lead: int) -> tuple[dict[str, Floats], Floats]:
    """What is known ``lead`` days before a day starts, by name, each (D + H, 24), and what is usual, (D + H, 24).

    All but hours and days are on the log scale, most as differences to what is usual: the median of the last four
    same hours of the week, where none is known the slow level, else the mean hour, else NaN.
    """
    days = np.arange(len(grid.is_open))
    origin = np.clip(days - lead, 0, grid.days)
    median, mean, last, slow = (past.levels[origin, which, grid.weekday] for which in range(4))
    usual = np.where(np.isfinite(median), median, slow)
    sunday = past.levels[origin, 0, _SUNDAY]
    names = ("day1", "day3", "day7", "evening", "latest")
    found = {name: _wide(past.recent[origin, which]) for which, name in enumerate(names)}
    found |= {"hour1": past.by_hour[origin, 0], "hour7": past.by_hour[origin, 1]}
    kind = (grid.weekday >= _SATURDAY).astype(np.int64)
    found |= {f"kind{count}": past.by_kind[origin, which, kind] for which, count in enumerate(_KIND_DAYS)}
    hour1 = found["hour1"]
    found["smooth1"] = _nanmean(np.stack([np.roll(hour1, 1, axis=1), hour1, np.roll(hour1, -1, axis=1)]))
    found |= {
        "usual": usual,
        "mean": mean - usual,
        "last": last - usual,
        "slow": slow - usual,
        "sunday": sunday - usual,
    }
    for back in range(1, _DAYS_BACK + 1):
        day = origin - back
        there = np.where((day >= 0)[:, None], past.log[np.maximum(day, 0)], np.nan)
        found[f"back{back}"] = there - usual
    found["hour"] = np.broadcast_to(np.arange(HOURS, dtype=np.float64), usual.shape)
    found["weekday"] = _wide(grid.weekday.astype(np.float64))
    found["from_holiday"] = _wide(past.after_holiday[origin].astype(np.float64))
    if "holiday" in grid.known_names:
        for shift, name in ((0, "same_holiday"), (1, "same_eve"), (-1, "same_after")):
            found[name] = same_holiday(grid, past, lead, shift)
    for which, name in enumerate(grid.known_names):
        found[name] = _wide(grid.known[:, which])
    return found, usual


def _levels(log: Floats, weekday: Ints) -> Floats:
    """(D + 1, 4, 7, 24) from (D, 24), see ``Past``."""
    count = len(log)
    found = np.full((count + 1, 4, WEEK, HOURS), np.nan)
    for day in range(WEEK):
        mine = np.flatnonzero(weekday == day)
        state = np.full((4, HOURS), np.nan)
        for number, here in enumerate(mine):
            back = log[mine[max(number - _BACK_WEEKS + 1, 0) : number + 1]][::-1]
            known = np.isfinite(back)
            four = np.where(known & (np.cumsum(known, axis=0) <= _FOUR), back, np.nan)
            one = np.where(known & (np.cumsum(known, axis=0) <= 1), back, np.nan)
            step = np.where(np.isfinite(state[3]), np.clip(log[here] - state[3], -_JUMP, _JUMP) * _FORGETS, 0.0)
            slow = np.where(np.isfinite(state[3]), state[3] + np.nan_to_num(step), log[here])
            state = np.stack([_median(four), _nanmean(back), _nanmean(one), slow])
            until = mine[number + 1] if number + 1 < len(mine) else count
            found[here + 1 : until + 1, :, day] = state
    return found


def _middle(log: Floats) -> float:
    young = log[: 2 * WEEK][np.isfinite(log[: 2 * WEEK])]
    return float(np.median(young)) if len(young) else 0.0


def _by_kind(calm: Floats, weekday: Ints) -> Floats:
    """(D + 1, 3, 2, 24), see ``Past``."""
    found = np.full((len(calm) + 1, len(_KIND_DAYS), 2, HOURS), np.nan)
    for kind in range(2):
        mine = np.flatnonzero((weekday >= _SATURDAY) == bool(kind))
        for number, here in enumerate(mine):
            until = mine[number + 1] if number + 1 < len(mine) else len(calm)
            for which, count in enumerate(_KIND_DAYS):
                found[here + 1 : until + 1, which, kind] = _nanmean(calm[mine[max(number + 1 - count, 0) : number + 1]])
    return found


def _ends_of_days(above: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """(D,) twice: above usual in the last six known hours of a day, and in its last."""
    known = np.isfinite(above)
    to_come = np.cumsum(known[:, ::-1], axis=1)[:, ::-1]
    evening = _weighted(np.where(known & (to_come <= _EVENING_HOURS), above, np.nan), weight)
    return evening, _nanmean(np.where(known & (to_come <= 1), above, np.nan).T)


def _weighted(values: Floats, weight: Floats) -> Floats:
    """(D,) means of rows by weight; NaN where nothing is known."""
    known = np.isfinite(values)
    total = np.where(known, weight, 0.0).sum(axis=1)
    found = np.where(known, values * weight, 0.0).sum(axis=1) / np.where(total > 0, total, 1.0)
    return np.asarray(np.where(total > 0, found, np.nan))


def _nanmean(values: Floats) -> Floats:
    """The mean along the first axis, NaN where nothing is known."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    return np.asarray(np.where(count > 0, np.where(known, values, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan))


def _median(values: Floats) -> Floats:
    """The median along the first axis, NaN where nothing is known."""
    ordered = np.sort(values, axis=0)
    count = np.isfinite(values).sum(axis=0)
    low = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0)[None], axis=0)[0]
    high = np.take_along_axis(ordered, np.minimum(count // 2, len(values) - 1)[None], axis=0)[0]
    return np.asarray(np.where(count > 0, (low + high) / 2.0, np.nan))


def _wide(values: Floats) -> Floats:
    """(N,) by day as (N, 24)."""
    return np.asarray(np.broadcast_to(values[:, None], (len(values), HOURS)))
