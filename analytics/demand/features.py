"""What is known of a product or a member at the end of a day, for the demand of the days after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .panel import Floats, Panel

# Of the period: how far back each sum goes, in periods.
_BACK = ((0.0, 0.25), (0.25, 0.5), (0.5, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 4.0), (4.0, 8.0))
PERIODS = 4


def last_period(seen: Panel, cut: int, days: int) -> Floats:
    """The bar: as much as in the last so many days, (n,)."""
    return seen.total(cut - days, cut)


def mean_period(seen: Panel, cut: int, days: int) -> Floats:
    """The other bar: the mean of the last four such periods, as far as the data go back, (n,)."""
    back = min(PERIODS * days, cut - seen.first + 1)
    return seen.total(cut - back, cut) * (days / max(back, 1))


def features(seen: Panel, cut: int, days: int) -> Floats:
    """Features of every name, (n, k), from what was sold by the end of the day ``cut`` alone.

    Sums over windows as logarithms, so that a straight line in them is a product of powers: demand changes by shares.
    The whole shop's change is one of them; promotions of the window to come are known, because they are planned.
    The price is not: what it does to demand cannot be told from how it happened to change.

    Args:
        seen: What was bought.
        cut: Days since 1970.
        days: Of the period to come.
    """
    n = len(seen.names)
    columns = []
    for near, far in _BACK:
        after, until = cut - round(far * days), cut - round(near * days)
        # Of days before the data nothing is known: as much as in the time that is.
        known = min(until - seen.first + 1, until - after)
        if known > 0 and until > after:
            total = seen.total(until - known, until) * ((until - after) / known)
        else:
            total = mean_period(seen, cut, days) * ((until - after) / days)
        columns.append(np.log1p(total))
    columns += [np.log1p(last_period(seen, cut, days)), np.log1p(mean_period(seen, cut, days))]
    columns += [np.log1p(seen.days(cut - days, cut)), np.log1p(seen.days(cut - PERIODS * days, cut))]
    since, age = seen.ends(cut)
    far_back = float(cut - seen.first + 1)
    columns += [np.log1p(np.nan_to_num(since, nan=far_back)), np.log1p(np.nan_to_num(age, nan=0.0))]
    shop = np.log1p(last_period(seen, cut, days).sum()) - np.log1p(mean_period(seen, cut, days).sum())
    columns += [np.full(n, shop)]
    columns += [seen.promotion(cut, cut + days), seen.promotion(cut - days, cut)]
    return np.column_stack(columns)
