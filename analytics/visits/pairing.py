"""The exit of an entry and the exit before it, where the same track made both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import CROSSINGS, check, in_order, local_hour

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..frames import StoreTime

WHO = ["camera_id", "run_id", "track_id"]


def door_crossings(crossings: pd.DataFrame) -> pd.DataFrame:
    """The crossings of entrance lines, checked, in order of time; index 0..n-1.

    Raises:
        FrameError: ``crossings`` break ``frames.CROSSINGS``.
    """
    door = check(crossings, CROSSINGS)
    door = door[door["role"] == "entrance"]
    return in_order(door, ["at", "run_id", "track_id", "line_id"])


def pairs(door: pd.DataFrame, time_zone: str | StoreTime) -> NDArray[np.intp]:
    """The exit of every entry that has one of its own: the next crossing of the same track, if it leads out.

    Exact, and rare where the camera sees only the doorway: a person who walks out of the picture comes back as another
    track. A pair never reaches over the end of the business day.

    Args:
        door: From ``door_crossings``.
        time_zone: Of the store.

    Returns:
        (N,) row of the exit for each row of ``door``, -1 where there is none or the row is no entry.
    """
    return _partner(door, time_zone, "in", "out", 1)


def exits_before(door: pd.DataFrame, time_zone: str | StoreTime) -> NDArray[np.intp]:
    """The exit just before every entry, by the same track on the same business day; -1 where there is none."""
    return _partner(door, time_zone, "in", "out", -1)


def visit_ids(door: pd.DataFrame) -> pd.Series:
    """The name of each crossing as a visit: run, track, line and millisecond."""
    at_ms = door["at"].dt.as_unit("ms").astype("int64")
    parts = (values.tolist() for values in (door["run_id"], door["track_id"], door["line_id"], at_ms))
    names = [f"{run}/{track}/{line}/{at}" for run, track, line, at in zip(*parts, strict=True)]
    return pd.Series(names, index=door.index, dtype="str")


def _partner(door: pd.DataFrame, time_zone: str | StoreTime, way: str, other: str, step: int) -> NDArray[np.intp]:
    if door.empty:
        return np.zeros(0, dtype=np.intp)
    rows = pd.Series(np.arange(len(door)), index=door.index)
    near = rows.groupby([door[name] for name in WHO], sort=False).shift(-step)
    found = near.fillna(-1).to_numpy(dtype=np.intp)
    direction = door["direction"].to_numpy(dtype=object)
    day = local_hour(door["at"], time_zone)["local_date"].to_numpy()
    good = (found >= 0) & (direction == way) & (direction[found] == other) & (day == day[found])
    return np.where(good, found, -1)
