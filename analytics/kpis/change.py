"""Why sales moved: traffic, conversion, units per transaction, price, exactly and in money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import CHANGE_SPLIT, check, empty

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

_MEASURES = ["visits", "receipts", "units", "sales_minor"]


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What became of the sales between two periods of equal length.

    Attributes:
        before_minor: Net sales of the earlier, all hours.
        after_minor: Of the later.
        steps: ``frames.CHANGE_SPLIT``; empty where the change cannot be split.
        reason: Why it cannot; None where it can.
        hours: So many hours of each period were compared.
    """

    before_minor: int
    after_minor: int
    steps: pd.DataFrame
    reason: str | None
    hours: int


def change_split(hourly: pd.DataFrame, before: tuple[date, date], after: tuple[date, date]) -> Change:
    """Splits the change of net sales S = V x T/V x U/T x S/U into its four factors.

    ``d ln S = d ln V + d ln conversion + d ln UPT + d ln AUR``, and in money the contribution of a factor x is
    ``L(S1, S0) ln(x1 / x0)`` with the logarithmic mean ``L(a, b) = (a - b) / (ln a - ln b)``: the additive logarithmic
    mean Divisia index, which leaves no residual; written in whole minor units that still add up. Hours are compared in
    which both periods were fully seen, each with the same hour of the same day counted from the begin of its period;
    what all other hours add to the change is the step ``not_compared``, so that the steps add up to the whole change.

    Args:
        hourly: ``frames.HOURLY`` of both periods.
        before: First day and day after the last of the earlier period.
        after: Of the later, of the same length.

    References:
        B. W. Ang, "The LMDI approach to decomposition analysis: a practical guide", Energy Policy 33 (2005).

    Raises:
        ValueError: The periods are not equally long.
    """
    if before[1] - before[0] != after[1] - after[0]:
        raise ValueError(f"the periods {before[0]}..{before[1]} and {after[0]}..{after[1]} are not equally long")
    old, new = _period(hourly, *before), _period(hourly, *after)
    sales = int(old["sales_minor"].sum()), int(new["sales_minor"].sum())
    both = old[old["whole"]].merge(new[new["whole"]], on=["day", "local_hour"], suffixes=("_0", "_1"))
    sums = [[float(both[f"{name}_{end}"].sum()) for name in _MEASURES] for end in (0, 1)]
    reason = _reason(sums, len(both))
    if reason is not None:
        return Change(*sales, empty(CHANGE_SPLIT), reason, len(both))
    factors = np.array([[v, t / v, u / t, s / u] for v, t, u, s in sums])
    logs = np.log(factors[1] / factors[0])
    compared = sums[0][3], sums[1][3]
    money = _whole(_log_mean(compared[1], compared[0]) * logs, round(compared[1] - compared[0]))
    rest = sales[1] - sales[0] - (compared[1] - compared[0])
    steps = pd.DataFrame(
        {
            "step": ["traffic", "conversion", "units_per_transaction", "unit_price", "not_compared"],
            "before": [*factors[0], np.nan],
            "after": [*factors[1], np.nan],
            "log_change": [*logs, np.nan],
            "contribution_minor": [*money, rest],
        }
    )
    return Change(*sales, check(steps, CHANGE_SPLIT), None, len(both))


def _period(hourly: pd.DataFrame, first: date, until: date) -> pd.DataFrame:
    """The hours of a period: numbered by day from its begin, and which of them were fully seen and had visits."""
    day = hourly["local_date"]
    mine = hourly[(day >= pd.Timestamp(first)) & (day < pd.Timestamp(until))]
    known = (mine["status"] == "ok") & mine["visits"].notna()
    found = mine[["local_hour", *_MEASURES]].assign(day=(mine["local_date"] - pd.Timestamp(first)).dt.days, whole=known)
    found[_MEASURES] = found[_MEASURES].astype("float64").fillna(0.0)
    # The hour that the clock shows twice is one: there is only one of it in other weeks.
    sums = found.groupby(["day", "local_hour"], as_index=False)
    return sums.agg({**dict.fromkeys(_MEASURES, "sum"), "whole": "all"})


def _reason(sums: list[list[float]], hours: int) -> str | None:
    if not hours:
        return "no hour was fully seen in both periods"
    for period, (visits, receipts, units, sales) in zip(("earlier", "later"), sums, strict=True):
        for name, value in (("visits", visits), ("transactions", receipts)):
            if value <= 0:
                return f"the {period} period has no {name} in the hours compared"
        for name, value in (("units", units), ("sales", sales)):
            if value <= 0:
                return f"the {period} period's net {name} are {value:.0f}: returns outweigh sales"
    return None


def _whole(parts: NDArray[np.float64], total: int) -> NDArray[np.float64]:
    """Whole numbers that add up to the total: rounded down, and what is left goes to the largest remainders."""
    found = np.floor(parts)
    left = round(total - float(found.sum()))
    found[np.argsort(found - parts, kind="stable")[:left]] += 1.0
    return found


def _log_mean(one: float, other: float) -> float:
    return one if np.isclose(one, other, rtol=1e-12) else (one - other) / float(np.log(one) - np.log(other))
