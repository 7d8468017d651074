"""How long the queue is, how long people wait in it, and who leaves it without being served.

A wait is followed by one track from the queue to the till. Who is lost from sight on the way counts neither as served
nor as gone: how many that are stands beside the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from ..frames import QUEUE_HOURLY, QUEUE_WAITS, STAYS, WATCHES, check, empty, local_hour
from ..opening import ms
from ..visits import is_staff
from . import coverage
from .occupancy import inside
from .survival import Dwell, dwell, dwell_by_hour

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from numpy.typing import NDArray

    from ..opening import Opening

_WHO = ["camera_id", "run_id", "track_id"]
NOT_KNOWN = Dwell(None, None, None)
OUTCOMES = ("served", "abandoned", "unknown")
_DTYPES = {
    **dict.fromkeys(("camera_id", "zone_id", "run_id", "outcome"), "str"),
    **dict.fromkeys(("track_id", "entered_ms", "left_ms"), "int64"),
    "bound": "bool",
}


@dataclass(frozen=True, slots=True)
class QueueRules:
    """What queueing is.

    Attributes:
        min_wait_s: Shorter stays in the queue are people walking past it, unless they were served afterwards.
        served_within_s: Who comes to the till at most this long after leaving the queue was served. Who steps out of
            the queue and comes back within this time has waited once.
        followed_s: Who is lost from sight sooner than this after leaving the queue may have gone anywhere: unknown.
    """

    min_wait_s: float = 5.0
    served_within_s: float = 20.0
    followed_s: float = 3.0


@dataclass(frozen=True, slots=True)
class QueueTotals:
    """One queue over a period.

    Attributes:
        arrivals: People who began to queue, as tracks.
        length_mean: People in the queue on average, over the open time that was seen.
        length_max: Most people in the queue at once.
        served: Arrivals that came to the till; None where the camera sees no till.
        abandoned: Arrivals that left without service.
        unknown: Arrivals lost from sight: neither.
        wait: Of the served.
    """

    camera_id: str
    zone_id: str
    arrivals: int
    length_mean: float | None
    length_max: float | None
    served: int | None
    abandoned: int | None
    unknown: int | None
    wait: Dwell

    @property
    def abandonment(self) -> float | None:
        """``abandoned / (served + abandoned)``: of those whose end was seen; None where there are none."""
        known = (self.served or 0) + (self.abandoned or 0)
        return (self.abandoned or 0) / known if known else None


class _Stay(NamedTuple):
    """A stay in a queue or at a till; times in UTC milliseconds."""

    camera_id: str
    run_id: str
    track_id: int
    zone_id: str
    role: str
    entered_ms: int
    left_ms: int
    start_cause: str
    end_cause: str


class _Wait(NamedTuple):
    """One wait; ``bound``: its begin was not seen."""

    camera_id: str
    zone_id: str
    run_id: str
    track_id: int
    entered_ms: int
    left_ms: int
    bound: bool
    outcome: str


def waits(
    stays: pd.DataFrame,
    rules: QueueRules | None = None,
    last_seen: pd.DataFrame | None = None,
    staff: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Every wait in a queue, and how it ended.

    Served: the same track has a stay in a till zone that begins while it queues or at most ``served_within_s`` later.
    Abandoned: it left the queue over its border and did not. Unknown: it was lost in the queue, or within
    ``followed_s`` after leaving it, or the run ended.

    Args:
        stays: ``frames.STAYS``; those of fixed targets are left out.
        rules: What queueing is; None: the defaults.
        last_seen: ``camera_id``, ``run_id``, ``track_id`` and ``at`` of the last sighting of tracks; those not in it
            are believed to have left as their stay says. None: all are.
        staff: From ``visits.staff_tracks``: staff does not queue; None: nobody is.

    Returns:
        ``frames.QUEUE_WAITS``, in order of ``entered``.
    """
    rules = rules or QueueRules()
    mine = check(stays, STAYS)
    mine = mine[mine["role"].isin(["queue", "till"]) & (mine["end_cause"] != "fixed")]
    if staff is not None:
        mine = mine[~is_staff(mine, staff)]
    mine = mine.sort_values([*_WHO, "entered", "left"])
    mine = mine.assign(entered_ms=ms(mine["entered"]), left_ms=ms(mine["left"]))
    rows = [_Stay(*row) for row in zip(*(mine[name].tolist() for name in _Stay._fields), strict=True)]
    found = [wait for _, track in groupby(rows, key=lambda stay: stay[:3]) for wait in _waits_of(track, rules)]
    made = pd.DataFrame(found, columns=_Wait._fields).astype(_DTYPES)
    for name in ("entered", "left"):
        made[name] = pd.to_datetime(made[f"{name}_ms"], unit="ms", utc=True)
    made["wait_s"] = (made["left_ms"] - made["entered_ms"]) / 1000.0
    made = made.drop(columns=["entered_ms", "left_ms"])
    if last_seen is not None:
        final = made.merge(last_seen, on=_WHO, how="left")["at"]
        followed_s = (final - made["left"]).dt.total_seconds()
        vanished = (made["outcome"] == "abandoned") & (followed_s < rules.followed_s)
        made.loc[vanished, "outcome"] = "unknown"
    real = (made["wait_s"] >= rules.min_wait_s) | (made["outcome"] == "served")
    return check(made[real].sort_values(["entered", *_WHO, "zone_id"]), QUEUE_WAITS)


