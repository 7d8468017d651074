"""Recency, frequency and value as ratios to the store's average: eight groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Whether recent, often and much, each above the average -> the group; of most worth first.
RATIO_GROUPS: dict[tuple[bool, bool, bool], str] = {
    (True, True, True): "important_value",
    (False, True, True): "important_keep",
    (True, False, True): "important_develop",
    (False, False, True): "important_win_back",
    (True, True, False): "general_value",
    (False, True, False): "general_keep",
    (True, False, False): "general_develop",
    (False, False, False): "general_win_back",
}


def with_ratios(found: pd.DataFrame) -> pd.DataFrame:
    """Adds ``r_ratio``, ``f_ratio``, ``m_ratio`` and ``ratio``.

    A member is recent with no more days since the last purchase than the average member, buys often with at least the
    average number of receipts, and much with at least the average amount: Hughes, Strategic Database Marketing (1994),
    in the form that is common in China, where each of the three is cut at its mean.

    Args:
        found: ``recency_days``, ``frequency`` and ``monetary_minor`` of every member.

    Returns:
        The same rows; a ratio is missing where the average is not above zero.
    """
    names = {"r_ratio": "recency_days", "f_ratio": "frequency", "m_ratio": "monetary_minor"}
    values = {ratio: found[name].to_numpy(dtype=np.float64) for ratio, name in names.items()}
    means = {ratio: float(value.mean()) if len(value) else 0.0 for ratio, value in values.items()}
    recent = values["r_ratio"] <= means["r_ratio"]
    often = values["f_ratio"] >= means["f_ratio"]
    much = values["m_ratio"] >= means["m_ratio"]
    ratios = {ratio: _over(values[ratio], means[ratio]) for ratio in names}
    place = 4 * recent + 2 * often + 1 * much
    groups = np.empty(8, dtype=object)
    for (r, f, m), name in RATIO_GROUPS.items():
        groups[4 * r + 2 * f + m] = name
    return found.assign(**ratios, ratio=pd.Series(groups[place], index=found.index, dtype="str"))


def _over(values: NDArray[np.float64], mean: float) -> NDArray[np.float64]:
    return values / mean if mean > 0 else np.full(len(values), np.nan)
