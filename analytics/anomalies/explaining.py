"""Camera, till or a real event: what the other sources say of the same hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

from .judging import SILENT
from .noise import strangeness

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from .judging import Judged, Odd

# The other source speaks where it fits one story so many times better than the other.
_TIMES = 3.0
# From so many standard deviations on it is low or high itself, even where nobody says why.
_OTHER = 2.0
# The opening hours of so many days of the same weekday before a day are the usual ones.
_HOURS_OF = 3


@dataclass(frozen=True, slots=True)
class Story:
    """What something odd probably is.

    Attributes:
        kind: One of ``frames.ODD_KINDS``.
        evidence: Of ``frames.ODD_EVIDENCE``.
        known: Name of the day, or of the till.
    """

    kind: str
    evidence: tuple[str, ...] = ()
    known: str | None = None


def of_traffic(odd: Odd, sold: Judged | None, partly: bool) -> Story:
    """Why visits do not fit: receipts of the same hours tell a camera that fails from a day without customers.

    Args:
        odd: What did not fit.
        sold: The judged receipts; None: nothing was ever sold.
        partly: The cameras saw only part of these hours.
    """
    more = ("partly_seen",) if partly else ()
    if not odd.low:
        return Story("event", (_beside(odd, sold, "sales", ""), *more))
    silent = ("nothing_counted",) if odd.silent else ()
    said = _which(odd, sold)
    if said == "usual":
        return Story("camera", (*silent, "tills_sold", *more))
    if said == "follows":
        return Story("event", (*silent, "sales_low_too", *more))
    return Story("camera" if odd.silent or partly else "event", (*silent, "sales_cannot_tell", *more))


def of_sales(odd: Odd, came: Judged) -> Story:
    """Why receipts or sales do not fit: visits of the same hours tell a missing file from a bad day.

    Args:
        odd: What did not fit.
        came: The judged visits.
    """
    if not odd.low:
        return Story("event", (_beside(odd, came, "visits", "visitors_came"),))
    silent = ("nothing_sold",) if odd.silent else ()
    said = _which(odd, came)
    if said == "follows":
        return Story("event", (*silent, "visits_low_too"))
    if said == "usual":
        return Story("till" if odd.silent else "event", (*silent, "visitors_came"))
    return Story("till" if odd.silent else "event", (*silent, "visits_not_seen"))


def named_days(calendar: pd.DataFrame, hours: pd.DataFrame) -> Mapping[pd.Timestamp, str]:
    """Names of days that are known to be unlike others, and ``hours`` for those with opening hours of their own.

    Args:
        calendar: ``frames.CALENDAR_DAYS``.
        hours: Open hours, ``frames.HOURLY``.
    """
    found: dict[pd.Timestamp, str] = {}
    opened = hours.groupby(["local_date", "weekday"], as_index=False)["open_s"].sum()
    for _, mine in opened.groupby("weekday"):
        # Held against the last of its kind, and never against later ones; new hours are the usual ones in two weeks.
        before = mine["open_s"].rolling(_HOURS_OF, min_periods=1).median().shift(1)
        unlike = mine[(mine["open_s"] - before).abs() >= 3600.0]
        found |= dict.fromkeys(unlike["local_date"], "hours")
    for row in calendar[["local_date", "holiday", "event", "promotion"]].itertuples(index=False):
        names = [str(name) for name in row[1:] if isinstance(name, str)]
        if names:
            found[row[0]] = "; ".join(names)
    return found


def _other(odd: Odd, other: Judged | None) -> tuple[float, float, float] | None:
    """What the other source counted and expected in the same slots, and its excess."""
    if other is None or not 0 <= odd.at < len(other.series.days) or np.isnan(other.day_excess[odd.at]):
        return None
    part = slice(0, None) if odd.whole else slice(odd.first, odd.last + 1)
    expected = other.expected[odd.at, part]
    seen = ~np.isnan(expected)
    if not seen.any():
        return None
    return float(other.series.counts[odd.at, part][seen].sum()), float(expected.sum(where=seen)), _excess(other, odd)


def _excess(other: Judged, odd: Odd) -> float:
    return float(other.day_excess[odd.at])


def _which(odd: Odd, other: Judged | None) -> str:
    """Whether the other source went on as usual, or followed; ``unclear`` where it fits both."""
    found = _other(odd, other)
    if found is None:
        return "unclear"
    counted, expected, excess = found
    fallen = expected * max(odd.observed / max(odd.expected, 1e-9), SILENT)
    # Chance, and what days differ by: whichever story needs less of both.
    here, there = (abs(float(strangeness(counted, mean, excess))) for mean in (expected, fallen))
    weight = (there**2 - here**2) / 2.0
    if expected < 30.0:  # too few for the curve: by chance alone
        count = round(counted)
        weight = float(
            scipy.stats.poisson.logpmf(count, expected) - scipy.stats.poisson.logpmf(count, max(fallen, 1e-6))
        )
    if weight > np.log(_TIMES):
        return "usual"
    return "follows" if weight < -np.log(_TIMES) else "unclear"


def _beside(odd: Odd, other: Judged | None, name: str, usual: str) -> str:
    """The code for what the other source did when this one was high."""
    found = _other(odd, other)
    if found is None:
        return "visits_not_seen" if name == "visits" else "sales_cannot_tell"
    strange = float(strangeness(*found))
    if strange >= _OTHER:
        return f"{name}_high_too"
    if strange <= -_OTHER:
        return f"{name}_low_too"
    return usual or "sales_usual"
