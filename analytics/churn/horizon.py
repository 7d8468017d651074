"""Over how many days somebody is said to have left, and which days teach, which judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .history import History, Ints
    from .rules import ChurnRules

WEEK = 7
LEAST_DAYS = 14
# Half of those who come back have come by the median; by this share of them who has not is late.
CLOSED = 0.8
# So many windows one after the other: what came before, what teaches, what calibrates, what judges.
WINDOWS = 4
MOST_CUTS = 6


@dataclass(frozen=True, slots=True)
class Split:
    """The ends of days at which members are looked at; days since 1970.

    Attributes:
        days: Length of the window after each.
        teach: Whose windows teach the models, the latest first.
        calibrate: Its window begins when those of ``teach`` are over: it calibrates, and chooses the model.
        judge: Its window begins when that of ``calibrate`` is over.
    """

    days: int
    teach: tuple[int, ...]
    calibrate: int
    judge: int


def days_of(seen: History, rules: ChurnRules) -> int:
    """In how many days who comes again has come again.

    The time in which ``CLOSED`` of the gaps between purchases that end at all have ended, in whole weeks. Gaps that
    are still open are left out of it, but a gap counts only where there was time for the longest that is chosen:
    else short ones alone would be seen at the end of the data.

    Args:
        seen: Days of purchase.
        rules: A fixed number, or the longest; never so long that the data hold less than ``WINDOWS`` of them.
    """
    if rules.days is not None:
        return rules.days
    gaps = np.diff(seen.day)[np.diff(seen.member) == 0]
    begun = seen.day[:-1][np.diff(seen.member) == 0]
    room = (seen.last - seen.first + 1) // WINDOWS
    most = max(min(rules.most_days, room), LEAST_DAYS)
    whole = gaps[(begun <= seen.last - most) & (gaps <= most)]
    wanted = float(np.quantile(whole, CLOSED)) if len(whole) else float(most)
    return int(min(max(np.ceil(wanted / WEEK) * WEEK, LEAST_DAYS), most))


def split(seen: History, days: int, judge: int) -> Split:
    """Which days teach and calibrate for a judgement at the end of the day ``judge``.

    Every window is over before the next stage begins, so nothing of the future is known to anybody. Several days teach,
    a third of a window apart, as far back as a window of purchases lies before them.
    """
    calibrate = judge - days
    step = max(days // 3, WEEK)
    latest = calibrate - days
    cuts: Ints = np.arange(latest, seen.first + days - 2, -step)[:MOST_CUTS]
    return Split(days, tuple(int(c) for c in cuts) or (latest,), calibrate, judge)
