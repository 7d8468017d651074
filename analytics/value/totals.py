"""From members to all of them together: sums with intervals that hold what the parameters leave open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import gammaincinv

from .ahead import coming
from .bgnbd import BgNbd, expected, expected_by, posterior_alive
from .spending import GammaGamma, expected_purchase, purchase_variance

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .ahead import Counts
    from .bgnbd import Histories
    from .fitting import Fitted
    from .lives import Lives
    from .rules import ValueRules

    Floats = NDArray[np.float64]

HORIZON_WEEKS = 90 / 7
MONTHS = 12
# 365.25 / 12 / 7, rounded as the published 12-month values are.
MONTH_WEEKS = 4.345
_YEAR = MONTHS * MONTH_WEEKS
_STEP = 1e-3
_SURE = 1.96


@dataclass(frozen=True, slots=True)
class Spend:
    """What a purchase is expected to be.

    Attributes:
        model: None: not identified, then it is ``typical`` for everybody.
        fitted: Of the model.
        typical: Mean repeat purchase of all members, minor units.
        correlation: Of how often and how much, over members.
    """

    model: GammaGamma | None
    fitted: Fitted | None
    typical: float
    correlation: float | None

    def of(self, known: Lives) -> Floats:
        """Expected sales of the next purchase of each member, (n,)."""
        if self.model is None:
            return np.full(len(known), self.typical)
        return expected_purchase(self.model, known.seen.x, known.mean_minor)

    def spread(self, known: Lives) -> tuple[Floats, Floats]:
        """Variance of a single purchase, and of the member's mean, (n,)."""
        if self.model is None:
            return np.zeros(len(known)), np.zeros(len(known))
        return purchase_variance(self.model, known.seen.x, known.mean_minor)


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """The worth of each member in the next twelve months, discounted; arrays (n,), minor units.

    Attributes:
        mean: Expected.
        low: Lower end of the interval.
        high: Upper end.
        variance: Of the worth, the parameters taken as known.
    """

    mean: Floats
    low: Floats
    high: Floats
    variance: Floats


@dataclass(frozen=True, slots=True)
class Ahead:
    """Totals with 95 % intervals, each (total, low, high); None: unknown."""

    purchases: tuple[float, float, float]
    sales: tuple[float, float, float] | None
    value: tuple[float, float, float] | None
    alive: tuple[float, float, float] | None


def discounted(model: BgNbd, seen: Histories, monthly: float) -> Floats:
    """Purchases of the next twelve months, each month's worth less than the one before, (n,).

    With what a purchase is worth it is the residual lifetime value of Fader, Hardie and Lee, "RFM and CLV: Using
    Iso-Value Curves for Customer Base Analysis", Journal of Marketing Research 42 (2005), cut after a year.
    """
    total, before = np.zeros(len(seen)), np.zeros(len(seen))
    until = expected_by(model, seen, [month * MONTH_WEEKS for month in range(1, MONTHS + 1)])
    for month, so_far in enumerate(until, start=1):
        total += (so_far - before) / (1 + monthly) ** month
        before = so_far
    return total


def worth_of(model: BgNbd, known: Lives, spend: Spend, margin: float, rules: ValueRules) -> Value:
    """The worth of each member with its interval.

    The interval is that of a sum of so many purchases as may come: nothing with the probability that nobody comes, and
    otherwise a Gamma with the mean and the variance of the sum.
    """
    rows, group, _ = known.seen.grouped()
    purchases = discounted(model, rows, rules.monthly_discount)[group]
    counts = coming(model, known.seen, _YEAR)
    each, (within, between) = spend.of(known), spend.spread(known)
    # What discounting takes off the average purchase.
    factor = margin * purchases / np.maximum(counts.mean, 1e-12)
    mean = margin * purchases * each
    variance = counts.variance * each**2 + counts.mean * within + (counts.variance + counts.mean**2) * between
    variance = factor**2 * variance
    some = np.maximum(1.0 - counts.none, 1e-12)
    mid = mean / some
    spread = np.maximum((variance + mean**2) / some - mid**2, 1e-9 * mid**2 + 1e-12)
    shape, scale = mid**2 / spread, spread / np.maximum(mid, 1e-12)
    ends = []
    for level in ((1 - rules.interval) / 2, (1 + rules.interval) / 2):
        place = np.clip((level - counts.none) / some, 0.0, 1 - 1e-12)
        ends.append(np.where(place > 0, gammaincinv(np.maximum(shape, 1e-6), place) * scale, 0.0))
    return Value(mean, ends[0], ends[1], variance)