def queues(
    waited: pd.DataFrame,
    watches: pd.DataFrame,
    opening: Opening,
    since: datetime,
    until: datetime,
    *,
    places: pd.DataFrame,
) -> pd.DataFrame:
    """The hours of every queue.

    Args:
        waited: ``frames.QUEUE_WAITS``; a wait belongs to the hour in which it began, its length to the hours it lasts.
        watches: ``frames.WATCHES``.
        opening: When the store is open.
        since: Start of a local day.
        until: Start of a later local day.
        places: ``frames.PLACES``: the zones of role queue, and whether their camera sees a till.

    Returns:
        ``frames.QUEUE_HOURLY``: a row for every open hour in which the camera saw at least half of it. The length is
        weighted by time. Waits are those of the served, by the product-limit estimator: who was lost in the queue has
        waited at least that long, who left it unserved is not among them.
    """
    grid = opening.grid(since, until)
    grid = grid[grid["open_s"] > 0].reset_index(drop=True)
    known = check(watches, WATCHES)
    hour_of = pd.Index(grid["hour_utc"]).get_indexer(pd.Index(local_hour(waited["entered"], opening.time)["hour_utc"]))
    found = []
    for camera, zone, till in _queues_of(places, waited):
        here = ((waited["camera_id"] == camera) & (waited["zone_id"] == zone)).to_numpy(dtype=bool)
        rows = _by_hour(waited[here], hour_of[here], grid)
        if not till:
            rows = rows.assign(served=None, abandoned=None, unknown=None)
        seen_s = coverage.seen_seconds(known, [camera], grid)
        rows = rows.assign(hour_utc=grid["hour_utc"], camera_id=camera, zone_id=zone, seen_s=seen_s)
        found.append(rows[coverage.seen_hours(known, camera, grid)])
    if not found:
        return empty(QUEUE_HOURLY)
    return check(pd.concat(found).sort_values(["hour_utc", "camera_id", "zone_id"]), QUEUE_HOURLY)


def queue_totals(
    waited: pd.DataFrame,
    queue_hours: pd.DataFrame,
    hours: pd.DataFrame,
    lengths: Mapping[tuple[str, str, str], Dwell] | None = None,
) -> tuple[QueueTotals, ...]:
    """Every queue over a period.

    Args:
        waited: ``frames.QUEUE_WAITS`` that began in the period.
        queue_hours: ``frames.QUEUE_HOURLY`` of the period.
        hours: ``frames.HOURLY`` of the period, for how long each hour was open.
        lengths: How long people waited, from ``zone_days.lengths``; None: from ``waited``.
    """
    found = []
    for (camera, zone), mine in queue_hours.groupby(["camera_id", "zone_id"], sort=True):
        open_s = mine.merge(hours[["hour_utc", "open_s"]], on="hour_utc", how="left")["open_s"].fillna(0.0)
        here = waited[(waited["camera_id"] == camera) & (waited["zone_id"] == zone)]
        sums = {name: None if mine[name].isna().all() else int(mine[name].sum()) for name in OUTCOMES}
        weights = open_s.to_numpy(dtype=np.float64)
        key = (str(camera), str(zone), "wait")
        wait = dwell(*served(here)) if lengths is None else lengths.get(key, NOT_KNOWN)
        found.append(
            QueueTotals(
                camera_id=str(camera),
                zone_id=str(zone),
                arrivals=int(mine["arrivals"].sum()),
                length_mean=float(np.average(mine["length_mean"], weights=weights)) if weights.sum() > 0 else None,
                length_max=float(mine["length_max"].max()),
                **sums,
                wait=wait,
            )
        )
    return tuple(found)


