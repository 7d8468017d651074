"""What is known of a member at the end of a day, as numbers for the models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .history import Floats, History, Ints

NAMES = (
    "recency",
    "late",
    "share",
    "decay_short",
    "count",
    "gap_mean",
    "gap_last",
    "gap_spread",
    "decay_mid",
    "decay_long",
    "decay_all",
    "window",
    "window_before",
    "window_half",
    "trend",
    "spend_mean",
    "spend_last",
    "units_mean",
    "tenure",
)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known at the end of a day.

    Attributes:
        rows: Rows of ``History.names``, (n,).
        values: Features in the order of ``NAMES``, (n, k).
        since_days: Since the last purchase, (n,).
        gap_days: Mean gap between purchases; nan after one, (n,).
        purchases: Days of purchase, (n,).
        lately: Of these in the last window, (n,).
        before: In the window before it, (n,).
        spend_minor: All that was bought, (n,).
        tenure_days: Since the first purchase, (n,).
    """

    rows: Ints
    values: Floats
    since_days: Floats
    gap_days: Floats
    purchases: Floats
    lately: Floats
    before: Floats
    spend_minor: Floats
    tenure_days: Floats


def known(seen: History, cut: int, days: int) -> Known:
    """Features of everybody who had bought by the end of the day ``cut``; later purchases are not looked at.

    The season is not among them: a few days that teach say nothing of a year. Times are logarithms, because a day
    matters more after a week than after a year; numbers of purchases fade with several half-lives, in the manner of
    exponential smoothing.

    Args:
        seen: Days of purchase.
        cut: Days since 1970.
        days: The window, which sets the scale of the features.
    """
    past = seen.day <= cut
    member, day = seen.member[past], seen.day[past]
    rows, at = np.unique(member, return_inverse=True)
    n = len(rows)
    ago = (cut - day).astype(np.float64)
    opens = np.searchsorted(at, np.arange(n))
    closes = np.searchsorted(at, np.arange(n), side="right") - 1

    def total(values: NDArray[np.generic] | None = None) -> Floats:
        return np.bincount(at, None if values is None else values.astype(np.float64), n).astype(np.float64)

    count, since, tenure = total(), ago[closes], ago[opens]
    amount, units = seen.amount_minor[past], seen.units[past]
    spend = total(amount)
    gaps = np.r_[0.0, np.where(at[1:] == at[:-1], ago[:-1] - ago[1:], 0.0)] if n else np.zeros(0)
    repeat = count > 1
    times = np.maximum(count - 1, 1)
    gap_mean = (tenure - since) / times
    gap_sd = np.sqrt(np.maximum(total(gaps**2) / times - gap_mean**2, 0.0))
    lately, before = total(ago < days), total((ago >= days) & (ago < 2 * days))
    fade = [total(np.exp(-ago / (days * scale))) for scale in (1 / 3, 2 / 3, 4 / 3, 8 / 3)]
    columns = {
        "recency": np.log1p(since),
        "late": np.where(repeat, np.log1p(since) - np.log1p(gap_mean), 0.0),
        "share": (tenure - since) / np.maximum(tenure, 1.0),
        "decay_short": _log(fade[0]),
        "count": np.log(np.maximum(count, 1.0)),
        "gap_mean": np.where(repeat, np.log1p(gap_mean), 0.0),
        "gap_last": np.where(repeat, np.log1p(gaps[closes]), 0.0) if n else gaps,
        "gap_spread": np.where(repeat, gap_sd / np.maximum(gap_mean, 1.0), 0.0),
        "decay_mid": _log(fade[1]),
        "decay_long": _log(fade[2]),
        "decay_all": _log(fade[3]),
        "window": np.log1p(lately),
        "window_before": np.log1p(before),
        "window_half": np.log1p(total(ago < days / 2)),
        "trend": np.log1p(lately) - np.log1p(before),
        "spend_mean": np.log1p(np.maximum(spend / np.maximum(count, 1.0), 0.0)),
        "spend_last": np.log1p(np.maximum(amount[closes], 0.0)) if n else spend,
        "units_mean": np.log1p(np.maximum(total(units) / np.maximum(count, 1.0), 0.0)),
        "tenure": np.log1p(tenure),
    }
    values = np.column_stack([columns[name] for name in NAMES])
    usual = np.where(repeat, gap_mean, np.nan)
    return Known(rows.astype(np.int64), values, since, usual, count, lately, before, spend, tenure)


def _log(values: Floats) -> Floats:
    # After ten windows of silence nothing more is learnt from another one.
    found: Floats = np.log(np.maximum(values, 1e-4))
    return found
