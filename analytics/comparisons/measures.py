"""What can be compared by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..frames import DAILY, check

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

# By name: the columns whose ratio it is, and whether it rests on counted people.
MEASURES: dict[str, tuple[str, str | None, bool]] = {
    "visits": ("visits", None, True),
    "transactions": ("receipts", None, False),
    "net_sales": ("sales_minor", None, False),
    "net_units": ("units", None, False),
    "conversion": ("receipts", "visits", True),
    "sales_per_visitor": ("sales_minor", "visits", True),
    "atv": ("sales_minor", "receipts", False),
    "upt": ("units", "receipts", False),
    "aur": ("sales_minor", "units", False),
}


def values(daily: pd.DataFrame, measure: str) -> Floats:
    """The measure of every day, (days,); NaN on days that cannot be compared.

    A day on which the store was closed is never compared; one that was not fully seen (coverage under 90 %) not in
    measures that rest on counted people.

    Args:
        daily: ``frames.DAILY``.
        measure: One of ``MEASURES``.

    Raises:
        KeyError: No such measure.
    """
    above, below, counted = MEASURES[measure]
    found = daily[above].to_numpy(dtype=np.float64, na_value=np.nan)
    if below is not None:
        base = daily[below].to_numpy(dtype=np.float64, na_value=np.nan)
        found = np.where(base > 0, found / np.where(base > 0, base, 1.0), np.nan)
    usable = daily["status"].eq("ok") if counted else daily["status"].ne("closed")
    return np.asarray(np.where(usable.to_numpy(dtype=bool), found, np.nan))


def open_days(daily: pd.DataFrame) -> pd.DataFrame:
    """The days on which the store was open, in order: a closed day is no day without visits.

    Raises:
        FrameError: Not ``frames.DAILY``.
    """
    days = check(daily, DAILY)
    return days[days["status"] != "closed"].sort_values("local_date", ignore_index=True)
