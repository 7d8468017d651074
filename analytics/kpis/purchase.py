"""Do people who stay longer buy? The time that buyers and others spent before the shelves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST_TRACKS = 20
SURE = 0.5
_WHO = ["camera_id", "run_id", "track_id"]


@dataclass(frozen=True, slots=True)
class Purchase:
    """Time before the shelves, of those who bought and of those who did not.

    Attributes:
        buyers: Tracks, as the sum of their probabilities.
        others: The same.
        buyers_mean_s: Mean seconds, each track weighted by its probability of having bought.
        others_mean_s: Weighted by that of not having.
        buyers_median_s: Weighted median.
        others_median_s: The same.
        longer: Probability that a buyer stayed longer than another, ties by half; 0.5: no difference.
        p: Mann-Whitney, of tracks more likely to have bought than not against the rest.
        reason: Why there are no numbers; None where there are.
    """

    buyers: float
    others: float
    buyers_mean_s: float | None = None
    others_mean_s: float | None = None
    buyers_median_s: float | None = None
    others_median_s: float | None = None
    longer: float | None = None
    p: float | None = None
    reason: str | None = None


def dwell_against_purchase(stays: pd.DataFrame, pairs: pd.DataFrame) -> Purchase:
    """Compares the time in product zones of tracks that were paired with a receipt and of tracks that were not.

    Only where one camera sees shelves and a till can a track be followed from one to the other, so only tracks of
    cameras with a paired receipt are looked at, and only those with a stay in a product zone. A pair has a probability;
    a track counts as a buyer with the probability of its pairs and as another with the rest.

    Args:
        stays: ``frames.STAYS``.
        pairs: ``frames.RECEIPT_VISITS`` of the same time.

    Returns:
        With fewer than twenty tracks on a side there are no numbers, and the reason.
    """
    linked = pairs[pairs["track_id"].notna() & (pairs["probability"] > 0)]
    if linked.empty:
        return Purchase(0.0, 0.0, reason="no receipt is linked with a stay at a till")
    mine = stays[(stays["role"] == "product") & (stays["end_cause"] != "fixed")]
    mine = mine[mine["camera_id"].isin(linked["camera_id"])]
    seconds = mine.groupby(_WHO)["dwell_s"].sum()
    if seconds.empty:
        return Purchase(0.0, 0.0, reason="no camera sees a till and a product zone")
    missed = 1.0 - linked.assign(track_id=linked["track_id"].astype("int64")).groupby(_WHO)["probability"].max()
    bought = 1.0 - missed.reindex(seconds.index).fillna(1.0).to_numpy(dtype=np.float64)
    times = seconds.to_numpy(dtype=np.float64)
    sides = float(bought.sum()), float((1.0 - bought).sum())
    likely = bought >= SURE
    if min(*sides) < LEAST_TRACKS or not likely.any() or likely.all():
        return Purchase(*sides, reason=f"fewer than {LEAST_TRACKS} tracks on a side")
    test = scipy.stats.mannwhitneyu(times[likely], times[~likely], alternative="two-sided")
    return Purchase(
        *sides,
        buyers_mean_s=float(np.average(times, weights=bought)),
        others_mean_s=float(np.average(times, weights=1.0 - bought)),
        buyers_median_s=_median(times, bought),
        others_median_s=_median(times, 1.0 - bought),
        longer=_longer(times, bought),
        p=float(test.pvalue),
    )


def _median(values: Floats, weights: Floats) -> float:
    """The smallest value that at least half of the weight does not exceed."""
    order = np.argsort(values, kind="stable")
    held = np.cumsum(weights[order])
    return float(values[order][int(np.searchsorted(held, held[-1] / 2.0))])


def _longer(values: Floats, bought: Floats) -> float:
    """Of all pairs of a buyer and another, by weight, the share in which the buyer stayed longer; ties by half."""
    times, at = np.unique(values, return_inverse=True)
    buyers = np.bincount(at, weights=bought, minlength=len(times))
    others = np.bincount(at, weights=1.0 - bought, minlength=len(times))
    shorter = np.cumsum(others) - others
    return float((buyers * (shorter + others / 2.0)).sum() / (buyers.sum() * others.sum()))
