"""How far a count is from the truth, and how sure that is: errors, intervals, verdicts. Pure arithmetic.

A *trial* is a crossing that a person saw, or one that the product invented; it is *right* when both have it. Where
presses and crossings could be paired one to one, errors are the missed and the invented. Where only totals are known,
the fewest errors that explain them are taken, the difference of the two: a miss and an invention in the same window
then hide each other, so that number of errors is a lower bound, and the accuracy an upper one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.optimize import linear_sum_assignment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

Verdict = Literal["proven", "not proven", "disproven"]

GOAL = 0.95
TWO_SIDED_95 = 1.959964  # standard normal quantile of 0.975
ONE_SIDED_95 = 1.644854  # of 0.95
TOLERANCE = timedelta(seconds=2)
MOST_TRIALS = 100_000


@dataclass(frozen=True, slots=True)
class Count:
    """One window, line and direction.

    Attributes:
        manual: Crossings the person counted.
        counted: Crossings the product counted.
        matched: How many of both are the same crossing; None where only totals are known.
    """

    manual: int
    counted: int
    matched: int | None = None

    @property
    def right(self) -> int:
        """Crossings that both have; at most, where only totals are known."""
        return min(self.manual, self.counted) if self.matched is None else self.matched

    @property
    def trials(self) -> int:
        """Crossings that at least one of both has; at least, where only totals are known."""
        return self.manual + self.counted - self.right


@dataclass(frozen=True, slots=True)
class Comparison:
    """A person's presses beside the product's crossings, of one line and direction in one window.

    Attributes:
        count: The numbers.
        missed: Presses without a crossing.
        invented: Crossings without a press.
    """

    count: Count
    missed: tuple[datetime, ...]
    invented: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """What a set of windows shows.

    Attributes:
        windows: How many.
        manual: M, crossings the person counted.
        counted: C, crossings the product counted.
        right: Trials that are right.
        trials: All trials.
        totals_only: Whether errors are a lower bound because some windows have totals only.
        balanced: (C - M) / M, in which misses and inventions cancel; None where M is 0.
        unbalanced: Sum of abs(C - M) over the windows / M; None where M is 0.
        low: Lower end of the 95 % interval of right / trials; 0 without trials.
        high: Its upper end; 1 without trials.
        verdict: Whether an accuracy of at least 95 % is shown.
        more_if_right: How many further trials, all of them right, would prove it; None where it is disproven.
        more_at_this_rate: How many at the error rate found so far; None where that rate can never prove it.
    """

    windows: int
    manual: int
    counted: int
    right: int
    trials: int
    totals_only: bool
    balanced: float | None
    unbalanced: float | None
    low: float
    high: float
    verdict: Verdict
    more_if_right: int | None
    more_at_this_rate: int | None

    @property
    def accuracy(self) -> float | None:
        """Right of all trials; None without any."""
        return self.right / self.trials if self.trials else None


def wilson(right: float, trials: float, z: float) -> tuple[float, float]:
    """The score interval of a share.

    Args:
        right: Successes, 0..trials.
        trials: Above 0.
        z: Standard normal quantile: 1.96 for 95 % between both ends.

    Returns:
        Lower and upper end, 0..1.

    Reference:
        E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927), 209-212.
    """
    share, spread = right / trials, z * z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / trials + spread / trials / 4) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def verdict_on(right: float, trials: float, goal: float = GOAL) -> Verdict:
    """Whether the share is at least ``goal``, with 95 % confidence.

    The claim looks one way only, so the bound is one-sided: 147 trials with 3 errors prove 95 %, where the lower end
    of the two-sided interval would ask for 173.
    """
    if trials == 0:
        return "not proven"
    low, high = wilson(right, trials, ONE_SIDED_95)
    if low >= goal:
        return "proven"
    return "disproven" if high < goal else "not proven"


def score(counts: Iterable[Count], goal: float = GOAL) -> Score:
    """What a set of windows of one line and direction, or of several together, shows."""
    known = list(counts)
    manual, counted = sum(c.manual for c in known), sum(c.counted for c in known)
    right, trials = sum(c.right for c in known), sum(c.trials for c in known)
    low, high = wilson(right, trials, TWO_SIDED_95) if trials else (0.0, 1.0)
    verdict = verdict_on(right, trials, goal)
    apart = sum(abs(c.counted - c.manual) for c in known)
    return Score(
        windows=len(known),
        manual=manual,
        counted=counted,
        right=right,
        trials=trials,
        totals_only=any(c.matched is None and c.trials for c in known),
        balanced=(counted - manual) / manual if manual else None,
        unbalanced=apart / manual if manual else None,
        low=low,
        high=high,
        verdict=verdict,
        more_if_right=None if verdict == "disproven" else more_if_right(right, trials, goal),
        more_at_this_rate=more_at_this_rate(right, trials, goal),
    )


def more_if_right(right: int, trials: int, goal: float = GOAL) -> int:
    """How many further trials, all right, would prove ``goal``."""
    more = 0
    while verdict_on(right + more, trials + more, goal) != "proven":
        more += 1
    return more


def more_at_this_rate(right: int, trials: int, goal: float = GOAL) -> int | None:
    """How many further trials at today's error rate would prove ``goal``; None where no number, or no sane one, would.

    The bound grows with the number of trials, so the smallest number that is enough is found by halving.
    """
    if trials == 0:
        return None
    share = right / trials

    def enough(number: int) -> bool:
        return verdict_on(share * number, number, goal) == "proven"

    if enough(trials):
        return 0
    if not enough(MOST_TRIALS):
        return None
    low, high = trials, MOST_TRIALS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high - trials


def compare(
    presses: Sequence[datetime],
    crossings: Sequence[datetime],
    begins: datetime,
    ends: datetime,
    tolerance: timedelta = TOLERANCE,
) -> Comparison:
    """Pairs presses with crossings one to one: as many as lie within ``tolerance``, and of these ways the closest.

    A finger is slower than a line: who crosses in the last moment of a window is pressed for after its end. So both
    lists may reach beyond the window, and a pair belongs to the window in which its crossing lies.

    Args:
        presses: Of one line and direction, in any order.
        crossings: The same.
        begins: Start of the window.
        ends: Its end, exclusive.
        tolerance: Furthest distance of a pair.
    """
    theirs, ours = sorted(presses), sorted(crossings)
    pairs = _pairs(theirs, ours, begins, tolerance)
    pressed, crossed = {i for i, _ in pairs}, {j for _, j in pairs}
    missed = tuple(t for i, t in enumerate(theirs) if i not in pressed and begins <= t < ends)
    invented = tuple(t for j, t in enumerate(ours) if j not in crossed and begins <= t < ends)
    matched = sum(begins <= ours[j] < ends for _, j in pairs)
    return Comparison(Count(matched + len(missed), matched + len(invented), matched), missed, invented)


def _pairs(
    theirs: Sequence[datetime], ours: Sequence[datetime], zero: datetime, tolerance: timedelta
) -> list[tuple[int, int]]:
    """Indices of what belongs together.

    Pairing in order, each with the first that fits, gives as many pairs but the wrong ones: in a stream of people one
    press without a crossing then moves every later pair by one, until there is a pause.
    """
    if not theirs or not ours:
        return []
    times, others = (np.array([(t - zero).total_seconds() for t in side]) for side in (theirs, ours))
    reach_s = tolerance.total_seconds()
    apart_s = np.abs(times[:, None] - others[None, :])
    # One more pair is worth more than any closeness of the others.
    worth = reach_s * (min(len(theirs), len(ours)) + 1)
    rows, columns = linear_sum_assignment(np.where(apart_s <= reach_s, apart_s - worth, 0.0))
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if apart_s[i, j] <= reach_s]
