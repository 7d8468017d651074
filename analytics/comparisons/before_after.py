"""Before and after: did a promotion or a new layout change anything, against matched days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..calendar import ordinary
from ..frames import CALENDAR_DAYS, check
from .levels import Days, level
from .measures import open_days, values

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from .finding import Finding

# As long as season and range hardly change, and long enough to know each weekday.
BASELINE_WEEKS = 6


@dataclass(frozen=True, slots=True)
class Change:
    """What happened, and when.

    Attributes:
        name: For people.
        first: First business day of it.
        last: Last one.
        lasting: It stays as it is from then on (a layout): only days before it are matched. Otherwise (a promotion)
            days after it are, too, which keeps a season that rises or falls from being taken for its effect.
        baseline: First and last day to match with, instead of ``BASELINE_WEEKS`` on each side.
    """

    name: str
    first: date
    last: date
    lasting: bool = False
    baseline: tuple[date, date] | None = None


def before_after(
    daily: pd.DataFrame, calendar: pd.DataFrame, measure: str, change: Change, control: str | None = None
) -> Finding:
    """By which factor the days of a change lie over or under matched days.

    Matched are days of the same weekday that are no holiday and have no event and no (other) promotion. Days of which
    less than nine tenths was seen are compared in no measure that rests on counted people.

    Args:
        daily: ``frames.DAILY``, of the change and of the weeks around it.
        calendar: ``frames.CALENDAR_DAYS`` of the same days; may be empty.
        measure: One of ``MEASURES``.
        change: What and when.
        control: A measure that the change cannot touch, such as the traffic when the question is what a price did to
            the sales: its own change is taken off (difference in differences).

    Returns:
        The ratio with its interval; with a control the ratio of the ratios.

    Raises:
        KeyError: No such measure.
    """
    days = open_days(daily)
    found = values(days, measure)
    if control is not None:
        beside = values(days, control)
        found = np.where(beside > 0, found / np.where(beside > 0, beside, 1.0), np.nan)
    dates = days["local_date"]
    mine = _between(dates, change.first, change.last)
    known = check(calendar, CALENDAR_DAYS)
    plain = ~dates.isin(known.loc[~ordinary(known), "local_date"]).to_numpy(dtype=bool)
    if change.baseline is not None:
        matched = _between(dates, *change.baseline)
    else:
        reach = timedelta(weeks=BASELINE_WEEKS)
        after = change.last if change.lasting else change.last + reach
        matched = _between(dates, change.first - reach, after)
    matched = matched & plain & ~mine
    used = mine | matched
    both_sides = bool((matched & (dates > pd.Timestamp(change.last)).to_numpy()).sum() >= 5)
    chosen = Days(dates[used].reset_index(drop=True), found[used], mine[used])
    name = f"change:{change.name}"
    answer = level(measure, name, (name, "matched"), chosen, trend=both_sides)
    if not both_sides and _leans(Days(dates[matched].reset_index(drop=True), found[matched], mine[matched])):
        # With days on one side only, a season that was rising anyway cannot be told from the change.
        answer = replace(answer, doubts=(*answer.doubts, "trend"))
    return answer


def _between(dates: pd.Series, first: date, last: date) -> NDArray[np.bool_]:
    return dates.between(pd.Timestamp(first), pd.Timestamp(last)).to_numpy(dtype=bool)


def _leans(days: Days) -> bool:
    """Whether the days before were already on their way: their second half differs from their first."""
    if len(days.values) < 10:
        return False
    later = np.arange(len(days.values)) >= len(days.values) // 2
    return level("", "", ("later", "earlier"), Days(days.dates, days.values, later)).verdict == "different"
