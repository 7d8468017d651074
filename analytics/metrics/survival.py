"""How long something lasts when the end of some of it was not seen."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Dwell:
    """How long people stay, in seconds; None where too many stays are lower bounds to tell."""

    mean_s: float | None
    median_s: float | None
    p90_s: float | None


def dwell(dwell_s: NDArray[np.float64], censored: NDArray[np.bool_]) -> Dwell:
    """Mean, median and 90th percentile by the product-limit estimator.

    A stay that ended out of sight counts as 'still there' until then and as unknown afterwards. The mean is the area
    under the curve up to the longest stay. Without censored stays they are the plain mean and the smallest value that
    at least half, or nine tenths, do not exceed.

    Args:
        dwell_s: (N,) seconds.
        censored: (N,) the dwell is a lower bound.

    References:
        E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", JASA 53 (1958).
    """
    times, at = np.unique(dwell_s, return_inverse=True)
    ended, lost = (np.bincount(at[mine], minlength=len(times)).astype(np.float64) for mine in (~censored, censored))
    return dwell_of_counts(times, ended, lost)


def dwell_of_counts(
    times: NDArray[np.float64], ended: NDArray[np.float64], lost: NDArray[np.float64], *, grouped: bool = False
) -> Dwell:
    """``dwell`` of stays that were counted by their length.

    Args:
        times: (N,) seconds, rising.
        ended: (N,) how many stays ended after so long.
        lost: (N,) how many lasted at least so long.
        grouped: The times stand for steps, in which nobody knows who was lost before whose stay ended: those who were
            lost count for half of the step, as in the life tables of actuaries.

    References:
        S. J. Cutler, F. Ederer, "Maximum utilization of the life table method in analyzing survival", J Chronic Dis 8
        (1958).
    """
    if not ended.sum():
        return Dwell(None, None, None)
    staying = (ended + lost).sum() - np.concatenate([[0], np.cumsum(ended + lost)[:-1]])
    if grouped:
        staying = np.maximum(staying - lost / 2.0, ended)
    # Nobody is left where all of the last step were lost.
    still = np.asarray(np.cumprod(1.0 - ended / np.where(staying > 0, staying, 1.0)), dtype=np.float64)
    mean = float(np.sum(np.diff(times, prepend=0.0) * np.concatenate([[1.0], still[:-1]])))
    return Dwell(mean, _quantile(times, still, 0.5), _quantile(times, still, 0.9))


def dwell_by_hour(
    seconds: NDArray[np.float64], bounds: NDArray[np.bool_], hour: NDArray[np.intp], hours: int
) -> NDArray[np.float64]:
    """``dwell`` of each hour.

    Args:
        seconds: (N,) how long.
        bounds: (N,) it is a lower bound.
        hour: (N,) to which hour it belongs, 0..hours-1.
        hours: How many there are.

    Returns:
        (hours, 3) mean, median and 90th percentile, NaN where they are not known.
    """
    times = np.full((hours, 3), np.nan)
    order = np.argsort(hour, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(hour[order])) + 1):
        if len(part):
            in_hour = dwell(seconds[part], bounds[part])
            times[hour[part[0]]] = [np.nan if value is None else value for value in astuple(in_hour)]
    return times


def censored(stays: pd.DataFrame) -> NDArray[np.bool_]:
    """Which dwells are lower bounds: the start or the end was not seen."""
    return np.asarray((stays["start_cause"] == "appeared") | (stays["end_cause"] != "crossed"), dtype=bool)


def _quantile(times: NDArray[np.float64], still: NDArray[np.float64], share: float) -> float | None:
    reached = np.flatnonzero(still <= 1.0 - share + 1e-9)
    return float(times[reached[0]]) if len(reached) else None
