"""Groups are found at month ends and keep their numbers from one to the next, so that nights rename nobody."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_DECEMBER = 12
# How many groups there are is asked anew in these months; in the others they only move along.
CHOSEN_IN = (3, 6, 9, 12)
# A group is the same as before if it holds at least this share of the old one, or is held by it.
SAME = 0.5


def month_ends(as_of: date) -> tuple[date, ...]:
    """The ends of months on which the groups of a day rest.

    Args:
        as_of: A business day.

    Returns:
        From the last December 31 up to the last month end that is not after the day, in order: numbers of groups are
        kept within a year and given anew at its beginning.
    """
    tomorrow = as_of + timedelta(days=1)
    last = tomorrow.replace(day=1) - timedelta(days=1)
    if last.month == _DECEMBER:
        return (last,)
    firsts = [date(last.year, month, 1) for month in range(1, last.month + 2)]
    return tuple(first - timedelta(days=1) for first in firsts)


def month_before(day: date) -> date:
    """The same day a month earlier, or that month's last."""
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=min(day.day, last.day))


def renumbered(before: NDArray[np.int64], after: NDArray[np.int64], groups: int, used: Sequence[int]) -> list[int]:
    """Gives new groups the numbers of the old ones that hold the same members.

    The pairs with the most members in common, found by the Hungarian method (Kuhn 1955). A new group that shares less
    than half of both sides with its pair is another one and gets a number of its own.

    Args:
        before: Numbers of the old groups of some members, (n,).
        after: Places of the new groups of the same members, 0 to groups - 1, (n,).
        groups: How many new groups there are.
        used: Every number that was ever given, the old groups' among them.

    Returns:
        The number of each new group.
    """
    numbers = sorted(used)
    common = np.zeros((len(numbers), groups))
    np.add.at(common, (np.searchsorted(numbers, before), after), 1)
    pairs = {int(new): int(old) for old, new in zip(*scipy.optimize.linear_sum_assignment(-common), strict=True)}
    fresh, found = max(numbers, default=0), []
    for new in range(groups):
        old = pairs.get(new)
        shared = 0.0 if old is None else common[old, new]
        if old is not None and shared >= SAME * min(common[old].sum(), common[:, new].sum()) and shared > 0:
            found.append(numbers[old])
        else:
            fresh += 1
            found.append(fresh)
    return found
