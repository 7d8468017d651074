"""What is left where no model is identified: how much those bought next whose last purchase was as long ago."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .ahead import Counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .bgnbd import Histories
    from .holdout import HeldOut

    Floats = NDArray[np.float64]

_BINS, _LEAST = 10, 20


def by_recency(held: HeldOut, seen: Histories, days: int, level: float) -> Counts:
    """Purchases of each member in the coming days, by the weeks since the last purchase alone.

    The members of the days held out are cut into tenths by the time since their last purchase; who stands there now is
    expected to buy as those did. Their quantiles are the interval.

    Args:
        held: The days held out.
        seen: Members today.
        days: How far ahead.
        level: Of the interval.
    """
    before, now = _quiet(held.then.seen), _quiet(seen)
    bins = min(_BINS, max(len(before) // _LEAST, 1))
    cuts = np.unique(np.quantile(before, np.arange(1, bins) / bins)) if bins > 1 else np.zeros(0)
    there, here = (np.searchsorted(cuts, values, side="left") for values in (before, now))
    scale = days / held.days
    table = np.zeros((len(cuts) + 1, 5))
    for place in range(len(cuts) + 1):
        mine = held.actual[there == place]
        mine = mine if len(mine) else held.actual
        ends = np.quantile(mine, [(1 - level) / 2, (1 + level) / 2])
        table[place] = (
            scale * mine.mean(),
            scale**2 * mine.var(),
            np.mean(mine == 0),
            np.floor(scale * ends[0]),
            np.ceil(scale * ends[1]),
        )
    found = table[here]
    return Counts(*(found[:, column] for column in range(5)))


def _quiet(seen: Histories) -> Floats:
    """Weeks since the last purchase; of who was not seen to buy, since the begin, and those before it."""
    quiet: Floats = seen.age - seen.t_x + np.where(seen.x > 0, 0.0, seen.before)
    return quiet
