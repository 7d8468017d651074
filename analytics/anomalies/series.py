"""Counts as a table of days and slots of the day: what the tests look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One measure, a row for every day and a column for every slot of the day, such as an hour.

    Attributes:
        days: (n,) datetime64[D], ascending, without gaps.
        slots: (s,) what the slots are called, ascending.
        counts: (n, s) what was counted; NaN: not seen, or closed.
        shares: (n, s) the part of the slot that was seen, 0..1; a count is expected to be smaller in proportion.
        teaches: (n,) days that may teach the baseline: no holidays and other days known to be unlike the rest.
    """

    days: NDArray[np.datetime64]
    slots: NDArray[np.int64]
    counts: NDArray[np.float64]
    shares: NDArray[np.float64]
    teaches: NDArray[np.bool_]

    @property
    def weekdays(self) -> NDArray[np.int64]:
        """(n,) 0 is Monday."""
        return (self.days.astype("int64") + 3) % 7


def series(
    days: pd.Series,
    slots: pd.Series,
    counts: pd.Series,
    shares: pd.Series | None = None,
    ordinary: pd.Series | None = None,
) -> Series:
    """A table of what was counted.

    Rows of the same day and slot are added up: where the clocks go back an hour is there twice, and both its count and
    its share are twice as large. The hour that is skipped in spring is simply not there.

    Args:
        days: (m,) business days.
        slots: (m,) such as the local hour.
        counts: (m,) what was counted, not negative; NaN: unknown.
        shares: (m,) the part of each that was seen, more than 0 wherever a count is known; None: all of it.
        ordinary: Truth by day; a day that is not in it is ordinary. None: all are.
    """
    known = counts.notna().to_numpy(dtype=bool, copy=True)
    if shares is not None:
        known &= (shares > 0).to_numpy(dtype=bool)
    when = days.to_numpy().astype("datetime64[D]")
    first, last = (when.min(), when.max()) if len(when) else (np.datetime64("1970-01-01"), np.datetime64("1969-12-31"))
    span = np.arange(first, last + 1)
    names = np.unique(slots.to_numpy(dtype=np.int64))
    at = ((when[known] - first).astype("int64"), np.searchsorted(names, slots.to_numpy(dtype=np.int64)[known]))
    table, part, rows = (np.zeros((len(span), len(names))) for _ in range(3))
    np.add.at(table, at, counts.to_numpy(dtype=np.float64)[known])
    np.add.at(part, at, 1.0 if shares is None else shares.to_numpy(dtype=np.float64)[known])
    np.add.at(rows, at, 1.0)
    teaches = np.ones(len(span), dtype=bool)
    if ordinary is not None and len(ordinary):
        told = pd.Series(ordinary.to_numpy(dtype=bool), index=pd.DatetimeIndex(ordinary.index))
        teaches = told.reindex(pd.DatetimeIndex(span), fill_value=True).to_numpy(dtype=bool)
    return Series(span, names, np.where(rows > 0, table, np.nan), part, teaches)
