"""From raw entries to visits: every rule and what it took away, so that the steps add up exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import CAUSES, LEFT_OUT, REASONS, WATERFALL, check, empty, local_hour
from .rules import Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..frames import StoreTime


def waterfall(judged: pd.DataFrame) -> tuple[Step, ...]:
    """From raw entries to visits, in the order in which the rules are asked.

    Args:
        judged: ``frames.VISITS``.

    Returns:
        Entries, one step per reason to leave one out (also those that took nothing off), visits; and buying units
        where visits were grouped.
    """
    return tuple(_steps(judged))


def waterfall_days(judged: pd.DataFrame, time_zone: str | StoreTime) -> pd.DataFrame:
    """The waterfall of every business day on which somebody came in.

    Args:
        judged: ``frames.VISITS``.
        time_zone: Of the store.

    Returns:
        ``frames.WATERFALL``. The steps of a period are the sums over its days.
    """
    if judged.empty:
        return empty(WATERFALL)
    day_of, days = pd.factorize(local_hour(judged["entered"], time_zone)["local_date"], sort=True)
    # Numbers, not words, are compared: there are twenty comparisons.
    reason = pd.Categorical(judged["reason"], categories=REASONS).codes
    cause = pd.Categorical(judged["cause"], categories=CAUSES).codes
    grouped = judged["unit_id"].notna().to_numpy(dtype=bool)
    steps = {"entries": np.ones(len(judged), dtype=bool)}
    steps |= {name: reason == REASONS.index(name) for name in LEFT_OUT}
    steps["visits"] = judged["counted"].to_numpy(dtype=bool)
    steps["buying_units"] = (judged["unit_id"] == judged["visit_id"]).to_numpy(dtype=bool, na_value=False)
    causes = [cause == number for number in range(len(CAUSES))]
    rows = []
    some = np.bincount(day_of, grouped, minlength=len(days)) > 0
    for position, (name, mine) in enumerate(steps.items()):
        counts = [np.bincount(day_of, mine & of, minlength=len(days)) for of in (True, *causes)]
        # Where visits of a day were not grouped, groups are unknown, not none.
        numbers = np.flatnonzero(some).tolist() if name == "buying_units" else range(len(days))
        rows += [(days[number], name, position, *(int(count[number]) for count in counts)) for number in numbers]
    found = pd.DataFrame(rows, columns=WATERFALL.names).sort_values(["local_date", "position"])
    return check(found.assign(local_date=found["local_date"].astype("datetime64[ms]")), WATERFALL)


def _steps(judged: pd.DataFrame) -> Iterator[Step]:
    yield _step("entries", judged)
    for reason in LEFT_OUT:
        yield _step(reason, judged[judged["reason"] == reason])
    yield _step("visits", judged[judged["counted"]])
    if judged["unit_id"].notna().any():
        # The first of a group stands for it, so that a group is counted once.
        yield _step("buying_units", judged[judged["unit_id"] == judged["visit_id"]])


def _step(reason: str, mine: pd.DataFrame) -> Step:
    causes = mine["cause"].value_counts()
    return Step(reason, len(mine), *(int(causes.get(cause, 0)) for cause in CAUSES))
