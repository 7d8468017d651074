"""Who works here: by where they stand, how long they are in view, and when they come. Off unless switched on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import CROSSINGS, STAYS, check
from .pairing import WHO

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .rules import VisitRules

MINUTES_OF_DAY = 24 * 60


def staff_tracks(crossings: pd.DataFrame, stays: pd.DataFrame, rules: VisitRules) -> pd.DataFrame:
    """The tracks that the rules call staff.

    A track is one camera's: staff that is known behind the counter by one camera is a stranger to the camera at the
    door. Stays of fixed targets are nobody's.

    Args:
        crossings: ``frames.CROSSINGS``.
        stays: ``frames.STAYS``.
        rules: ``staff_zones`` and ``staff_after_s`` are used.

    Returns:
        ``camera_id``, ``run_id``, ``track_id`` and ``reason``, one row per track: ``staff_zone`` before ``staff_long``.
    """
    walked, stood = check(crossings, CROSSINGS), check(stays, STAYS)
    stood = stood[stood["end_cause"] != "fixed"]
    found = [_named(stood.iloc[:0], "staff_zone")]
    if rules.staff_zones:
        behind = stood[stood["zone_id"].isin(rules.staff_zones)]
        long = behind.groupby(WHO, as_index=False)["dwell_s"].sum()
        found.append(_named(long[long["dwell_s"] >= rules.staff_zone_s], "staff_zone"))
    if rules.staff_after_s is not None:
        moments = pd.concat(
            [
                walked[[*WHO, "at"]],
                stood[WHO].assign(at=stood["entered"]),
                stood[WHO].assign(at=stood["left"]),
            ]
        )
        seen = moments.groupby(WHO)["at"].agg(["min", "max"]).reset_index()
        present_s = (seen["max"] - seen["min"]).dt.total_seconds()
        found.append(_named(seen[present_s >= rules.staff_after_s], "staff_long"))
    return pd.concat(found).drop_duplicates(WHO, ignore_index=True)


def is_staff(rows: pd.DataFrame, staff: pd.DataFrame, reason: str | None = None) -> NDArray[np.bool_]:
    """Which rows belong to one of the tracks.

    Args:
        rows: Any frame with camera, run and track.
        staff: From ``staff_tracks``.
        reason: Only tracks of this reason; None: of any.
    """
    mine = staff if reason is None else staff[staff["reason"] == reason]
    if mine.empty:
        return np.zeros(len(rows), dtype=bool)
    return np.asarray(pd.MultiIndex.from_frame(rows[WHO]).isin(pd.MultiIndex.from_frame(mine[WHO])), dtype=bool)


def in_hours(times: pd.Series, time_zone: str, windows: tuple[tuple[int, int], ...]) -> NDArray[np.bool_]:
    """Which moments lie in one of the windows of the store's wall clock: ``from <= t < to``.

    A window that ends before it begins goes over midnight.
    """
    wall = times.dt.tz_convert(time_zone)
    minute = (wall.dt.hour * 60 + wall.dt.minute).to_numpy(dtype=np.int64)
    inside = np.zeros(len(times), dtype=bool)
    for begins, ends in windows:
        inside |= (minute - begins) % MINUTES_OF_DAY < (ends - begins) % MINUTES_OF_DAY
    return inside


def _named(tracks: pd.DataFrame, reason: str) -> pd.DataFrame:
    return tracks[WHO].assign(reason=pd.Series(reason, index=tracks.index, dtype="str"))
