"""From raw entries to visits: every rule and what it took away, so that the steps add up exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..frames import CAUSES, LEFT_OUT, WATERFALL, check, empty, local_hour
from .rules import Step

if TYPE_CHECKING:
    from collections.abc import Iterator


def waterfall(judged: pd.DataFrame) -> tuple[Step, ...]:
    """From raw entries to visits, in the order in which the rules are asked.

    Args:
        judged: ``frames.VISITS``.

    Returns:
        Entries, one step per reason to leave one out (also those that took nothing off), visits; and buying units
        where visits were grouped.
    """
    return tuple(_steps(judged))


def waterfall_days(judged: pd.DataFrame, time_zone: str) -> pd.DataFrame:
    """The waterfall of every local day on which somebody came in.

    Args:
        judged: ``frames.VISITS``.
        time_zone: Of the store.

    Returns:
        ``frames.WATERFALL``. The steps of a period are the sums over its days.
    """
    rows = []
    for day, mine in judged.groupby(local_hour(judged["entered"], time_zone)["local_date"], sort=True):
        for position, step in enumerate(_steps(mine)):
            rows.append((day, step.reason, position, step.count, step.crossed, step.ended, step.merged))
    if not rows:
        return empty(WATERFALL)
    found = pd.DataFrame(rows, columns=WATERFALL.names)
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
