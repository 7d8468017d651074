"""The 4-5-4 calendar of retail: years of 52 or 53 weeks that begin on a Sunday, so that years compare like with like.

A quarter is three periods of four, five and four weeks. A year ends on the Saturday nearest to the end of January; when
that comes to 53 weeks, the last period has five.

References:
    National Retail Federation, "4-5-4 Calendar", https://nrf.com/resources/4-5-4-calendar
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

WEEK = timedelta(days=7)
# The last week of each period, of a year of 52.
_ENDS = (4, 9, 13, 17, 22, 26, 30, 35, 39, 43, 48, 52)
_SUNDAY = 6


@dataclass(frozen=True, slots=True, order=True)
class RetailWeek:
    """One week of the retail year.

    Attributes:
        year: The year in whose February, or last days of January, it began.
        week: 1..53.
    """

    year: int
    week: int

    @property
    def period(self) -> int:
        """The retail month, 1..12; 1 begins about the first of February."""
        return next((number for number, last in enumerate(_ENDS, start=1) if self.week <= last), len(_ENDS))

    @property
    def quarter(self) -> int:
        """1..4."""
        return (self.period + 2) // 3

    @property
    def first(self) -> date:
        """Its Sunday."""
        return retail_year(self.year) + (self.week - 1) * WEEK


def retail_year(year: int) -> date:
    """The first day of a retail year: the Sunday after the Saturday nearest to the 31st of January."""
    end_of_january = date(year, 1, 31)
    past_sunday = (end_of_january.weekday() - _SUNDAY) % 7  # days since the last Sunday
    # Nearest Saturday: the one before that Sunday while it is at most three days away, else the one after.
    last = end_of_january - timedelta(days=past_sunday + 1)
    if past_sunday + 1 > 3:
        last += WEEK
    return last + timedelta(days=1)


def weeks_in(year: int) -> int:
    """How many weeks a retail year has: 52 or 53."""
    return (retail_year(year + 1) - retail_year(year)).days // 7


def retail_week(day: date) -> RetailWeek:
    """The retail week of a day."""
    year = day.year if day >= retail_year(day.year) else day.year - 1
    return RetailWeek(year, (day - retail_year(year)).days // 7 + 1)


def retail_weeks(days: Iterable[date]) -> pd.DataFrame:
    """The same of many days.

    Returns:
        A row per day, in their order: ``retail_year``, ``retail_quarter``, ``retail_period``, ``retail_week``.
    """
    found = [retail_week(day) for day in days]
    rows = [(week.year, week.quarter, week.period, week.week) for week in found]
    columns = ["retail_year", "retail_quarter", "retail_period", "retail_week"]
    return pd.DataFrame(rows, columns=columns).astype("int64")