def _waits_of(track: Iterable[_Stay], rules: QueueRules) -> Iterator[_Wait]:
    """The waits of one track, from its stays in queues and tills in order of time."""
    waiting: _Wait | None = None
    for stay in track:
        if waiting is not None and stay.entered_ms > waiting.left_ms + 1000 * rules.served_within_s:
            yield waiting
            waiting = None
        if stay.role == "till":
            if waiting is not None:
                yield waiting._replace(outcome="served")
            waiting = None
            continue
        outcome = "abandoned" if stay.end_cause == "crossed" else "unknown"
        if waiting is not None and waiting.zone_id == stay.zone_id:
            waiting = waiting._replace(left_ms=max(waiting.left_ms, stay.left_ms), outcome=outcome)
            continue
        if waiting is not None:
            yield waiting  # from one queue straight into another: the first was left
        began = (stay.camera_id, stay.zone_id, stay.run_id, stay.track_id, stay.entered_ms, stay.left_ms)
        waiting = _Wait(*began, stay.start_cause == "appeared", outcome)
    if waiting is not None:
        yield waiting


def _queues_of(places: pd.DataFrame, waited: pd.DataFrame) -> list[tuple[str, str, bool]]:
    """Camera and id of every queue, and whether its camera sees a till."""
    zones = places[places["kind"] == "zone"]
    tills = set(zones.loc[zones["role"] == "till", "camera_id"])
    tills |= set(waited.loc[waited["outcome"] == "served", "camera_id"])
    drawn = zones.loc[zones["role"] == "queue", ["camera_id", "id"]].itertuples(index=False)
    used = waited[["camera_id", "zone_id"]].drop_duplicates().itertuples(index=False)
    names = {(str(camera), str(zone)) for camera, zone in [*drawn, *used]}
    return [(camera, zone, camera in tills) for camera, zone in sorted(names)]


def _by_hour(waited: pd.DataFrame, hour: NDArray[np.intp], grid: pd.DataFrame) -> pd.DataFrame:
    hours = len(grid)
    mean, most = inside(ms(waited["entered"]), ms(waited["left"])).mean_and_most(
        grid["open_from_ms"].to_numpy(dtype=np.int64), grid["open_to_ms"].to_numpy(dtype=np.int64)
    )
    waited, hour = waited[hour >= 0], hour[hour >= 0]
    seconds, bounds = served(waited)
    counts = (waited["outcome"] != "abandoned").to_numpy(dtype=bool)
    times = dwell_by_hour(seconds, bounds, hour[counts], hours)
    outcomes = {
        name: pd.Series(np.bincount(hour[(waited["outcome"] == name).to_numpy()], minlength=hours), dtype="Int64")
        for name in OUTCOMES
    }
    return pd.DataFrame(
        {
            "arrivals": np.bincount(hour, minlength=hours),
            "length_mean": mean,
            "length_max": most,
            **outcomes,
            "wait_mean_s": times[:, 0],
            "wait_median_s": times[:, 1],
            "wait_p90_s": times[:, 2],
        }
    )


def served(waited: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How long those waited who were served or lost on the way, and which of these waits are lower bounds."""
    mine = waited[waited["outcome"] != "abandoned"]
    bounds = mine["bound"].to_numpy(dtype=bool) | (mine["outcome"] == "unknown").to_numpy(dtype=bool)
    return mine["wait_s"].to_numpy(dtype=np.float64), bounds
