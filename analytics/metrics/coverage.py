"""What the cameras saw: seconds analysed over seconds open. Without it a dead camera reads as an empty shop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from ..opening import ms

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd
    from numpy.typing import NDArray

    from ..opening import Opening

HEALTHY = ("ok",)
# Under these shares of its open time an hour or a day is marked, or not shown at all (the field's convention).
PARTIAL_BELOW = 0.9
MISSING_BELOW = 0.5
# A camera that has been silent for longer was taken away; until then its silence is a gap.
RETIRED_AFTER = timedelta(days=7)
LEAST_GAP_MS = 60_000


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Periods of time that neither touch nor overlap, in order.

    Attributes:
        begins_ms: (N,) UTC milliseconds.
        ends_ms: (N,) UTC milliseconds, each after its begin and before the next.
    """

    begins_ms: NDArray[np.int64]
    ends_ms: NDArray[np.int64]

    def seconds_within(self, from_ms: NDArray[np.int64], to_ms: NDArray[np.int64]) -> NDArray[np.float64]:
        """Seconds of these periods inside each ``from <= t < to``."""
        return np.asarray((self._before(to_ms) - self._before(from_ms)) / 1000.0)

    def _before(self, at_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Milliseconds of these periods before each moment."""
        if not len(self.begins_ms):
            return np.zeros_like(at_ms)
        whole = np.concatenate([[0], np.cumsum(self.ends_ms - self.begins_ms)])
        index = np.searchsorted(self.begins_ms, at_ms, side="right")
        current = np.maximum(index - 1, 0)
        inside = np.minimum(at_ms, self.ends_ms[current]) - self.begins_ms[current]
        return np.asarray(np.where(index > 0, whole[current] + inside, 0))


def seen(watches: pd.DataFrame, cameras: Collection[str]) -> Intervals:
    """When every one of the cameras that are in service saw.

    A camera is in service from its first watch until ``RETIRED_AFTER`` after its last, so one dead door among two is a
    gap, and a camera that was added or taken away is none.

    Args:
        watches: ``frames.WATCHES``; all there are, not only those of the window, or a camera that was dead for the
            whole window goes unnoticed.
        cameras: The cameras whose view is needed.
    """
    silence = round(RETIRED_AFTER.total_seconds() * 1000)
    changes: list[tuple[NDArray[np.int64], int, int]] = []
    for camera in sorted(set(cameras)):
        mine = watches[watches["camera_id"] == camera]
        if mine.empty:
            continue
        healthy = mine[mine["health"].isin(HEALTHY)]
        period = union(ms(healthy["begins"]), ms(healthy["ends"]))
        served = np.array([ms(mine["begins"]).min(), ms(mine["ends"]).max() + silence])
        changes += [(period.begins_ms, 1, 0), (period.ends_ms, -1, 0), (served[:1], 0, 1), (served[1:], 0, -1)]
    if not changes:
        return Intervals(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    at = np.concatenate([times for times, _, _ in changes])
    seeing = np.concatenate([np.full(len(times), step) for times, step, _ in changes])
    serving = np.concatenate([np.full(len(times), step) for times, _, step in changes])
    order = np.argsort(at, kind="stable")
    moments, last = np.unique(at[order][::-1], return_index=True)
    position = len(at) - 1 - last
    now_seeing = np.cumsum(seeing[order])[position]
    now_serving = np.cumsum(serving[order])[position]
    good = np.flatnonzero((now_seeing > 0) & (now_seeing == now_serving))
    good = good[good < len(moments) - 1]
    return union(moments[good], moments[good + 1])


def seen_hours(watches: pd.DataFrame, camera: str, grid: pd.DataFrame) -> NDArray[np.bool_]:
    """In which hours a camera saw at least half of the open time.

    Args:
        watches: ``frames.WATCHES``; all there are.
        camera: Which.
        grid: From ``Opening.grid``.
    """
    status = statuses(grid["open_s"].to_numpy(dtype=np.float64), seen_seconds(watches, [camera], grid))[1]
    return np.asarray((status == "ok") | (status == "partial"))


def seen_seconds(watches: pd.DataFrame, cameras: Collection[str], grid: pd.DataFrame) -> NDArray[np.float64]:
    """Seconds of the open time of each hour of a grid in which all of some cameras saw."""
    return seen(watches, cameras).seconds_within(
        grid["open_from_ms"].to_numpy(dtype=np.int64), grid["open_to_ms"].to_numpy(dtype=np.int64)
    )


def union(begins_ms: NDArray[np.int64], ends_ms: NDArray[np.int64]) -> Intervals:
    """Joins periods that touch or overlap; empty ones vanish."""
    order = np.argsort(begins_ms, kind="stable")
    begins, ends = begins_ms[order], ends_ms[order]
    begins, ends = begins[ends > begins], ends[ends > begins]
    if not len(begins):
        return Intervals(begins, ends)
    reach = np.maximum.accumulate(ends)
    first = np.concatenate([[True], begins[1:] > reach[:-1]])
    last = np.concatenate([first[1:], [True]])
    return Intervals(begins[first], reach[last])


def statuses(
    open_s: NDArray[np.float64], seen_s: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """Coverage 0..1 (NaN where closed) and ``frames.STATUSES`` for seconds open and seconds seen."""
    closed = open_s <= 0
    coverage = np.where(closed, np.nan, np.minimum(seen_s / np.where(closed, 1.0, open_s), 1.0))
    status = np.where(coverage < MISSING_BELOW, "missing", np.where(coverage < PARTIAL_BELOW, "partial", "ok"))
    return coverage, np.where(closed, "closed", status).astype(object)


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of opening time that the cameras did not see.

    Attributes:
        begins: When the store was open and no longer seen.
        ends: When it was seen again, or closed unseen for the last time.
        open_s: Opening time lost in between; nights and closed days do not count.
        cause: The healths that the cameras reported, or ``no data`` where none wrote anything.
    """

    begins: datetime
    ends: datetime
    open_s: float
    cause: str


def gaps(
    watches: pd.DataFrame, cameras: Collection[str], opening: Opening, since: datetime, until: datetime
) -> tuple[Gap, ...]:
    """The gaps of at least a minute in the opening time of ``since <= t < until``, in order.

    A gap that reaches closing time and goes on when the store opens again is one gap.

    Args:
        watches: ``frames.WATCHES``; all there are.
        cameras: The cameras whose view is needed.
        opening: When the store is open.
        since: Start of the window.
        until: End of the window.
    """
    mine = watches[watches["camera_id"].isin(cameras)]
    period = seen(mine, cameras)
    spans = opening.spans(since, until)
    unseen: list[tuple[int, int, int]] = []
    touches_close = False
    for opens, closes in zip(spans["opens_ms"], spans["closes_ms"], strict=True):
        inside = (period.ends_ms > opens) & (period.begins_ms < closes)
        edges = np.concatenate([[opens], period.ends_ms[inside], period.begins_ms[inside], [closes]])
        edges = np.sort(np.clip(edges, opens, closes)).reshape(-1, 2)
        for begins, ends in edges[edges[:, 1] - edges[:, 0] >= LEAST_GAP_MS]:
            if touches_close and begins == opens:
                first, _, lost = unseen.pop()
                unseen.append((first, int(ends), lost + int(ends - begins)))
            else:
                unseen.append((int(begins), int(ends), int(ends - begins)))
            touches_close = False
        touches_close = bool(unseen) and unseen[-1][1] == closes
    ill = mine[~mine["health"].isin(HEALTHY)]
    begin_ms, end_ms = ms(ill["begins"]), ms(ill["ends"])
    found = []
    for begins, ends, lost in unseen:
        causes = sorted(set(ill.loc[(end_ms > begins) & (begin_ms < ends), "health"]))
        found.append(Gap(_moment(begins), _moment(ends), lost / 1000.0, ", ".join(causes) or "no data"))
    return tuple(found)


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000.0, tz=UTC)
