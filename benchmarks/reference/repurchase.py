"""Figures of the part ``repurchase``: CDNOW, who buys within 13 weeks, split by time.

The log ends on 30 June 1998; the last window that is whole is that after 31 March 1998, and it judges. The window
before it calibrates and chooses the model, the windows before that teach: nobody knows anything of what comes later.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics.churn import RECENCY, RIVAL, held, history, known, split
from analytics.frames import day_number
from analytics.value import BgNbd, Histories, fit
from analytics.value.ahead import coming

from .check import Check, at_least, at_most, equal, near

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from analytics.churn import History

DAYS = 91
FIRST, JUDGE, LAST = date(1997, 1, 1), date(1998, 3, 31), date(1998, 6, 30)
# Measured on the same window before: without features of its own, and without teaching.
MEASURED = {RECENCY: 0.8279, RIVAL: 0.8302}


def read(shared: Path) -> History:
    """The purchase log as days of purchase; purchases over nothing count, as in all that was published."""
    path = shared / "reference" / "cdnow" / "CDNOW_master.txt"
    names = ["member_id", "local_date", "units", "amount_minor"]
    rows = pd.read_csv(
        path, sep=r"\s+", skiprows=1, header=None, names=names, dtype={"member_id": str, "local_date": str}
    )
    rows["local_date"] = pd.to_datetime(rows["local_date"], format="%Y%m%d")
    rows["amount_minor"] = (100 * rows["amount_minor"]).round()
    return history(rows, FIRST, LAST)


def bgnbd(seen: History, cut: int, days: int) -> NDArray[np.float64]:
    """BG/NBD's probability of buying within so many days, of all members, nan of those not yet known."""
    then = known(seen, cut, days)
    weeks = Histories(
        then.purchases - 1,
        (then.tenure_days - then.since_days) / 7,
        then.tenure_days / 7,
        np.zeros(len(then.rows)),
    )
    found = np.full(len(seen.names), np.nan)
    found[then.rows] = 1 - coming(BgNbd(*np.exp(fit(weeks).logs)), weeks, days / 7).none
    return found


def checks(shared: Path) -> Iterator[Check]:
    """The protocol, what was measured before, and what is to be reached.

    Args:
        shared: The folder of the reference data.
    """
    seen = read(shared)
    at = split(seen, DAYS, day_number(JUDGE))
    yield equal("members judged on 1998-04-01..06-30", 23_570, int(seen.known(at.judge).sum()))
    trial = held(seen, at, {cut: bgnbd(seen, cut, DAYS) for cut in (at.calibrate, at.judge)})
    for name, before in MEASURED.items():
        yield near(f"AUC of {name}", before, trial.results[name].auc.value, 0.001)
    one = trial.results[trial.serves]
    span = f"{one.auc.low:.3f}..{one.auc.high:.3f}"
    yield at_least(f"AUC of what serves: {one.name} ({span})", 0.837, one.auc.value)
    yield at_most("its calibration error, ten bins of equal width", 0.02, one.error)
    yield at_most("the same, ten bins of equally many members", 0.02, one.error_counts)
    for what, gain in (("recency", one.over_recency), ("BG/NBD", one.over_rival)):
        if gain is not None:
            low = f"AUC above {what}: {gain.value:.4f}, lower end of its 95 % interval (DeLong)"
            yield at_least(low, 0.0, gain.low)
    for name in ("boosting", "forest"):
        yield near(f"AUC of {name}", {"boosting": 0.8371, "forest": 0.8363}[name], trial.results[name].auc.value, 0.005)
