"""The job ``churn``: who is leaving, who will buy again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import churn
from ..frames import CHURN_BINS, CHURN_GROUP, CHURN_TRIAL, MEMBER_CHURN
from ..value import BgNbd, fit, lives
from ..value.ahead import coming
from .context import Done, Part
from .purchases import answers_part, purchases_of

if TYPE_CHECKING:
    from ..frames import Window
    from ..purchases import Purchases
    from .context import Context

_WEEK = 7.0
# With fewer repeat purchases four parameters say nothing.
_LEAST_REPEATS = 100


def run_churn(context: Context, window: Window) -> Done:
    """Teaches, judges and tells, as of the last day of the window."""
    found = churn_of(purchases_of(context, window), context.plan.churn)
    return Done(
        (
            Part(MEMBER_CHURN, found.members),
            Part(CHURN_GROUP, found.groups),
            Part(CHURN_TRIAL, found.trial),
            Part(CHURN_BINS, found.bins),
            answers_part("churn", window.last, found.answers),
        )
    )


def churn_of(sales: Purchases, rules: churn.ChurnRules) -> churn.Outcome:
    """Who is leaving and who will buy again, against BG/NBD."""
    asked = churn.plan(sales, rules)
    # Lines say nothing of who comes again, and to cut them off at a day costs most.
    slim = replace(sales, lines=sales.lines.iloc[:0])
    said = {day: bought_again(slim.until(day), asked.days) for day in asked.asks}
    return churn.outcome(asked, rules, {day: series for day, series in said.items() if series is not None})


def bought_again(sales: Purchases, days: int) -> pd.Series | None:
    """BG/NBD's probability that members buy within so many days after ``sales.as_of``, by id.

    Returns:
        None where the model is not identified.
    """
    found = lives(sales)
    if len(found) == 0 or found.seen.x.sum() < _LEAST_REPEATS:
        return None
    fitted = fit(found.seen)
    if not fitted.identified:
        return None
    counts = coming(BgNbd(*np.exp(fitted.logs)), found.seen, days / _WEEK)
    return pd.Series(np.clip(1.0 - counts.none, 0.0, 1.0), index=found.member_id)
