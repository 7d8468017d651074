"""The days of a window with everything that is known of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from ..frames import CALENDAR_DAYS, WEATHER, check, empty
from .retail import retail_weeks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    import numpy as np
    from numpy.typing import NDArray

SPECIAL = ("holiday", "event", "promotion")


@dataclass(frozen=True, slots=True)
class Dated:
    """Something that lasts from one day to another.

    Attributes:
        name: What people call it.
        first: First day.
        last: Last day, itself included.
        categories: Of products, for a promotion; empty: all.
    """

    name: str
    first: date
    last: date
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownDays:
    """What the settings say of days.

    Attributes:
        holidays: Names by day, from ``public_holidays``.
        events: Such as a street fair.
        promotions: What the store itself did.
    """

    holidays: Mapping[date, str] = field(default_factory=dict)
    events: tuple[Dated, ...] = ()
    promotions: tuple[Dated, ...] = ()


def calendar_days(first: date, end: date, known: KnownDays, weather: pd.DataFrame | None = None) -> pd.DataFrame:
    """Every day of a window.

    Args:
        first: First business day.
        end: The day after the last.
        known: Holidays, events, promotions.
        weather: ``frames.WEATHER`` of any days; one of which it says nothing has no weather. None: there is none.

    Returns:
        ``frames.CALENDAR_DAYS``, a row for each ``first <= day < end``.
    """
    days = [first + timedelta(days=n) for n in range((end - first).days)]
    if not days:
        return empty(CALENDAR_DAYS)
    sky = check(empty(WEATHER) if weather is None else weather, WEATHER).set_index("local_date")
    dates = pd.DatetimeIndex(days).as_unit("ms")
    sky = sky.reindex(dates)
    weeks = retail_weeks(days)
    found = pd.DataFrame(
        {
            "local_date": dates,
            "weekday": [day.weekday() for day in days],
            "holiday": _texts(known.holidays.get(day) for day in days),
            "event": _texts(_running(known.events, day) for day in days),
            "promotion": _texts(_running(known.promotions, day) for day in days),
            **{name: weeks[name] for name in ("retail_year", "retail_period", "retail_week")},
            "weather": sky["condition"].to_numpy(),
            "temperature_c": sky["temperature_c"].to_numpy(),
            "rain_mm": sky["rain_mm"].to_numpy(),
        }
    )
    return check(found, CALENDAR_DAYS)


def ordinary(calendar: pd.DataFrame) -> NDArray[np.bool_]:
    """Which days are no holiday and have no event and no promotion: those with which others may be compared.

    Args:
        calendar: ``frames.CALENDAR_DAYS``.
    """
    plain: NDArray[np.bool_] = calendar[list(SPECIAL)].isna().all(axis=1).to_numpy(dtype=bool)
    return plain


def _running(things: Iterable[Dated], day: date) -> str | None:
    return "; ".join(thing.name for thing in things if thing.first <= day <= thing.last) or None


def _texts(values: Iterable[str | None]) -> pd.Series:
    return pd.Series(list(values), dtype="str")
