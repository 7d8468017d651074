"""The level of some days against that of others, weekday by weekday, when neighbouring days resemble one another.

A rainy Saturday is compared with dry Saturdays, on the logarithm, so that the result is a ratio. Weather, season and
news last for days: with such memory in the data, a test that takes days as independent finds differences where there
are none. The errors here may remember the day before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy
from numpy.typing import NDArray

from .finding import LEAST_N, Doubt, Finding, Group, Interval

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Residuals this far over chance remember their day before.
_MEMORY = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """The days of a comparison.

    Attributes:
        dates: (N,) ``datetime64[ms]``, in order, each once.
        values: (N,) of the measure; NaN or not above 0: the day cannot be compared.
        chosen: (N,) the days asked about; the others are what they are held against.
    """

    dates: pd.Series
    values: Floats
    chosen: Flags


def level(measure: str, question: str, names: tuple[str, str], days: Days, *, trend: bool = False) -> Finding:
    """By how much the chosen days lie over or under the others of the same weekday.

    The regression log(value) = weekday + chosen (+ trend) by generalised least squares; the errors follow an AR(1)
    whose memory is estimated and corrected for the length of the series.

    Args:
        measure: What the values are.
        question: By what the days are split.
        names: Of the chosen days, and of the others.
        days: Weekdays that occur in one of the two groups only are left out.
        trend: Let the level change evenly over time; without it a trend would be taken for a difference.

    Returns:
        The ratio of the chosen days to the others with its 95 % interval.

    References:
        J. Durbin, G. S. Watson, Biometrika 37 (1950); F. H. C. Marriott, J. A. Pope, Biometrika 41 (1954) on the
        bias of the memory.
    """
    from statsmodels.regression.linear_model import GLSAR, OLS

    usable = np.isfinite(days.values) & (days.values > 0)
    weekday = days.dates.dt.day_of_week.to_numpy()
    both = np.isin(weekday, weekday[usable & days.chosen]) & np.isin(weekday, weekday[usable & ~days.chosen])
    kept = usable & both
    chosen = days.chosen[kept]
    groups = tuple(
        _group(name, days.values[usable & mine]) for name, mine in zip(names, (days.chosen, ~days.chosen), strict=True)
    )
    left_out = int((~usable).sum())
    if min(chosen.sum(), (~chosen).sum()) < LEAST_N:
        return Finding(measure, question, "ar1_regression", groups, doubts=("few",), left_out=left_out)
    logs = np.log(days.values[kept])
    dates = days.dates[kept].astype("datetime64[ms]").astype("int64").to_numpy() / 86_400_000.0
    columns = [chosen.astype(np.float64)]
    columns += [(weekday[kept] == day).astype(np.float64) for day in np.unique(weekday[kept])]
    if trend:
        columns.append(dates - dates.mean())
    design = np.column_stack(columns)
    freedom = len(logs) - np.linalg.matrix_rank(design)
    if freedom < LEAST_N:
        return Finding(measure, question, "ar1_regression", groups, doubts=("few",), left_out=left_out)
    rho, remembers = _memory(logs, design)
    found = GLSAR(logs, design, rho=rho).fit() if rho else OLS(logs, design).fit()
    size, error = float(found.params[0]), float(found.bse[0])
    t = size / error if error > 0 else math.inf
    # Days that remember one another are fewer days than they seem.
    df = float(max(2.0, freedom * (1 - rho) / (1 + rho)))
    p = float(2 * scipy.stats.t.sf(abs(t), df))
    half = float(scipy.stats.t.ppf(0.975, df)) * error
    doubts: tuple[Doubt, ...] = ("autocorrelated",) if remembers else ()
    ratio = Interval(math.exp(size), math.exp(size - half), math.exp(size + half))
    return Finding(
        measure,
        question,
        "ar1_regression",
        groups,
        statistic=t,
        df=(df,),
        p=p,
        p_corrected=p,
        ratio=ratio,
        doubts=doubts,
        left_out=left_out,
    )


def _memory(logs: Floats, design: Floats) -> tuple[float, bool]:
    """The correlation of the residuals with those of the day before, 0..0.9, and whether it is more than chance."""
    from statsmodels.regression.linear_model import OLS

    rest = OLS(logs, design).fit().resid
    power = float(rest @ rest)
    if power <= 0:
        return 0.0, False
    raw = float(rest[1:] @ rest[:-1]) / power
    n = len(rest)
    lost = design.shape[1]
    # The residuals of a fit remember less than the errors did, the more so the more was fitted.
    fair = (raw * n + 1 + lost / 2) / max(n - 3 - lost / 2, 1.0)
    return min(max(fair, 0.0), 0.9), raw > _MEMORY / math.sqrt(n)


def _group(name: str, values: Floats) -> Group:
    spread = float(values.std(ddof=1)) if len(values) > 1 else None
    return Group(name, len(values), float(values.mean()) if len(values) else None, spread)
