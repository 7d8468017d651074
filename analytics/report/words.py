"""Numbers, dates and amounts as people read them. What is not known is a dash, never a zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..money import DECIMALS

if TYPE_CHECKING:
    from datetime import date, datetime

UNKNOWN = "–"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FULL_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# From this many whole units on, the decimals of an amount only make it harder to read.
_ROUND_FROM = 1000


def count(value: float | None) -> str:
    """``12,345``."""
    return UNKNOWN if value is None else f"{round(value):,}"


def number(value: float | None, decimals: int = 1) -> str:
    """``1.54``."""
    return UNKNOWN if value is None else f"{value:,.{decimals}f}"


def percent(value: float | None, decimals: int = 1) -> str:
    """``27.9 %`` of a share 0..1."""
    return UNKNOWN if value is None else f"{100 * value:.{decimals}f} %"


def signed_percent(value: float | None, decimals: int = 1) -> str:
    """``+3.2 %`` of a change; a true minus sign."""
    return UNKNOWN if value is None else f"{100 * value:+.{decimals}f} %".replace("-", "\u2212")


def points(value: float | None) -> str:
    """``+1.2 points``: the difference of two shares."""
    return UNKNOWN if value is None else f"{100 * value:+.1f} points".replace("-", "\u2212")


def money(minor: float | None, currency: str) -> str:
    """``117.03 EUR``, ``1,743,288 EUR``."""
    if minor is None:
        return UNKNOWN
    decimals = DECIMALS.get(currency, 2)
    amount = minor / 10**decimals
    shown = 0 if abs(amount) >= _ROUND_FROM else decimals
    return f"{amount:,.{shown}f} {currency}".replace("-", "\u2212")


def duration(seconds: float | None) -> str:
    """``48 s``, ``2 min 10 s``, ``1 h 05 min``."""
    if seconds is None:
        return UNKNOWN
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def day(value: date) -> str:
    """``5 April 2026``."""
    return f"{value.day} {value:%B %Y}"


def short_day(value: date) -> str:
    """``Tue 7 Apr``."""
    return f"{WEEKDAYS[value.weekday()]} {value.day} {value:%b}"


def span(first: date, last: date) -> str:
    """``6 October 2025 to 5 April 2026``, without saying anything twice."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {day(last)}"
    if first.year == last.year:
        return f"{first.day} {first:%B} to {day(last)}"
    return f"{day(first)} to {day(last)}"


def length(days: int) -> str:
    """``26 weeks``, ``10 days``."""
    unit, many = ("week", days // 7) if days % 7 == 0 else ("day", days)
    return f"{many} {unit}" + ("" if many == 1 else "s")


def moment(value: datetime) -> str:
    """``Tue 18 Nov 13:10``, in the zone of the value."""
    return f"{short_day(value.date())} {value:%H:%M}"


def some(many: int, one: str, more: str = "") -> str:
    """``1 day``, ``2 days``."""
    return f"{many:,} {one if many == 1 else more or one + 's'}"


def listed(names: list[str]) -> str:
    """``a, b and c``."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else ""
