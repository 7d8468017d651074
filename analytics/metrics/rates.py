"""Around the plain numbers: how sure a proportion is, and which hours carry the week."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

POWER_SHARE = 0.4
POWER_WEEKS = 6


@dataclass(frozen=True, slots=True)
class PowerHour:
    """One hour of the week among the busiest.

    Attributes:
        weekday: 0 is Monday.
        local_hour: 0..23.
        visits: Mean visits of the hours that were seen.
        share: Of a mean week's visits, 0..1.
    """

    weekday: int
    local_hour: int
    visits: float
    share: float


def wilson(successes: int, trials: int, z: float = 1.959964) -> tuple[float, float] | None:
    """The interval of a proportion, 95 % by default; None where it is none (no trials, or more successes).

    References:
        E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    """
    if trials <= 0 or not 0 <= successes <= trials:
        return None
    share, weight = successes / trials, z * z / trials
    middle = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / trials + weight / (4 * trials)) / (1 + weight)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def differ(successes: int, trials: int, successes_before: int, trials_before: int) -> bool | None:
    """Whether two proportions differ by more than chance, at 5 %; None where one of them is no proportion.

    The two-proportion z test with the pooled share.
    """
    proper = 0 <= successes <= trials and 0 <= successes_before <= trials_before
    if not proper or not trials or not trials_before:
        return None
    pooled = (successes + successes_before) / (trials + trials_before)
    error = math.sqrt(pooled * (1 - pooled) * (1 / trials + 1 / trials_before))
    apart = abs(successes / trials - successes_before / trials_before)
    return apart > 1.959964 * error if error > 0 else apart > 0


def power_hours(hours: pd.DataFrame, share: float = POWER_SHARE, weeks: int = POWER_WEEKS) -> tuple[PowerHour, ...]:
    """The smallest set of weekday-hours that holds ``share`` of the visits of the last ``weeks`` weeks.

    The mean over the hours that were fully seen stands for a weekday-hour, so an outage does not make it look quiet.

    Args:
        hours: ``frames.HOURLY``.
        share: 0..1.
        weeks: Counted back from the last day.

    Returns:
        Busiest first; empty where nothing was seen.
    """
    if hours.empty:
        return ()
    days_back = (hours["local_date"].max() - hours["local_date"]).dt.days
    recent = hours[(days_back < 7 * weeks) & (hours["status"] == "ok")]
    mean = recent.groupby(["weekday", "local_hour"])["visits"].mean().astype("float64")
    total = float(mean.sum())
    if total <= 0:
        return ()
    found: list[PowerHour] = []
    held = 0.0
    for (weekday, hour), visits in mean.sort_values(ascending=False, kind="stable").items():
        if held >= share * total - 1e-9:
            break
        held += visits
        found.append(PowerHour(int(weekday), int(hour), float(visits), float(visits) / total))
    return tuple(found)
