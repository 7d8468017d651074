"""Day after day: what was to be expected of it, and what did not fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .noise import chance, strangeness, usual
from .past import LEAST_SAME, Past

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .noise import Numbers
    from .series import Series

# Days that must have been expected before one can be called strange: with the weekdays, five weeks of a shop.
LEAST_DAYS = 6
# The longest run of slots that is looked at as one; a longer outage is found by a part of it, or as a whole day.
LONGEST = 8
# The part of the hours' excess that neighbours share: how much a run's own excess shrinks with its length.
TOGETHER = 0.5
# Outside of a strange run the day is said to be as usual below this.
CALM = 3.0
# So many of so many days strange to the same side are the new level.
SHIFT_DAYS, SHIFT_OF = 6, 8
# A strange day within so many days of another is news only if it is so many times as improbable as that.
LINGER_DAYS, NEWS = 2, 10.0
# Hours that change the day by less than this part of it are nobody's concern, however surely they are strange; but that
# nothing at all was counted always is.
LEAST_PART = 0.03
# Less than this part of the expected is nothing at all.
SILENT = 0.02


@dataclass(frozen=True, slots=True)
class Odd:
    """A day, or some hours of it, that did not fit.

    Attributes:
        at: Row of the series.
        first: First slot of the run.
        last: Last slot of the run.
        whole: The day as a whole was strange, not only these slots.
        observed: Counts of the run, or of the day.
        expected: The same.
        least: Below it lies one in forty such counts.
        most: Above it lies one in forty.
        exposure: Sum of the shares of these slots.
        p: How probable so strange a count is.
        looks: At how many counts of this day somebody looked.
        shift: Days in a row, more or less, that it has been so: this is the new level. 0: no shift.
        lingers: It is so since a stranger day shortly before, to the same side: no news.
    """

    at: int
    first: int
    last: int
    whole: bool
    observed: float
    expected: float
    least: float
    most: float
    exposure: float
    p: float
    looks: int
    shift: int = 0
    lingers: bool = False

    @property
    def low(self) -> bool:
        """Less was counted than expected."""
        return self.observed < self.expected

    @property
    def told(self) -> float:
        """How improbable it is that any of the looks is so strange."""
        return min(1.0, self.p * (1 if self.whole else self.looks - 1))

    @property
    def silent(self) -> bool:
        """Nothing at all was counted."""
        return self.observed <= SILENT * self.expected


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What was expected of a series.

    Attributes:
        series: The series.
        expected: (n, s) counts, NaN where they could not be expected or were not seen.
        rates: (n, s) what was expected of each slot had all of it been seen; NaN where nothing could be.
        sums: (n, 2) counted on the day, and usual on its weekday in the weeks before; NaN where nothing was usual.
        day_excess: (n,) squared relative deviation of days; NaN where no day could be judged.
        odd: What did not fit, in order.
    """

    series: Series
    expected: Numbers
    rates: Numbers
    sums: Numbers
    day_excess: Numbers
    odd: tuple[Odd, ...]

    @property
    def days(self) -> int:
        """How many days were judged."""
        return int((~np.isnan(self.day_excess)).sum())


@dataclass(frozen=True, slots=True, eq=False)
class _Day:
    """One day beside what was expected of it; slots that were not seen hold zeros."""

    at: int
    counted: Numbers
    expected: Numbers
    shares: Numbers
    seen: NDArray[np.bool_]
    excess: float
    slot_excess: Numbers

    def odd(self, first: int, last: int, p: float, excess: float, *, whole: bool) -> Odd:
        part = slice(0, None) if whole else slice(first, last + 1)
        observed, expected = float(self.counted[part].sum()), float(self.expected[part].sum())
        least, most = usual(expected, excess)
        looks = 1 + (int(self.seen.sum()) if len(self.seen) > 1 else 0)
        exposure = float(self.shares[part].sum())
        return Odd(self.at, first, last, whole, observed, expected, least, most, exposure, p, looks)


def judge(series: Series, weeks: int, alarm: float) -> Judged:
    """Holds every day against the weeks before it, and never against a day after it.

    Expected is the midmean of the same weekday and slot of the weeks before, brought to the level of the last days.
    What does not fit is no part of later expectations, until it has lasted so long that it is the new level. Two tests
    share the rate of alarms: the day as a whole, and its strangest run of one to eight slots; the second counts as many
    looks as the day has slots.

    Args:
        series: Counts by day and slot.
        weeks: How many before.
        alarm: The rate of false alarms that is accepted, a day.
    """
    past = Past(series, weeks)
    found: list[Odd] = []
    strange_to = np.zeros(len(series.days), dtype=np.int64)
    for at in range(len(series.days)):
        day = _expect(series, past, at)
        if day is None:
            continue
        odd = _look(day, alarm)
        if odd is None:
            continue
        odd = replace(odd, lingers=_lingers(past, odd, found))
        if not odd.whole:
            _forget(past, day, odd)
        else:
            past.taught[at], past.teaches[at] = np.nan, False
            strange_to[at] = -1 if odd.low else 1
            odd = replace(odd, shift=_shift(series, past, strange_to, at))
        found.append(odd)
    return Judged(series, past.expected, past.ahead, past.sums, past.day_excess, tuple(found))


