"""What was bought of every product, or by every member, on which day; and sums of it over windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import day_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Amounts by thing and day, in order of day.

    Attributes:
        names: Products or members, in order, (n,).
        who: Row of ``names`` of each amount, (d,).
        day: Days since 1970, (d,).
        much: Units, minor units or days of purchase, never negative, (d,).
        promoted: By thing, days since 1970 on which a promotion runs for it; one row for all where there is one, (n or
            1, days): cumulative counts from ``first`` on, with a leading 0.
        first: First day of the data.
        last: Last known day.
    """

    names: NDArray[np.object_]
    who: Ints
    day: Ints
    much: Floats
    promoted: Ints
    first: int
    last: int

    def total(self, after: int, until: int) -> Floats:
        """Sum over the days ``after < day <= until``, (n,)."""
        low, high = np.searchsorted(self.day, [after, until], side="right")
        return np.bincount(self.who[low:high], self.much[low:high], len(self.names)).astype(np.float64)

    def days(self, after: int, until: int) -> Floats:
        """Days with any of it in the same days, (n,)."""
        low, high = np.searchsorted(self.day, [after, until], side="right")
        return np.bincount(self.who[low:high], minlength=len(self.names)).astype(np.float64)

    def ends(self, until: int) -> tuple[Floats, Floats]:
        """Days since the last and since the first, as seen at the end of a day; nan where there was none, (n,)."""
        high = int(np.searchsorted(self.day, until, side="right"))
        last, first = np.full(len(self.names), np.nan), np.full(len(self.names), np.nan)
        last[self.who[:high]] = until - self.day[:high]
        first[self.who[:high][::-1]] = until - self.day[:high][::-1]
        return last, first

    def promotion(self, after: int, until: int) -> Floats:
        """Share of the days ``after < day <= until`` on which a promotion runs, (n,)."""
        most = self.promoted.shape[1] - 1
        low, high = (min(max(end - self.first + 1, 0), most) for end in (after, until))
        share = (self.promoted[:, high] - self.promoted[:, low]) / max(until - after, 1)
        return np.broadcast_to(share, (len(self.names),)).astype(np.float64)


def panel(rows: pd.DataFrame, first: int, last: int, promoted: Ints | None = None) -> Panel:
    """Amounts of one day together.

    Args:
        rows: ``name``, ``local_date``, ``much``.
        first: First day of the data, days since 1970.
        last: Last known day.
        promoted: As in ``Panel``, for the names in order; None: no promotion is known.
    """
    who, names = pd.factorize(rows["name"].astype("str"), sort=True)
    day = day_numbers(rows["local_date"])
    key, at = np.unique(day * max(len(names), 1) + who, return_inverse=True)
    much = np.bincount(at, rows["much"].to_numpy(dtype=np.float64), len(key)).astype(np.float64)
    none = np.zeros((1, 1), dtype=np.int64)
    many = max(len(names), 1)
    return Panel(
        np.asarray(names, dtype=object),
        key % many,
        key // many,
        much,
        none if promoted is None else promoted,
        first,
        last,
    )
