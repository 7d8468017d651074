"""Which days a report is about, and with which earlier days it compares them."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from ..calendar.retail import RetailWeek, retail_week, weeks_in

Days = tuple[date, date]

DAY, WEEK, MONTH, SPAN = "day", "week", "month", "span"
KINDS = (DAY, WEEK, MONTH, SPAN)
_WEEK = timedelta(days=7)
_SUNDAY = 6
# The same weekday a year ago: 52 weeks, so that Saturdays are compared with Saturdays.
_YEAR = timedelta(days=364)
WEEKDAYS_BACK = 4
LAST_DAYS = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Past:
    """Earlier days to compare with.

    Attributes:
        name: ``weekdays``, ``before`` or ``year``.
        now: The days of the report that are compared; nearly always all of them.
        spans: ``(first, day after the last)``; of several the mean counts.
    """

    name: str
    now: Days
    spans: tuple[Days, ...]


def month_of(day: date) -> Days:
    """The calendar month of a day: its first, and the first of the next."""
    first = day.replace(day=1)
    return first, first + timedelta(days=calendar.monthrange(day.year, day.month)[1])


def week_of(day: date, first_weekday: int = 0) -> Days:
    """The week of a day; ``first_weekday`` 0 is Monday, 6 is Sunday, with which 4-5-4 weeks begin."""
    first = day - timedelta(days=(day.weekday() - first_weekday) % 7)
    return first, first + _WEEK


def retail_month_of(day: date) -> Days:
    """The month of four or five weeks of the 4-5-4 calendar in which a day lies."""
    week = retail_week(day)
    weeks = [RetailWeek(week.year, number) for number in range(1, weeks_in(week.year) + 1)]
    mine = [other.first for other in weeks if other.period == week.period]
    return mine[0], mine[-1] + _WEEK


def pasts(kind: str, since: date, until: date) -> tuple[Past, ...]:
    """What a report is compared with, the first the more important.

    A day with the last four of its weekday and the same weekday a year ago; a week with the week before and the same
    a year ago; a month with the month before and the same month a year ago, for a 4-5-4 month by whole weeks; any
    other period with the equal period before it, and its last four weeks with the four before those.
    """
    now = (since, until)
    year = Past("year", now, ((since - _YEAR, until - _YEAR),))
    if kind == DAY:
        weekdays = tuple((since - n * _WEEK, until - n * _WEEK) for n in range(1, WEEKDAYS_BACK + 1))
        return Past("weekdays", now, weekdays), year
    if kind == WEEK:
        return Past("before", now, ((since - _WEEK, since),)), year
    if kind == MONTH and month_of(since) == now:
        last_year = month_of(since.replace(year=since.year - 1, day=1))
        before = month_of(since - timedelta(days=1))
        return Past("before", now, (before,)), Past("year", now, (last_year,))
    if kind == MONTH:
        return Past("before", now, (retail_month_of(since - timedelta(days=1)),)), year
    found = [Past("before", now, ((since - (until - since), since),))]
    if until - since >= 2 * LAST_DAYS:
        middle = until - LAST_DAYS
        found.append(Past("last", (middle, until), ((middle - LAST_DAYS, middle),)))
    return tuple(found)


def period_of(kind: str, day: date, *, retail: bool = False) -> Days:
    """The day, week or month in which a day lies.

    Args:
        kind: ``day``, ``week`` or ``month``.
        day: Local.
        retail: Of the 4-5-4 calendar, whose weeks begin on Sunday; otherwise calendar months, and weeks from Monday.
    """
    if kind == DAY:
        return day, day + timedelta(days=1)
    if kind == WEEK:
        return week_of(day, _SUNDAY if retail else 0)
    return retail_month_of(day) if retail else month_of(day)


def ended(kind: str, today: date, count: int, *, retail: bool = False) -> list[Days]:
    """The last ``count`` days, weeks or months that were over when ``today`` began, the oldest first."""
    found: list[Days] = []
    edge = today
    while len(found) < count:
        days = period_of(kind, edge - timedelta(days=1), retail=retail)
        if days[1] <= today:
            found.append(days)
        edge = days[0]
    return found[::-1]


def within(kind: str, first: date, end: date, *, retail: bool = False) -> list[Days]:
    """The days, weeks or months that end in ``first < end of period <= end``, the oldest first."""
    found: list[Days] = []
    edge = end
    while edge > first:
        days = period_of(kind, edge - timedelta(days=1), retail=retail)
        if days[1] <= end:
            found.append(days)
        edge = days[0]
    return found[::-1]


@dataclass(frozen=True, slots=True)
class ReportRules:
    """Which reports are written, and how.

    Attributes:
        languages: Of the pages, the first the main one.
        kinds: Reports of a day, week or month that are written when it has ended.
        formats: ``pdf``, ``xlsx``, ``csv``, ``parquet``: what is written beside the pages.
        retail: Months are those of the 4-5-4 calendar, and weeks begin on Sunday.
        send: Kinds of reports that are sent by e-mail when they are first written.
    """

    languages: tuple[str, ...] = ("en",)
    kinds: tuple[str, ...] = (DAY, WEEK, MONTH)
    formats: tuple[str, ...] = ("xlsx", "csv")
    retail: bool = False
    send: tuple[str, ...] = ()
