"""Every entry against every rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import LEFT_OUT, REASONS, STAYS, VISITS, check, empty
from .groups import first_of_group
from .pairing import door_crossings, exits_before, pairs, visit_ids
from .rules import VisitRules
from .staff import in_hours, is_staff, staff_tracks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..opening import Opening


def visits(
    crossings: pd.DataFrame, opening: Opening, rules: VisitRules | None = None, stays: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Judges every inward crossing of an entrance line.

    Args:
        crossings: ``frames.CROSSINGS``; other lines and outward crossings are allowed, the latter are needed for the
            rules of re-entries, short visits and staff.
        opening: When the store is open.
        rules: Which entries are visits; None: the defaults.
        stays: ``frames.STAYS`` of the same time, for the staff rules; None: there are none.

    Returns:
        ``frames.VISITS``, one row per inward crossing in order of time; ``reason`` is the first rule, in the order of
        ``frames.LEFT_OUT``, that the entry breaks, or visit. ``dwell_s`` is known where the same track went out.

    Raises:
        FrameError: ``crossings`` or ``stays`` break their contract.
    """
    rules = rules or VisitRules()
    door = door_crossings(crossings)
    entering = (door["direction"] == "in").to_numpy(dtype=bool)
    after_s = _seconds_to(door, pairs(door, opening.time))
    staff = staff_tracks(crossings, empty(STAYS) if stays is None else stays, rules) if rules.needs_stays else None
    broken = _broken(door, opening, rules, after_s, staff)
    reason = np.full(len(door), "visit", dtype=object)
    for name in reversed(LEFT_OUT):
        if name in broken:
            reason[broken[name]] = name
    door, reason = door[entering].reset_index(drop=True), reason[entering]
    names = visit_ids(door)
    found = pd.DataFrame(
        {
            "visit_id": names,
            "camera_id": door["camera_id"],
            "line_id": door["line_id"],
            "entered": door["at"],
            "counted": reason == "visit",
            "reason": pd.Series(pd.Categorical(reason, REASONS)).astype("str"),
            "cause": door["cause"],
            "dwell_s": after_s[entering],
            "unit_id": _units(door, names, reason == "visit", rules),
        }
    )
    return check(found, VISITS)


def _broken(
    door: pd.DataFrame, opening: Opening, rules: VisitRules, after_s: NDArray[np.float64], staff: pd.DataFrame | None
) -> dict[str, NDArray[np.bool_]]:
    """Which rows break each rule that is switched on."""
    broken: dict[str, NDArray[np.bool_]] = {}
    if rules.hold:
        broken["not_held"] = ~door["held"].to_numpy(dtype=bool)
    if rules.open_hours_only:
        broken["closed_hours"] = ~opening.is_open(door["at"])
    if rules.re_entry_s is not None:
        broken["re_entry"] = -_seconds_to(door, exits_before(door, opening.time)) <= rules.re_entry_s
    if rules.short_visit_s is not None:
        broken["short"] = after_s <= rules.short_visit_s
    if staff is not None:
        broken["staff_zone"] = is_staff(door, staff, "staff_zone")
        broken["staff_long"] = is_staff(door, staff, "staff_long")
    if rules.staff_hours:
        broken["staff_hours"] = in_hours(door["at"], opening.time_zone, rules.staff_hours)
    return broken


def _seconds_to(door: pd.DataFrame, partner: NDArray[np.intp]) -> NDArray[np.float64]:
    """Seconds from each row to its partner; NaN where it has none (which no comparison holds for)."""
    if door.empty:
        return np.zeros(0)
    seconds = (door["at"].iloc[np.maximum(partner, 0)].reset_index(drop=True) - door["at"]).dt.total_seconds()
    return np.where(partner >= 0, seconds.to_numpy(dtype=np.float64), np.nan)


def _units(door: pd.DataFrame, names: pd.Series, counted: NDArray[np.bool_], rules: VisitRules) -> pd.Series:
    """The name of the first of the group, for every visit; null for the rest, and for all where groups are off."""
    units = pd.Series(None, index=door.index, dtype="str")
    if rules.group_s is None or not counted.any():
        return units
    mine = np.flatnonzero(counted)
    first = first_of_group(door.iloc[mine], rules.group_s, rules.group_reach)
    units.iloc[mine] = names.iloc[mine[first]].to_numpy()
    return units
