"""Business days as whole numbers, days since 1970, with which rooms calculate."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """A day as a number."""
    return (day - _EPOCH).days


def day_of(number: int) -> date:
    """The day of a number."""
    return _EPOCH + timedelta(days=int(number))


def day_numbers(days: pd.Series) -> NDArray[np.int64]:
    """The numbers of calendar days without a time, shape (n,); none of them may be missing."""
    return np.asarray(days.to_numpy().astype("datetime64[D]").astype(np.int64))
