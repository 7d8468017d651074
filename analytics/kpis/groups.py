"""To which group each hour belongs, and what the group is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NONE, UNKNOWN = "none", "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Hours by group.

    Attributes:
        codes: (N,) the group of each hour, 0..k-1.
        names: What the groups are called, in order.
    """

    codes: NDArray[np.intp]
    names: tuple[str, ...]


def groups(hours: pd.DataFrame, by: str, calendar: pd.DataFrame) -> Groups:
    """Hours by some property of theirs or of their day.

    Args:
        hours: ``hour_utc``, ``local_date``, ``local_hour``, ``weekday``.
        by: ``all``; ``hour`` (such as ``2026-03-02T09:00Z``, its begin in UTC: unique on every day), ``day``, ``week``
            (ISO 8601, ``2026-W10``), ``month``, ``retail_week`` (4-5-4, ``2026-W05`` of the retail year),
            ``weekday_hour`` (``Mon 09``), ``weather``, ``promotion``, ``holiday``.
        calendar: ``frames.CALENDAR_DAYS``; a day that is not in it is ``unknown``.

    Raises:
        ValueError: ``by`` is none of these.
    """
    if by == "all":
        return Groups(np.zeros(len(hours), dtype=np.intp), ("",) if len(hours) else ())
    if by == "hour":
        names = hours["hour_utc"].dt.strftime("%Y-%m-%dT%H:%MZ")
        return Groups(np.arange(len(hours), dtype=np.intp), tuple(names))
    if by == "weekday_hour":
        key = hours["weekday"] * 24 + hours["local_hour"]
        codes, found = pd.factorize(key, sort=True)
        return Groups(codes, tuple(f"{WEEKDAYS[value // 24]} {value % 24:02}" for value in found.tolist()))
    day_codes, days = pd.factorize(hours["local_date"], sort=True)
    named = _names_of_days(pd.Series(days), by, calendar)
    codes, found = pd.factorize(named, sort=by in {"day", "week", "month", "retail_week"})
    return Groups(codes[day_codes], tuple(str(name) for name in found))


def _names_of_days(days: pd.Series, by: str, calendar: pd.DataFrame) -> pd.Series[str]:
    plain = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"}
    if by in plain:
        return pd.Series(days.dt.strftime(plain[by]), dtype="str")
    known = calendar.set_index("local_date").reindex(days).reset_index()
    if by == "retail_week":
        year, week = (known[name].astype("Int64").astype("str") for name in ("retail_year", "retail_week"))
        return (year + "-W" + week.str.zfill(2)).where(known["retail_week"].notna(), UNKNOWN)
    if by == "weather":
        return known["weather"].fillna(UNKNOWN)
    if by in {"promotion", "holiday"}:
        told = known["weekday"].notna()
        return known[by].fillna(NONE).where(told, UNKNOWN)
    raise ValueError(f"{by!r}: no property of an hour or of a day")
