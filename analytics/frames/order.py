"""Putting frames in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def in_order(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The rows sorted by some columns, as ``sort_values`` does with ``ignore_index``.

    What comes from a database is in the order of its first column already, and only the few rows that are equal there
    have to be told apart by the others: of a million facts that is a tenth of the work.

    Args:
        frame: Any; the first column has no gaps.
        by: Columns.
    """
    first = frame[by[0]]
    if not first.is_monotonic_increasing:
        return frame.sort_values(list(by), ignore_index=True)
    same = np.append((first == first.shift()).to_numpy(dtype=bool), values=False)
    equal = np.flatnonzero(same[:-1] | same[1:])
    order = np.arange(len(frame))
    tied = frame[list(by)].iloc[equal].reset_index(drop=True).sort_values(list(by), kind="stable")
    order[equal] = equal[tied.index.to_numpy()]
    return frame.take(order).reset_index(drop=True) if len(equal) else frame.reset_index(drop=True)
