"""How many purchases a member will make in a coming time: not only how many on average, but how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .bgnbd import posterior

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .bgnbd import BgNbd, Histories

    Floats = NDArray[np.float64]

_ENOUGH, _MOST = 1e-7, 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """The distribution of the purchases of each member in a coming time; arrays (n,).

    Attributes:
        mean: Expected purchases.
        variance: Of the purchases, the parameters taken as known.
        none: Probability of not a single one.
        low: Quantile of ``quantiles``; whole purchases.
        high: Quantile.
    """

    mean: Floats
    variance: Floats
    none: Floats
    low: Floats
    high: Floats


def coming(model: BgNbd, seen: Histories, weeks: float, level: float = 0.8) -> Counts:
    """The purchases of members in so many coming weeks.

    Who buys k times or more must have stayed after each of the k - 1 before, and the Poisson process must have got so
    far: P(Y >= k) = alive * E[(1-p)^(k-1)] * P(N >= k), a Beta moment and the tail of a negative binomial, which both
    follow from those of k - 1. With nothing seen of a member it is the distribution of the paper for a new customer.

    Args:
        model: The parameters.
        seen: The members.
        weeks: From the day of asking.
        level: Of the interval from ``low`` to ``high``.
    """
    rows, group, _ = seen.grouped()
    known = posterior(model, rows)
    odds = weeks / (known.pace + weeks)
    chance = np.exp(known.shape * np.log1p(-odds))
    tail, kept = 1.0 - chance, np.ones(len(rows))
    mean, square, low, high = (np.zeros(len(rows)) for _ in range(4))
    none = 1.0 - known.alive * tail
    live = np.arange(len(rows))
    state = np.stack([known.alive, known.shape, odds, known.leaves + known.stays, known.stays, chance, tail, kept])
    at_least, at_most = (1 + level) / 2, (1 - level) / 2
    for k in range(1, _MOST):
        alive, shape, step, total, stays, chance, tail, kept = state
        more = alive * kept * np.maximum(tail, 0.0)
        mean[live] += more
        square[live] += (2 * k - 1) * more
        low[live] += more > at_least
        high[live] += more > at_most
        state[7] = kept * (stays + k - 1) / (total + k - 1)
        state[5] = chance * (shape + k - 1) / k * step
        state[6] = tail - state[5]
        go = more > _ENOUGH
        if not go.all():
            live, state = live[go], state[:, go]
        if not len(live):
            break
    variance = np.maximum(square - mean**2, 0.0)
    return Counts(mean[group], variance[group], none[group], low[group], high[group])
