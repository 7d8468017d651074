"""Crossings become visits. A visit is an opinion: the rules are values, and every entry left out keeps its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .frames import CROSSINGS, VISITS, check, local_hour
from .opening import ms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .opening import Opening


@dataclass(frozen=True, slots=True)
class VisitRules:
    """Which entries are visits.

    Attributes:
        hold: Only entries still inside after the edge's hold time count, so a U-turn in the doorway does not.
        open_hours_only: Entries while the store is closed (staff, deliveries) do not count.
        re_entry_s: An entry at most this long after the same track went out, on the same local day, is not a new
            visit; None: every entry is. A track ends soon after its person leaves the picture, so this only catches
            people who turn round in view.
    """

    hold: bool = True
    open_hours_only: bool = True
    re_entry_s: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of the waterfall.

    Attributes:
        reason: ``entries``, a reason of ``frames.REASONS`` for which entries were taken off, or ``visits``.
        count: How many entries: the first less those between is the last, exactly.
    """

    reason: str
    count: int


def visits(crossings: pd.DataFrame, opening: Opening, rules: VisitRules | None = None) -> pd.DataFrame:
    """Judges every inward crossing of an entrance line.

    Args:
        crossings: ``frames.CROSSINGS``; other lines and outward crossings are allowed, the latter are needed for the
            re-entry rule.
        opening: When the store is open.
        rules: Which entries are visits; None: the defaults.

    Returns:
        ``frames.VISITS``, one row per inward crossing in order of time; ``reason`` is the first rule, in the order
        not_held, closed_hours, re_entry, that the entry breaks, or visit.

    Raises:
        FrameError: ``crossings`` break their contract.
    """
    rules = rules or VisitRules()
    door = check(crossings, CROSSINGS)
    door = door[door["role"] == "entrance"].sort_values(["at", "run_id", "track_id", "line_id"], ignore_index=True)
    entering = (door["direction"] == "in").to_numpy(dtype=bool)
    reason = np.full(len(door), "visit", dtype=object)
    if rules.re_entry_s is not None:
        reason[_re_entered(door, opening.time_zone, rules.re_entry_s)] = "re_entry"
    if rules.open_hours_only:
        reason[~opening.is_open(door["at"])] = "closed_hours"
    if rules.hold:
        reason[~door["held"].to_numpy(dtype=bool)] = "not_held"
    at_ms = pd.Series(ms(door["at"]), index=door.index).astype(str)
    track = door["track_id"].astype(str)
    found = pd.DataFrame(
        {
            "visit_id": door["run_id"] + "/" + track + "/" + door["line_id"] + "/" + at_ms,
            "camera_id": door["camera_id"],
            "line_id": door["line_id"],
            "entered": door["at"],
            "counted": reason == "visit",
            "reason": pd.Series(reason, index=door.index, dtype="str"),
        }
    )
    return check(found[entering], VISITS)


def waterfall(judged: pd.DataFrame) -> tuple[Step, ...]:
    """From raw entries to visits, in the order in which the rules are asked.

    Args:
        judged: ``frames.VISITS``.

    Returns:
        Entries, one step per reason to leave one out (also those that took nothing off), visits.
    """
    counts = judged["reason"].value_counts()
    left_out = [Step(reason, int(counts.get(reason, 0))) for reason in ("not_held", "closed_hours", "re_entry")]
    return (Step("entries", len(judged)), *left_out, Step("visits", int(judged["counted"].sum())))


def _re_entered(door: pd.DataFrame, time_zone: str, within_s: float) -> NDArray[np.bool_]:
    """Which rows are entries whose track last went out at most ``within_s`` before, on the same local day."""
    last = door.groupby(["camera_id", "run_id", "track_id"], sort=False)[["direction", "at"]].shift(1)
    day = local_hour(door["at"], time_zone)["local_date"]
    same_day = day == local_hour(last["at"].fillna(door["at"]), time_zone)["local_date"]
    soon = (door["at"] - last["at"]).dt.total_seconds() <= within_s
    found = (door["direction"] == "in") & (last["direction"] == "out") & soon & same_day
    return found.to_numpy(dtype=bool)
