"""Groups of members with like habits, found by K-Means at the end of each month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..frames import Answer
from .habits import FEATURES, Scale, habits, scale_of, word
from .months import CHOSEN_IN, month_ends, renumbered
from .partition import STABLE, Partition, Tried, best, kmeans, nearest, sample_of, try_groups

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from .habits import Habits, History
    from .rules import SegmentRules

# Two groups would say no more than that some buy more and others less; more than eight nobody keeps apart.
NUMBERS = range(3, 9)
# Groups found afresh take the place of those that moved along only if they fit better by this share.
_BETTER = 0.02
_VALUE = FEATURES.index("value")
# From so many deviations off the mean on, a group is told by a feature.
_TELLING = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """Groups as they were found at a month end.

    Attributes:
        fitted_on: The month end.
        scale: How features were made comparable.
        centres: Of the groups, as features before scaling, (k, used).
        numbers: What the groups are called, (k,).
        used: Every number given so far.
    """

    fitted_on: date
    scale: Scale
    centres: NDArray[np.float64]
    numbers: NDArray[np.int64]
    used: tuple[int, ...]

    def places(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """The place of the nearest group of members' features, (n, 5) -> (n,)."""
        return nearest(self.scale.points(values), self._points())

    def of(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """The number of the nearest group of members' features, (n, 5) -> (n,)."""
        return np.asarray(self.numbers[self.places(values)])

    def special(self) -> tuple[tuple[str, ...], ...]:
        """What is special of each group: features a half deviation or more from the mean, the most telling first."""
        found = []
        for centre in self._points():
            order = [n for n in np.argsort(-np.abs(centre), kind="stable") if abs(centre[n]) >= _TELLING]
            found.append(tuple(word(self.scale.used[n], high=bool(centre[n] > 0)) for n in order))
        return tuple(found)

    def _points(self) -> NDArray[np.float64]:
        return np.asarray((self.centres - self.scale.mean) / self.scale.deviation)


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """The groups that hold on a day.

    Attributes:
        found: None: there are none.
        tried: How well each number of groups fitted when it was last chosen.
        answer: Whether members could be grouped.
    """

    found: Clusters | None
    tried: tuple[Tried, ...]
    answer: Answer


def clusters(past: History, as_of: date, rules: SegmentRules) -> Clustering:
    """The groups that hold on a day: found at the last month end, numbered as at the ends of months before.

    Args:
        past: Receipts and stays of members.
        as_of: The day.
        rules: How many groups, of how many members at least.
    """
    held: Clusters | None = None
    tried: tuple[Tried, ...] = ()
    groups, have = rules.clusters, 0
    varied = True
    for end in month_ends(as_of):
        now = habits(past, end)
        have = len(now.rows)
        if have < rules.least_members:
            continue
        scale = scale_of(now.values)
        points = scale.points(now.values)
        varied = len(scale.used) > 0 and len(np.unique(points, axis=0)) > max(NUMBERS)
        if not varied:
            held = None
            continue
        if not tried or end.month in CHOSEN_IN:
            tried = try_groups(points, NUMBERS)
            chosen = best(tried)
            groups = rules.clusters or (chosen.groups if chosen else 0)
        held = _moved_along(held, now, end, scale, groups) if groups else None
    if have < rules.least_members:
        why = Answer("clusters", "few_members" if len(past.members) else "no_members", have, rules.least_members)
    elif not varied:
        why = Answer("clusters", "no_variation", have, rules.least_members)
    elif held is None:
        why = Answer("clusters", "not_identified", max((one.stability for one in tried), default=None), STABLE)
    else:
        why = Answer("clusters")
    return Clustering(held, tried, why)


def _moved_along(before: Clusters | None, now: Habits, end: date, scale: Scale, groups: int) -> Clusters:
    """The groups of a month end, begun from those of the month before where there were as many."""
    points = scale.points(now.values)
    made = _from_sample(points, groups)
    if before is not None and len(before.numbers) == groups and before.scale.used == scale.used:
        begin = (before.centres - scale.mean) / scale.deviation
        along = kmeans(points, groups, begin=begin)
        made = along if made.within_ss >= along.within_ss * (1 - _BETTER) else made
    if before is None:
        # Of most value first, where value varies.
        at = scale.used.index(_VALUE) if _VALUE in scale.used else 0
        order = np.argsort(-made.centres[:, at], kind="stable")
        numbers = np.empty(groups, dtype=np.int64)
        numbers[order] = np.arange(1, groups + 1)
        used: tuple[int, ...] = ()
    else:
        numbers = np.array(renumbered(before.of(now.values), made.labels, groups, before.used))
        used = before.used
    return Clusters(end, scale, scale.values(made.centres), numbers, tuple(sorted({*used, *numbers.tolist()})))


def _from_sample(points: NDArray[np.float64], groups: int) -> Partition:
    """Begun on a sample, where many beginnings cost little, and finished on all."""
    begin = kmeans(points[sample_of(len(points))], groups).centres
    return kmeans(points, groups, begin=begin)