def _expect(series: Series, past: Past, at: int) -> _Day | None:
    """What to expect of a day; None: the past is too short, or nothing was seen."""
    rates, many = past.same(at)
    counts, shares = series.counts[at], series.shares[at]
    known = past.known(at)
    level = past.level(known)
    past.ahead[at] = np.where(many >= LEAST_SAME, rates * np.exp(level), np.nan)
    seen = ~np.isnan(counts) & (many >= LEAST_SAME)
    usually = np.where(seen, rates * shares, 0.0)
    if usually.sum() <= 0.0:
        return None
    counted = np.where(seen, counts, 0.0)
    expected = usually * np.exp(level)
    past.expected[at] = np.where(seen, expected, np.nan)
    past.usual[at] = usually
    past.off[at] = np.where(seen, 2.0 * (np.sqrt(counted + 0.375) - np.sqrt(expected + 0.375)), np.nan)
    past.sums[at] = counted.sum(), usually.sum()
    past.missed[at] = np.log((counted.sum() + 0.5) / (expected.sum() + 0.5))
    if len(known) < LEAST_DAYS:
        return None
    excess = past.excess_of_days(at, known)
    past.day_excess[at] = excess
    return _Day(at, counted, expected, np.where(seen, shares, 0.0), seen, excess, past.excess_of_slots(known))


def _look(day: _Day, alarm: float) -> Odd | None:
    """The day or the run that does not fit."""
    total, expected = float(day.counted.sum()), float(day.expected.sum())
    p_day = chance(float(strangeness(total, expected, day.excess)))
    if len(day.seen) == 1:
        return day.odd(0, 0, p_day, day.excess, whole=True) if p_day < alarm else None
    first, last, strange, excess = _strangest(day)
    slots = int(day.seen.sum())
    p_run = min(1.0, chance(strange) * slots)
    if p_run >= alarm / 2.0:
        return day.odd(first, last, p_day, day.excess, whole=True) if p_day < alarm / 2.0 else None
    rest = day.seen.copy()
    rest[first : last + 1] = False
    outside = float(strangeness(day.counted[rest].sum(), day.expected[rest].sum(), day.excess))
    if p_day < alarm / 2.0 and (abs(outside) >= CALM or 2 * rest.sum() < slots):
        return day.odd(first, last, p_day, day.excess, whole=True)
    return day.odd(first, last, chance(strange), excess, whole=False)


def _strangest(day: _Day) -> tuple[int, int, float, float]:
    """The run of slots that fits least: its ends, how strange it is, and its excess."""
    # A slot that was not seen is no part of a run's length: with one more that nobody ever saw, all stays the same.
    seen = np.flatnonzero(day.seen)
    parts = (day.counted, day.expected, day.slot_excess * day.expected)
    sums = [np.concatenate([[0.0], np.cumsum(part[seen])]) for part in parts]
    best = (0, 0, 0.0, day.excess)
    total = float(day.expected.sum())
    for length in range(1, min(LONGEST, len(seen)) + 1):
        counted, expected, weighted = (a[length:] - a[:-length] for a in sums)
        mean = weighted / np.maximum(expected, 1e-9)
        # That nothing at all is counted is no matter of how the day is as a whole.
        excess = np.where(counted <= SILENT * expected, mean, np.maximum(mean, day.excess))
        excess = excess * (TOGETHER + (1.0 - TOGETHER) / length)
        strange = np.where(expected > 0.0, strangeness(counted, expected, excess), 0.0)
        matters = (np.abs(counted - expected) >= LEAST_PART * total) | (counted <= SILENT * expected)
        strange = np.where(matters, strange, 0.0)
        at = int(np.argmax(np.abs(strange)))
        if abs(strange[at]) > abs(best[2]):
            best = (int(seen[at]), int(seen[at + length - 1]), float(strange[at]), float(excess[at]))
    return best


def _forget(past: Past, day: _Day, odd: Odd) -> None:
    """The slots of a strange run teach nothing; the rest of the day does."""
    run = slice(odd.first, odd.last + 1)
    past.taught[day.at, run] = past.off[day.at, run] = np.nan
    rest = np.ones(len(day.seen), dtype=bool)
    rest[run] = False
    counted, expected = float(day.counted[rest].sum()), float(day.expected[rest].sum())
    past.sums[day.at] = counted, float(past.usual[day.at][rest].sum())
    past.missed[day.at] = np.log((counted + 0.5) / (expected + 0.5))
    past.expected[day.at, run] = np.where(day.seen[run], past.expected[day.at, run], np.nan)


def _lingers(past: Past, odd: Odd, found: list[Odd]) -> bool:
    """Whether one of the last days that could be judged was hardly less strange, or stranger, to the same side."""
    for before in found[-LINGER_DAYS:]:
        between = int((~np.isnan(past.day_excess[before.at : odd.at])).sum())
        if between <= LINGER_DAYS and before.low == odd.low and before.told <= NEWS * odd.told:
            return True
    return False


def _shift(series: Series, past: Past, strange_to: NDArray[np.int64], at: int) -> int:
    """Days that are strange to the same side for long are the new level, and teach again; for how long, or 0."""
    judged = np.flatnonzero(~np.isnan(past.day_excess[: at + 1]))[-SHIFT_OF:]
    mine = judged[strange_to[judged] == strange_to[at]]
    if len(mine) < SHIFT_DAYS:
        return 0
    past.teaches[mine] = series.teaches[mine]
    past.move(mine)
    past.taught[mine] = np.where(series.teaches[mine, None], past.rates[mine], np.nan)
    strange_to[: at + 1] = 0
    return at - int(mine[0]) + 1
