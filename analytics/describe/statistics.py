"""A distribution in a row: where it lies, how wide it is, how sure its mean is, and how it changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

from ..frames.describe import QUANTILES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean and how sure it is.

    Attributes:
        value: The mean.
        variance: Of the mean; None with fewer than two units.
        units: Members or days that it rests on.
    """

    value: float
    variance: float | None
    units: int

    def interval(self) -> tuple[float | None, float | None]:
        """95 %, by Student's t with one degree of freedom less than there are units."""
        if self.variance is None:
            return None, None
        half = float(scipy.stats.t.ppf(0.975, self.units - 1)) * self.variance**0.5
        return self.value - half, self.value + half


def mean_of(values: Floats, unit: NDArray[np.int64]) -> Mean:
    """The mean of numbers of which those of one unit go together.

    The variance is that of a ratio of sums over units (W. G. Cochran, "Sampling Techniques", 3rd edition 1977, chapter
    9A): with one number for each unit it is the usual s**2 / n.

    Args:
        values: (n,), n > 0.
        unit: Which belong together, (n,).
    """
    _, at = np.unique(unit, return_inverse=True)
    many = np.bincount(at).astype(np.float64)
    middle = float(values.mean())
    if len(many) < 2:
        return Mean(middle, None, len(many))
    apart = np.bincount(at, weights=values) - middle * many
    variance = len(many) / (len(many) - 1) * float((apart**2).sum()) / len(values) ** 2
    return Mean(middle, variance, len(many))


def change(now: Mean, before: Mean) -> tuple[float | None, float | None, float | None]:
    """``now / before - 1`` with its 95 % interval.

    The interval is Welch's (B. L. Welch, "The Generalization of 'Student's' Problem when Several Different Population
    Variances are Involved", Biometrika 34, 1947), of the logarithms of the means, so that it never falls below -100 %.
    Members who bought in both periods make it wider than it need be, never narrower.

    Returns:
        Nothing where one of the means is not over 0; no interval where one rests on a single unit.
    """
    if now.value <= 0 or before.value <= 0:
        return None, None, None
    ratio = now.value / before.value
    if now.variance is None or before.variance is None:
        return ratio - 1, None, None
    parts = [mean.variance / mean.value**2 for mean in (now, before) if mean.variance is not None]
    spread = sum(parts)
    if spread == 0:
        return ratio - 1, ratio - 1, ratio - 1
    freedom = spread**2 / sum(p**2 / (mean.units - 1) for p, mean in zip(parts, (now, before), strict=True))
    half = float(scipy.stats.t.ppf(0.975, freedom)) * spread**0.5
    return ratio - 1, ratio * float(np.exp(-half)) - 1, ratio * float(np.exp(min(half, 50.0))) - 1


def summary(values: Floats, unit: NDArray[np.int64]) -> dict[str, float | None]:
    """Mean, spread and quantiles (linear between neighbours).

    Args:
        values: (n,), n > 0.
        unit: Which belong together, (n,).
    """
    mean = mean_of(values, unit)
    low, high = mean.interval()
    ends = np.quantile(values, np.array(QUANTILES) / 100)
    points = {f"p{q}": float(end) for q, end in zip(QUANTILES, ends, strict=True)}
    deviation = float(values.std(ddof=1)) if len(values) > 1 else None
    return {
        "mean": mean.value,
        "mean_low": low,
        "mean_high": high,
        "sd": deviation,
        "cv": deviation / mean.value if deviation is not None and mean.value > 0 else None,
        "iqr": points["p75"] - points["p25"],
        **points,
    }


def gini(values: Floats) -> float | None:
    """How unequal amounts are: 0 all the same, towards 1 one has all (C. Gini, "Variabilità e mutabilità", 1912).

    Args:
        values: Amounts, (n,), n > 0; who brought back more than was bought has spent nothing.

    Returns:
        None where nobody spent anything.
    """
    ordered = np.sort(np.maximum(values, 0.0))
    total = float(ordered.sum())
    if total <= 0:
        return None
    place = np.arange(1, len(ordered) + 1)
    return max(float(2 * (place @ ordered) / (len(ordered) * total) - (len(ordered) + 1) / len(ordered)), 0.0)


def edges(measure: str, values: Floats) -> Floats:
    """Where the bins of a histogram begin: round steps up to what 95 of 100 do not pass; the last has no end.

    Args:
        measure: Whole numbers have bins of one as long as these are few.
        values: Of both periods, (n,), n > 0.
    """
    if measure == "hour":
        return np.arange(float(values.min()), float(values.max()) + 1.0)
    low, top = (float(end) for end in np.quantile(values, [0.02, 0.95]))
    low = min(low, 0.0)
    if measure in {"frequency", "basket_units", "basket_products"} and top <= 12:
        return np.arange(1.0, max(np.ceil(top), 1.0) + 1)
    width = max(top - low, 1.0) / 10
    power = 10.0 ** np.floor(np.log10(width))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= width * 0.999)
    if measure == "gap_days" and step >= 2:
        step = 7.0 * np.ceil(width / 7)
    begin = np.floor(low / step) * step
    found: Floats = begin + step * np.arange(max(int(np.ceil((top - begin) / step)), 1) + 1)
    return found
