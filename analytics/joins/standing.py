"""Who stood at the tills: the camera's stays there, mended where a track broke, and begun where the queue ended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..opening import ms
from .measuring import Floats, Ints, near

Bools = NDArray[np.bool_]

# A person who is lost and seen again in the same zone within this time, and this near, is the same.
_MEND_S = 6.0
_MEND_REACH = 0.25
# From the queue to the till; longer is another errand.
_STEP_UP_S = 30.0
# Two who come and go together: leave within this time, and share so much of the shorter stay.
_TOGETHER_S, _SHARED = 15.0, 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Everyone who stood at a till, in the order in which they left.

    Attributes:
        track: ``camera_id``, ``run_id``, ``track_id``, ``zone_id`` of the last track of each.
        entered_s: When they came, Unix seconds.
        left_s: When they left, or were last seen.
        came: The camera saw them come.
        went: The camera saw them leave.
        zone: Number of the zone of each, 0..
        x: Mean place of the feet, of the picture's width; NaN where it is not known.
        y: Of its height.
    """

    track: pd.DataFrame
    entered_s: Floats
    left_s: Floats
    came: Bools
    went: Bools
    zone: Ints
    x: Floats
    y: Floats

    def __len__(self) -> int:
        return len(self.left_s)

    def between(self, first: int, last: int) -> Standing:
        """The people from one row to before another; zones that none of them stood in have no number."""
        part = slice(first, last)
        return Standing(
            self.track.iloc[part],
            self.entered_s[part],
            self.left_s[part],
            self.came[part],
            self.went[part],
            np.unique(self.zone[part], return_inverse=True)[1].astype(np.int64),
            self.x[part],
            self.y[part],
        )


def standing(stays: pd.DataFrame, min_stay_s: float) -> Standing:
    """The people at the tills.

    Args:
        stays: ``frames.STAYS``; those of role till are used, those of role queue tell when someone came.
        min_stay_s: Shorter stays, after mending, are people who pass by.
    """
    here = _apart(stays[(stays["role"] == "till") & (stays["end_cause"] != "fixed")])
    here = here.sort_values(["left", "camera_id", "run_id", "track_id", "zone_id", "entered"], ignore_index=True)
    entered, left = ms(here["entered"]) / 1000.0, ms(here["left"]) / 1000.0
    came = (here["start_cause"] == "crossed").to_numpy(dtype=bool).copy()
    went = (here["end_cause"] == "crossed").to_numpy(dtype=bool).copy()
    zone = pd.factorize(pd.MultiIndex.from_frame(here[["camera_id", "zone_id"]]), sort=True)[0].astype(np.int64)
    x, y = here["x"].to_numpy(dtype=np.float64), here["y"].to_numpy(dtype=np.float64)
    entered = _from_queue(stays, here, entered, came)
    first, second = _broken((entered, left), (came, went), zone, x)
    entered = entered.copy()
    # In order of time, so that somebody who is lost twice is one person in the end.
    for a, b in zip(first, second, strict=True):
        entered[b], came[b] = entered[a], came[a]
    kept = np.ones(len(here), dtype=bool)
    kept[first] = False
    kept &= left - entered >= min_stay_s
    rows = np.flatnonzero(kept)
    return Standing(
        here.loc[rows, ["camera_id", "run_id", "track_id", "zone_id"]].reset_index(drop=True),
        entered[rows],
        left[rows],
        came[rows],
        went[rows],
        zone[rows],
        x[rows],
        y[rows],
    )


def _apart(here: pd.DataFrame) -> pd.DataFrame:
    """Stays of which none overlaps another of its track: who stands where two zones overlap is one person.

    Of several the longest stays, from the begin of the first to the end of the last.
    """
    who = ["camera_id", "run_id", "track_id"]
    if not here.duplicated(who).any():
        return here
    rows = here.sort_values([*who, "entered", "left", "zone_id"], ignore_index=True)
    so_far = rows.groupby(who)["left"].cummax()
    same = ~rows[who].ne(rows[who].shift()).any(axis=1)
    part = (~(same & (rows["entered"] < so_far.shift()))).cumsum()
    if part.is_unique:
        return here
    begins = rows.loc[~part.duplicated(), ["start_cause"]].set_index(part[~part.duplicated()])
    ends = rows.sort_values(["left", "zone_id"]).groupby(part)["end_cause"].last()
    kept = rows.sort_values(["dwell_s", "zone_id"], ascending=[False, True]).groupby(part).head(1)
    mine = part[kept.index]
    entered, left = rows.groupby(part)["entered"].min(), rows.groupby(part)["left"].max()
    return kept.assign(
        entered=mine.map(entered),
        left=mine.map(left),
        start_cause=mine.map(begins["start_cause"]),
        end_cause=mine.map(ends),
    ).sort_index()