def outlook(
    fitted: Fitted | None, known: Lives, counts: Counts, spend: Spend, *, value: Value | None, missed: float
) -> Ahead:
    """All members together.

    Three things leave the total open, and their variances add: chance, by members independently; the parameters, by
    their covariance and the slope of the total; and what the model misses altogether, by what it missed of the days
    held out.

    Args:
        fitted: Parameters of the purchases; None: by recency.
        known: The members.
        counts: Of the next 90 days.
        spend: What a purchase is.
        value: Of the next twelve months.
        missed: Share of the total that was missed on the days held out.
    """
    each, (within, between) = spend.of(known), spend.spread(known)
    rows, group, many = known.seen.grouped()

    def open_by(weights: Floats, what: Callable[[BgNbd, Histories], Floats]) -> float:
        """Variance of a weighted sum over members that the parameters leave."""
        if fitted is None:
            return 0.0
        mine = np.bincount(group, weights=weights, minlength=len(many))
        slope = np.zeros(4)
        for place in range(4):
            step = np.zeros(4)
            step[place] = _STEP
            up, down = (float(mine @ what(BgNbd(*np.exp(fitted.logs + s * step)), rows)) for s in (1, -1))
            slope[place] = (up - down) / (2 * _STEP)
        return float(slope @ fitted.covariance @ slope)

    def soon(model: BgNbd, seen: Histories) -> Floats:
        return expected(model, seen, HORIZON_WEEKS)

    def later(model: BgNbd, seen: Histories) -> Floats:
        return expected(model, seen, _YEAR)

    ones = np.ones(len(known))
    total = float(counts.mean.sum())
    by_rate = open_by(ones, soon)
    purchases = _ends(total, float(counts.variance.sum()) + by_rate + (missed * total) ** 2)
    sold = float((counts.mean * each).sum())
    chance = counts.variance * each**2 + counts.mean * within + (counts.variance + counts.mean**2) * between
    by_money = _open_by_money(spend, known, counts.mean)
    wide = float(chance.sum()) + open_by(each, soon) + by_money + (missed * sold) ** 2
    sales = _ends(sold, wide) if sold > 0 else None
    worth = None
    if value is not None and sold > 0:
        sum_value = float(value.mean.sum())
        # In a year the parameters weigh more than in 90 days: how many will have left by then is known least. What a
        # purchase is worth, and what is missed, weigh the same.
        yearly = (
            float((expected(BgNbd(*fitted.values), known.seen, _YEAR) * each).sum()) if fitted is not None else sold
        )
        share = open_by(each, later) / max(yearly, 1e-12) ** 2 + by_money / sold**2 + missed**2
        worth = _ends(sum_value, float(value.variance.sum()) + share * sum_value**2)
    alive = None
    if fitted is not None:
        judged = ((known.seen.x > 0) | (known.seen.before > 0)).astype(np.float64)
        p = posterior_alive(BgNbd(*fitted.values), rows)[group]
        alive = _ends(float(judged @ p), float(judged @ (p * (1 - p))) + open_by(judged, posterior_alive))
        alive = (alive[0], alive[1], min(alive[2], float(judged.sum())))
    return Ahead(purchases, sales, worth, alive)


def total_row(known: Lives, ahead: Ahead, spend: Spend, margin: float | None) -> pd.DataFrame:
    """``frames.VALUE_TOTAL`` without its days."""
    none = (None, None, None)
    old = known.seen.before > 0
    row: dict[str, object] = {
        "model": "recency" if ahead.alive is None else "bg_nbd",
        "basis": "sales" if margin is None else "margin",
        "margin": margin,
        "members": len(known),
        "joined_before": int(old.sum()),
        "single": int(((known.seen.x == 0) & ~old).sum()),
        "correlation": spend.correlation,
    }
    for name, unit, ends in (
        ("alive", "", ahead.alive),
        ("purchases", "", ahead.purchases),
        ("sales", "_minor", ahead.sales),
        ("value", "_minor", ahead.value),
    ):
        names = (f"{name}{unit}", f"{name}_low{unit}", f"{name}_high{unit}")
        row |= dict(zip(names, ends or none, strict=True))
    frame = pd.DataFrame([row])
    numbers = [name for name in frame if frame[name].dtype == object and name not in {"model", "basis"}]
    return frame.astype(dict.fromkeys(numbers, "float64"))


def _open_by_money(spend: Spend, known: Lives, purchases: Floats) -> float:
    """Variance of the sales of so many purchases that the parameters of the spending leave."""
    if spend.fitted is None:
        return 0.0
    slope = np.zeros(3)
    for place in range(3):
        step = np.zeros(3)
        step[place] = _STEP
        up, down = (
            float(
                purchases
                @ expected_purchase(GammaGamma(*np.exp(spend.fitted.logs + s * step)), known.seen.x, known.mean_minor)
            )
            for s in (1, -1)
        )
        slope[place] = (up - down) / (2 * _STEP)
    return float(slope @ spend.fitted.covariance @ slope)


def _ends(total: float, variance: float) -> tuple[float, float, float]:
    half = _SURE * float(np.sqrt(max(variance, 0.0)))
    return total, max(total - half, 0.0), total + half
