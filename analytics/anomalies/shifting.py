"""A rate that has moved and stays where it is: a camera that was turned, a habit that has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .judging import Odd
from .noise import chance, spread, strangeness, usual

if TYPE_CHECKING:
    from .judging import Judged

# The last days are held against the days before them, of which there must be enough.
RECENT, BEFORE_LEAST, BEFORE_MOST = 10, 20, 40
# Neighbouring days are alike: so many of them tell as much as one that stands alone. It is (1 + r) / (1 - r) for an
# autocorrelation r of one half, more than that of conversions and dwell times of the made stores.
ALIKE = 3.0
# A smaller step is nobody's concern.
LEAST_STEP = 0.15


def shifts(judged: Judged, alarm: float) -> tuple[Odd, ...]:
    """When a series of days has come to another level.

    Meant for rates (conversion, time in a zone): the season moves visits and sales together, but not their ratio. The
    last ten days, as a ratio to what is usual on their weekdays, are held against the twenty to forty before; days that
    did not fit are left out of both. A step is told once, and the next one not before the days after it are enough.

    Args:
        judged: A judged series.
        alarm: The rate of false alarms that is accepted, a day. A tenth of it is used here: neighbouring looks see
            nearly the same days, and each of them is one more chance to err.

    Returns:
        One for each step, at the day on which it was certain enough.
    """
    odd = {one.at for one in judged.odd if one.whole}
    there = ~np.isnan(judged.sums[:, 0]) & ~np.isnan(judged.day_excess)
    days = [int(at) for at in np.flatnonzero(there) if int(at) not in odd]
    found: list[Odd] = []
    begin = 0
    for place in range(len(days)):
        recent = days[max(begin, place - RECENT + 1) : place + 1]
        before = days[max(begin, place - RECENT - BEFORE_MOST + 1) : max(place - RECENT + 1, 0)]
        if len(recent) < RECENT or len(before) < BEFORE_LEAST:
            continue
        one = _step(judged, recent, before)
        if one.p < alarm / RECENT and abs(np.log((one.observed + 0.5) / (one.expected + 0.5))) >= LEAST_STEP:
            found.append(one)
            begin = place - RECENT + 1
    return tuple(found)


def _step(judged: Judged, recent: list[int], before: list[int]) -> Odd:
    """How far the recent days are from the level of those before."""
    counted, usually = judged.sums[recent].sum(axis=0)
    past = judged.sums[before]
    each = np.log((past[:, 0] + 0.5) / (past[:, 1] + 0.5))
    level = float(np.median(each))
    noise = float(spread((each - level)[:, None])[0])
    by_chance = float(np.mean(1.0 / (past[:, 1] + 0.5)))
    # Of the recent mean and of the level it is held against.
    excess = max(noise - by_chance, 0.0) * ALIKE * (1.0 / len(recent) + 1.0 / len(before)) + by_chance / len(before)
    expected = float(usually * np.exp(level))
    p = chance(float(strangeness(counted, expected, excess)))
    least, most = usual(expected, excess)
    exposure = float(judged.series.shares[recent].sum())
    since = recent[-1] - recent[0] + 1
    return Odd(recent[-1], 0, 0, True, float(counted), expected, least, most, exposure, p, 1, shift=since)
