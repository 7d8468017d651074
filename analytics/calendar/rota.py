"""Labour hours on the sales floor, from the rota."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..frames import LABOUR_HOURLY, ROTA, check, hours
from ..opening import ms

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd
    from numpy.typing import NDArray

    from ..frames import StoreTime


def labour_hours(rota: pd.DataFrame, time: str | StoreTime, since: datetime, until: datetime) -> pd.DataFrame:
    """How long people worked on the floor in every local hour.

    An hour in which nobody stood on the floor is 0 on a day on which the rota names somebody, and null on one on which
    it names nobody: a rota that was never handed in is no day without staff.

    Args:
        rota: ``frames.ROTA``; shifts that only touch the window count with what lies in it, those off the floor do not.
        time: The store's.
        since: Start of a business day.
        until: Start of a later one.

    Returns:
        ``frames.LABOUR_HOURLY``, a row for every local hour: as many seconds as people and time, also on the days on
        which clocks change.
    """
    known = check(rota, ROTA)
    floor = known[known["floor"]]
    found = hours(since, until, time)
    start = ms(found["hour_utc"])
    end = np.append(start[1:], np.int64(round(until.timestamp() * 1000)))[: len(start)]
    # Counted from the window's begin, so that sums over years of shifts stay small.
    zero = start[0] if len(start) else np.int64(0)
    start, end = start - zero, end - zero
    begins, ends = ms(floor["begins"]) - zero, ms(floor["ends"]) - zero
    people = floor["people"].to_numpy(dtype=np.int64)
    worked = (_before(begins, people, end) - _before(begins, people, start)) - (
        _before(ends, people, end) - _before(ends, people, start)
    )
    found["labour_s"] = worked / 1000.0
    named = found["labour_s"].groupby(found["local_date"]).transform("sum") > 0
    return check(found.assign(labour_s=found["labour_s"].where(named)), LABOUR_HOURLY)


def _before(from_ms: NDArray[np.int64], people: NDArray[np.int64], at_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """Milliseconds, summed over people, from each moment until ``at``; nothing for moments after it."""
    order = np.argsort(from_ms, kind="stable")
    heads = np.concatenate([[0], np.cumsum(people[order])])
    moments = np.concatenate([[0], np.cumsum(people[order] * from_ms[order])])
    past = np.searchsorted(from_ms[order], at_ms, side="right")
    return np.asarray(heads[past] * at_ms - moments[past])
