"""What the days before one day teach about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .noise import midmean, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .noise import Numbers
    from .series import Series

# Of the same weekday, days that the expectation of an hour needs.
LEAST_SAME = 4
# How the last days compare with the weeks before: over at least so many days, and over more until there are so many
# counts, but never over more than the last.
LEVEL_DAYS, LEVEL_COUNTS, LEVEL_MOST = 7, 500.0, 42
# No day is predicted better than this, however calm the past was.
LEAST_EXCESS = 0.03**2


class Past:
    """What earlier days teach; grows while a series is judged day by day.

    Args:
        series: The series.
        weeks: How many before a day are looked at.
    """

    def __init__(self, series: Series, weeks: int) -> None:
        shape = series.counts.shape
        self.reach = 7 * weeks
        self.weekdays = series.weekdays
        with np.errstate(invalid="ignore", divide="ignore"):
            self.rates = series.counts / series.shares
        self.taught = np.where(series.teaches[:, None], self.rates, np.nan)
        self.teaches = series.teaches.copy()
        self.usual = np.full(shape, np.nan)  # of the weeks before, not yet at the level of the day
        self.expected = np.full(shape, np.nan)
        self.ahead = np.full(shape, np.nan)  # what is expected of a slot that is seen in full
        self.off = np.full(shape, np.nan)
        self.sums = np.full((shape[0], 2), np.nan)  # counted and usual, of the day
        self.missed = np.full(shape[0], np.nan)  # log of counted to expected
        self.day_excess = np.full(shape[0], np.nan)

    def same(self, day: int) -> tuple[Numbers, NDArray[np.int64]]:
        """The usual rates of a day by its weekday, and on how many days each rests."""
        rows = np.arange(day - 7, max(0, day - self.reach) - 1, -7)
        return midmean(self.taught[rows])

    def known(self, day: int) -> NDArray[np.int64]:
        """The days before that could be expected and may teach."""
        begin = max(0, day - self.reach)
        there: NDArray[np.int64] = np.flatnonzero(self.teaches[begin:day] & ~np.isnan(self.missed[begin:day])) + begin
        return there

    def level(self, known: NDArray[np.int64]) -> float:
        """By what factor, as a logarithm, the last days differ from what was usual in the weeks before them."""
        if not len(known):
            return 0.0
        sums = self.sums[known[-LEVEL_MOST:]][::-1]
        needed = int(np.searchsorted(np.cumsum(sums[:, 1]), LEVEL_COUNTS)) + 1
        if needed <= LEVEL_DAYS:
            counted, usually = sums[:LEVEL_DAYS].T
            return float(np.median(np.log((counted + 0.5) / (usually + 0.5))))
        counted, usually = sums[:needed].sum(axis=0)
        return float(np.log((counted + 0.5) / (usually + 0.5)))

    def move(self, days: NDArray[np.int64]) -> None:
        """Brings what was usual before some days to their level, which is the new one.

        Otherwise it would get there week by week while the new days fill the past, and each of these jumps would look
        like something new.
        """
        factor = float((self.sums[days, 0].sum() + 0.5) / (np.nansum(self.expected[days]) + 0.5))
        self.taught[: days[0]] *= factor
        self.sums[days, 1] *= factor
        self.missed[days] -= np.log(factor)

    def excess_of_days(self, day: int, known: NDArray[np.int64]) -> float:
        """How much days differ from the expectation beyond chance: of all days, or of this weekday if that is more."""
        found = LEAST_EXCESS
        for rows in (known, known[self.weekdays[known] == self.weekdays[day]]):
            if len(rows) >= LEAST_SAME:
                by_chance = np.mean(1.0 / (np.nansum(self.expected[rows], axis=1) + 0.5))
                found = max(found, float(spread(self.missed[rows, None])[0] - by_chance))
        return found

    def excess_of_slots(self, known: NDArray[np.int64]) -> Numbers:
        """The same of every slot."""
        off, expected = self.off[known], self.expected[known]
        there = ~np.isnan(off)
        many = there.sum(axis=0)
        mean = np.where(there, expected, 0.0).sum(axis=0) / np.maximum(many, 1)
        found = np.maximum(spread(off) - 1.0, 0.0) / np.maximum(mean, 0.5)
        found = np.where(many >= LEAST_SAME, found, np.nan)
        middle = np.nanmedian(found) if (many >= LEAST_SAME).any() else 1.0
        filled: Numbers = np.maximum(np.where(np.isnan(found), middle, found), LEAST_EXCESS)
        return filled
