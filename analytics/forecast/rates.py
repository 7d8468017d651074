"""Conversion ahead: a rate is not a count, so it comes from forecasts of both its sides, or from its own past."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .grid import HOURS, WEEK
from .models import NAIVE, last_week
from .trials import Trial, open_of, truth_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .grid import Grid

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

RATIO, USUAL = "transactions by visits", "usual rate"
_BACK_WEEKS = 8
# The rate of an hour of the week counts as much as that of the whole store once it rests on so many visits.
_SHRINK_VISITS = 50.0


def rate_trials(rate: Grid, visits: Grid, receipts: Grid, said: tuple[Trial, Trial]) -> dict[str, Trial]:
    """The ways to forecast conversion; a rate is held against others by what chance leaves open at so many visits.

    Args:
        rate: Conversion by hour.
        visits: Visits by hour.
        receipts: Transactions by hour.
        said: What the chosen models say of visits and of transactions.

    Returns:
        By name; ``NAIVE`` is the conversion of the same hour last week.
    """
    origins, horizon = said[0].origins, said[0].mean.shape[1]
    came, sold = said
    truth = truth_of(rate, origins, horizon)
    usual = usual_rate(visits, receipts, origins, horizon)
    means = {
        NAIVE: last_week(rate, origins, horizon),
        RATIO: _ratio(sold.mean, came.mean, usual),
        USUAL: usual,
    }
    is_open = open_of(rate, origins, horizon)
    found = {}
    for name, mean in means.items():
        found[name] = Trial(origins, np.where(is_open, mean, 0.0), truth, 1.0 / np.maximum(came.mean, 1.0))
    return found


def usual_rate(visits: Grid, receipts: Grid, origins: Ints, horizon: int) -> Floats:
    """(O, H, 24) the conversion of the same hours of the last eight weeks, drawn towards that of the whole store.

    ``(transactions + k * p) / (visits + k)``, where p is the conversion of all hours of these weeks and k the visits
    at which both weigh the same: the mean of a beta distribution around p after the hour's own visits were seen.
    Ratios of sums, over hours of which visits and transactions are both known.
    """
    both = np.isfinite(visits.values) & np.isfinite(receipts.values)
    came, sold = np.where(both, visits.values, 0.0), np.where(both, receipts.values, 0.0)
    found = np.zeros((len(origins), horizon, HOURS))
    for number, origin in enumerate(origins):
        first = max(int(origin) - _BACK_WEEKS * WEEK, 0)
        total = came[first:origin].sum()
        overall = sold[first:origin].sum() / total if total > 0 else 0.0
        for lead in range(horizon):
            same = np.arange(int(origin) + lead - WEEK * (lead // WEEK + 1), first - 1, -WEEK)
            hours = came[same].sum(axis=0), sold[same].sum(axis=0)
            found[number, lead] = (hours[1] + _SHRINK_VISITS * overall) / (hours[0] + _SHRINK_VISITS)
    return found


def rate_by_day(trial: Trial, came: Trial, days: tuple[Trial, Trial]) -> Trial:
    """Conversion of whole days: hourly rates weighted by the visits expected of the hours.

    Args:
        trial: Of hours.
        came: What is said of visits by hour.
        days: Trials of whole days, of visits and of transactions, for the truth and the spread.
    """
    visits = came.mean.sum(axis=2, keepdims=True)
    mean = (trial.mean * came.mean).sum(axis=2, keepdims=True) / np.maximum(visits, 1e-9)
    truth = np.asarray(days[1].truth / np.where(days[0].truth > 0, days[0].truth, np.nan))
    return Trial(trial.origins, mean, truth, 1.0 / np.maximum(visits, 1.0))


def _ratio(above: Floats, below: Floats, otherwise: Floats) -> Floats:
    """A rate of two forecasts; where nobody is expected the usual one."""
    known = below > 0
    return np.asarray(np.where(known, above / np.where(known, below, 1.0), otherwise))