def _from_queue(stays: pd.DataFrame, here: pd.DataFrame, entered: Floats, came: Bools) -> Floats:
    """Begins of those who were first seen inside the till zone although the same track had just left the queue."""
    queue = stays.loc[stays["role"] == "queue", ["camera_id", "run_id", "track_id", "left"]]
    if queue.empty or came.all():
        return entered
    lost = here.loc[~came, ["camera_id", "run_id", "track_id", "entered"]].assign(row=np.flatnonzero(~came))
    both = lost.merge(queue, on=["camera_id", "run_id", "track_id"])
    wait = ms(both["entered"]) / 1000.0 - ms(both["left"]) / 1000.0
    both = both[(wait >= -1.0) & (wait <= _STEP_UP_S)].sort_values("left").drop_duplicates("row", keep="last")
    rows = both["row"].to_numpy(dtype=np.int64)
    entered = entered.copy()
    entered[rows] = np.minimum(entered[rows], ms(both["left"]) / 1000.0)
    came[rows] = True
    return entered


def _broken(times: tuple[Floats, Floats], seen: tuple[Bools, Bools], zone: Ints, x: Floats) -> tuple[Ints, Ints]:
    """Pairs of rows that are one person: lost, and seen again soon after at nearly the same place; nearest first."""
    (entered, left), (came, went) = times, seen
    ends, begins = np.flatnonzero(~went), np.flatnonzero(~came)
    begins = begins[np.argsort(entered[begins], kind="stable")]
    one, two = near(left[ends] + _MEND_S / 2.0, entered[begins], _MEND_S / 2.0)
    a, b = ends[one], begins[two]
    apart = np.nan_to_num(np.abs(x[a] - x[b]))
    fits = (zone[a] == zone[b]) & (a != b) & (apart <= _MEND_REACH)
    a, b, apart = a[fits], b[fits], apart[fits]
    order = np.lexsort((b, a, (entered[b] - left[a]) / _MEND_S + apart / _MEND_REACH))
    used_a: set[int] = set()
    used_b: set[int] = set()
    pairs: list[tuple[int, int]] = []
    for n in order:
        if int(a[n]) not in used_a and int(b[n]) not in used_b:
            used_a.add(int(a[n]))
            used_b.add(int(b[n]))
            pairs.append((int(a[n]), int(b[n])))
    pairs.sort(key=lambda pair: left[pair[0]])
    return np.array([p[0] for p in pairs], dtype=np.int64), np.array([p[1] for p in pairs], dtype=np.int64)


def company(people: Standing, lane: Floats) -> tuple[Bools, Floats]:
    """Who stands at the till with somebody, and how long after the first of these others each came.

    Together are two who share most of the shorter stay, leave within seconds, and are likely in the same lane.

    Args:
        people: In the order in which they left.
        lane: (N, tills) probability of each till for each person.

    Returns:
        Whether each has company; seconds by which each came after the earliest of the others, negative for the first,
        NaN where that was not seen.
    """
    accompanied, after_s = np.zeros(len(people), dtype=bool), np.full(len(people), np.inf)
    one, two = near(people.left_s, people.left_s, _TOGETHER_S)
    begun, left = people.entered_s, people.left_s
    shared = np.minimum(left[one], left[two]) - np.maximum(begun[one], begun[two])
    shorter = np.minimum(left[one] - begun[one], left[two] - begun[two])
    together = (one != two) & (shared > _SHARED * shorter) & (people.zone[one] == people.zone[two])
    together &= (lane[one] * lane[two]).sum(axis=1) > 0.5
    one, two = one[together], two[together]
    accompanied[one] = True
    # Who was first seen inside may have come long before: of that one nothing is known.
    earliest = np.full(len(people), np.inf)
    np.minimum.at(earliest, one, np.where(people.came[two], begun[two], np.inf))
    known = accompanied & people.came & np.isfinite(earliest)
    after_s[known] = begun[known] - earliest[known]
    return accompanied, np.where(known, after_s, np.nan)
