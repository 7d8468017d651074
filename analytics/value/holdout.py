"""What the model would have said at an earlier day, beside what came: its calibration, shown and not hidden."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import VALUE_HOLDOUT, Answer, check
from .ahead import coming
from .bgnbd import BgNbd, expected, fit
from .lives import WEEK, lives, purchase_days

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from ..purchases import Purchases
    from .lives import Lives

    Floats = NDArray[np.float64]

LEAST_DAYS, MOST_DAYS = 28, 90
TOP_GROUP = 7


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """An earlier day, what was known of members then, and what came.

    Attributes:
        first: The first day that was held out.
        days: How many.
        then: The members as they were known.
        actual: Purchases of each in the days held out, (n,).
        model: Fitted to what was known then; None: not identified.
        forecast: Its purchases, (n,); None without it.
        usual: Purchases, had each gone on as before, (n,).
    """

    first: date
    days: int
    then: Lives
    actual: Floats
    model: BgNbd | None
    forecast: Floats | None
    usual: Floats

    @property
    def better(self) -> bool:
        """Whether the model comes nearer to single members than going on as before."""
        return self.forecast is not None and _error(self.forecast, self.actual) < _error(self.usual, self.actual)


def hold_out(sales: Purchases, first_day: date, least_members: int) -> HeldOut | Answer:
    """Sets apart the last days, at most a third of them, and fits to the others.

    Args:
        sales: Everything that is known.
        first_day: First day of the data.
        least_members: So many members must be known at the earlier day.
    """
    known = (sales.as_of - first_day).days + 1
    days = min(MOST_DAYS, known // 3)
    if days < LEAST_DAYS:
        return Answer("holdout", "few_days", known, 3 * LEAST_DAYS)
    last = sales.as_of - timedelta(days=days)
    then = lives(sales.until(last))
    if len(then) < least_members:
        return Answer("holdout", "few_members", len(then), least_members)
    actual = came(sales, then, last)
    fitted = fit(then.seen)
    model = BgNbd(*fitted.values) if fitted.identified else None
    weeks = days / WEEK
    # Of a member known for a day the own rate says nothing: a week is the least that it is taken over.
    usual = then.seen.x / np.maximum(then.seen.age, 1.0) * weeks
    forecast = None if model is None else expected(model, then.seen, weeks)
    return HeldOut(last + timedelta(days=1), days, then, actual, model, forecast, usual)


def came(sales: Purchases, then: Lives, last: date) -> Floats:
    """Purchases of members after a day, (n,)."""
    days = purchase_days(sales)
    names = np.sort(sales.members["member_id"].to_numpy(dtype=object))
    later = days.day > int(np.datetime64(last, "D").astype(np.int64))
    counts = np.bincount(days.member[later], minlength=len(names)).astype(np.float64)
    found: Floats = counts[pd.Index(names).get_indexer(pd.Index(then.member_id))]
    return found


def calibration(held: HeldOut) -> pd.DataFrame:
    """Expected and actual purchases, of all and by how often members had bought before.

    Returns:
        ``frames.VALUE_HOLDOUT``; the interval takes the parameters as known.

    Raises:
        ValueError: There is no model to be held against.
    """
    if held.model is None or held.forecast is None:
        raise ValueError("no model was identified")
    spread = coming(held.model, held.then.seen, held.days / WEEK).variance
    x, old = held.then.seen.x, held.then.seen.before > 0
    groups = {"all": np.ones(len(x), dtype=bool)}
    groups |= {str(k): (x == k) & ~old for k in range(TOP_GROUP)} | {f"{TOP_GROUP}+": (x >= TOP_GROUP) & ~old}
    groups |= {"joined_since": ~old, "joined_before": old}
    rows = []
    for name, mine in groups.items():
        if not mine.any():
            continue
        forecast, actual, usual = held.forecast[mine], held.actual[mine], held.usual[mine]
        total, half = float(forecast.sum()), 1.96 * float(np.sqrt(spread[mine].sum()))
        rows.append(
            {
                "group": name,
                "first_day": pd.Timestamp(held.first),
                "days": held.days,
                "members": int(mine.sum()),
                "expected": total,
                "low": max(total - half, 0.0),
                "high": total + half,
                "actual": int(actual.sum()),
                "usual": float(usual.sum()),
                "error": _error(forecast, actual),
                "usual_error": _error(usual, actual),
                "correlation": correlation(forecast, actual),
            }
        )
    frame = pd.DataFrame(rows)
    frame["first_day"] = frame["first_day"].astype("datetime64[ms]")
    return check(frame, VALUE_HOLDOUT)


def correlation(one: Floats, other: Floats) -> float | None:
    """Pearson's, or None where one of the two does not vary."""
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(np.clip(np.corrcoef(one, other)[0, 1], -1.0, 1.0))


def _error(forecast: Floats, actual: Floats) -> float:
    return float(np.sqrt(np.mean((forecast - actual) ** 2)))
