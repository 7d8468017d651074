"""How counted crossings agree with the true ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .labels import Event

# Two events further apart in time, or in picture widths, are not the same.
SAME_S = 1.0
SAME_WIDTHS = 0.25
# Clips are short: errors are summed over windows of this length instead of a shop's quarter of an hour.
WINDOW_S = 15.0
# What a pair is worth in the assignment: a true event first, an optional one only with what is left, near before far.
WORTH, OPTIONAL_WORTH = 1000.0, 10.0


@dataclass(frozen=True, slots=True)
class Score:
    """The outcome for one line, or for several summed.

    Attributes:
        right: True crossings that were counted.
        missed: True crossings that were not.
        invented: Counted crossings that did not happen.
        off: Sum of the absolute count errors per direction and window of ``WINDOW_S``.
    """

    right: int
    missed: tuple[Event, ...]
    invented: tuple[Event, ...]
    off: int

    @property
    def true(self) -> int:
        """How many crossings should have been counted."""
        return self.right + len(self.missed)

    @property
    def f1(self) -> float:
        """0..1; NaN where nothing happened and nothing was counted."""
        whole = 2 * self.right + len(self.missed) + len(self.invented)
        return 2 * self.right / whole if whole else float("nan")

    @property
    def balanced(self) -> float:
        """(counted - true) / true: misses and inventions cancel each other."""
        return (len(self.invented) - len(self.missed)) / self.true if self.true else float("nan")

    @property
    def unbalanced(self) -> float:
        """Sum of absolute errors per window, over all true crossings."""
        return self.off / self.true if self.true else float("nan")


def score(truth: Sequence[Event], counted: Sequence[Event], fps: float, width: float) -> Score:
    """Pairs counted with true crossings, one to one, so that as many as possible are right and pairs lie near.

    A pair has the same direction, is at most ``SAME_S`` apart and, where both say where, at most ``SAME_WIDTHS``
    picture widths. An optional crossing may take a counted one that no other needs; neither is then judged.

    Args:
        truth: What happened at one line.
        counted: What was counted there.
        fps: Pictures a second of the clip.
        width: Of its picture, pixels.
    """
    worth = np.zeros((len(truth), len(counted)))
    for i, true in enumerate(truth):
        for j, event in enumerate(counted):
            distance = _distance(true, event, fps, width)
            if distance is not None:
                worth[i, j] = (OPTIONAL_WORTH if true.optional else WORTH) - distance
    rows, columns = linear_sum_assignment(worth, maximize=True)
    pairs = {int(i): int(j) for i, j in zip(rows, columns, strict=True) if worth[i, j] > 0}
    taken = set(pairs.values())
    missed = tuple(true for i, true in enumerate(truth) if i not in pairs and not true.optional)
    invented = tuple(event for j, event in enumerate(counted) if j not in taken)
    # A right crossing counts for the window of its true moment: a frame's difference at the edge of a window is no
    # error of the count.
    errors: Counter[tuple[str, int]] = Counter()
    for sign, events in ((-1, missed), (1, invented)):
        for event in events:
            errors[event.direction, int(event.frame / fps // WINDOW_S)] += sign
    right = sum(not truth[i].optional for i in pairs)
    return Score(right, missed, invented, sum(abs(n) for n in errors.values()))


def total(scores: Iterable[Score]) -> Score:
    """All scores together."""
    everything = list(scores)
    return Score(
        right=sum(s.right for s in everything),
        missed=tuple(e for s in everything for e in s.missed),
        invented=tuple(e for s in everything for e in s.invented),
        off=sum(s.off for s in everything),
    )


def _distance(a: Event, b: Event, fps: float, width: float) -> float | None:
    """0..2, in units of what is allowed; None if they cannot be the same event."""
    if a.direction != b.direction:
        return None
    apart = abs(a.frame - b.frame) / fps / SAME_S
    away = 0.0
    if a.x is not None and a.y is not None and b.x is not None and b.y is not None:
        away = float(np.hypot(a.x - b.x, a.y - b.y)) / width / SAME_WIDTHS
    return apart + away if apart <= 1 and away <= 1 else None
