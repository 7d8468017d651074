"""Who passes by outside, and how many of them come in.

PB, the people passing by, is counted by tracks: everyone who crosses a line of role outside, in either direction,
counts once, however often; who came out of the store before is on the way home and no passer-by. Whoever enters passed
by, too: where one camera sees both the outside line and the door, an entrant who crossed no outside line is added, so
that every entrant is among the passers (base ``by track``). Where the door has a camera of its own nobody can tell
which of the passers came in: PB is who crossed the outside line, and the line has to be drawn so that entrants cross it
(base ``by line``). Outside cameras that look at the same stretch of street count the same people twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import CAPTURE_HOURLY, CROSSINGS, PASSERS_HOURLY, VISITS, WATCHES, check, empty, local_hour
from ..visits import visit_ids
from . import coverage

if TYPE_CHECKING:
    from datetime import datetime

    from ..frames import StoreTime
    from ..opening import Opening
    from .seen import Traffic

_WHO = ["camera_id", "run_id", "track_id"]
# Who turned round in the doorway, and who came while the store was closed, entered nothing.
_NO_ENTRY = ("not_held", "closed_hours")


@dataclass(frozen=True, slots=True)
class CaptureTotals:
    """A period's passers-by.

    Attributes:
        passers: People passing by, entrants included, over the hours in which all was seen; None: there is none.
        entries: Entries in the same hours.
        capture: ``entries / passers``, not clipped at 1; None where nobody passed.
        base: ``by track`` or ``by line``, see the module.
        hours: So many open hours are in it.
    """

    passers: int | None
    entries: int | None
    capture: float | None
    base: str
    hours: int


def passers(
    crossings: pd.DataFrame, watches: pd.DataFrame, opening: Opening, since: datetime, until: datetime,
    *, places: pd.DataFrame,
) -> pd.DataFrame:  # fmt: skip
    """The hours of every outside line.

    Args:
        crossings: ``frames.CROSSINGS``; outside and entrance lines.
        watches: ``frames.WATCHES``.
        opening: When the store is open; who passes a closed store is left out.
        since: Start of a local day.
        until: Start of a later local day.
        places: ``frames.PLACES``: the outside lines, also those that nobody crossed.

    Returns:
        ``frames.PASSERS_HOURLY``: a row for every open hour in which the line's camera saw at least half of it. A track
        counts at the first outside line that it crosses, in the hour in which it does.
    """
    outside = _first_outside(check(crossings, CROSSINGS), opening)
    return _per_line(outside, check(watches, WATCHES), opening.grid(since, until), opening.time, places)


def capture(
    traffic: Traffic, opening: Opening, since: datetime, until: datetime, *, places: pd.DataFrame
) -> pd.DataFrame:
    """The hours of the store's capture rate, ``E / PB``.

    Args:
        traffic: Crossings of outside and entrance lines, and what became of the entries: E is every one that held while
            the store was open.
        opening: When the store is open.
        since: Start of a local day.
        until: Start of a later local day.
        places: ``frames.PLACES``.

    Returns:
        ``frames.CAPTURE_HOURLY``: a row for every open hour, nulls where a camera of an outside line or of a door saw
        less than half of it; empty where there is no outside line.
    """
    walked, judged = check(traffic.crossings, CROSSINGS), check(traffic.visits, VISITS)
    roles = _lines(walked, places)
    outside_cameras = set(roles.loc[roles["role"] == "outside", "camera_id"])
    if not outside_cameras:
        return empty(CAPTURE_HOURLY)
    door_cameras = set(roles.loc[roles["role"] == "entrance", "camera_id"])
    grid = opening.grid(since, until)
    grid = grid[grid["open_s"] > 0].reset_index(drop=True)
    outside = _first_outside(walked, opening)
    passed = outside[outside["first"] & ~outside["leaving"]]
    entered = judged[~judged["reason"].isin(_NO_ENTRY)]
    door = walked[(walked["role"] == "entrance") & (walked["direction"] == "in")]
    door = door[visit_ids(door).isin(entered["visit_id"])]
    unseen = door[door["camera_id"].isin(outside_cameras)].drop_duplicates(_WHO)
    crossed = pd.MultiIndex.from_frame(passed[_WHO])
    unseen = unseen[~pd.MultiIndex.from_frame(unseen[_WHO]).isin(crossed)]
    zone = opening.time
    pb = _counts(passed["at"], grid["hour_utc"], zone) + _counts(unseen["at"], grid["hour_utc"], zone)
    entries = _counts(entered["entered"], grid["hour_utc"], zone)
    known = check(traffic.watches, WATCHES)
    blind = np.zeros(len(grid), dtype=bool)
    for camera in outside_cameras | door_cameras:
        blind |= ~coverage.seen_hours(known, str(camera), grid)
    seen_s = coverage.seen_seconds(known, outside_cameras | door_cameras, grid)
    made = pd.DataFrame(
        {
            "hour_utc": grid["hour_utc"],
            "seen_s": np.where(blind, np.nan, seen_s),
            "passers": pb.mask(blind),
            "entries": entries.mask(blind),
            "capture": (entries / pb.where(pb > 0)).mask(blind).astype("float64"),
            "base": "by track" if door_cameras <= outside_cameras else "by line",
        }
    )
    return check(made, CAPTURE_HOURLY)


def capture_totals(hours: pd.DataFrame) -> CaptureTotals | None:
    """The capture rate of a period: a ratio of sums over the hours in which all was seen.

    Args:
        hours: ``frames.CAPTURE_HOURLY``.

    Returns:
        None where there is no outside line.
    """
    if hours.empty:
        return None
    seen = hours[hours["passers"].notna()]
    base = str(hours["base"].iloc[-1])
    if seen.empty:
        return CaptureTotals(None, None, None, base, 0)
    came, went = int(seen["entries"].sum()), int(seen["passers"].sum())
    return CaptureTotals(went, came, came / went if went else None, base, len(seen))


def _first_outside(crossings: pd.DataFrame, opening: Opening) -> pd.DataFrame:
    """Crossings of outside lines in opening time: ``first`` of their track, and ``leaving`` the store before."""
    walked = crossings[opening.is_open(crossings["at"])].sort_values(["at", *_WHO, "line_id"], ignore_index=True)
    out = (walked["role"] == "entrance") & (walked["direction"] == "out")
    left_before = out.groupby([walked[name] for name in _WHO], sort=False).cummax()
    outside = walked[walked["role"] == "outside"].assign(leaving=left_before[walked["role"] == "outside"].astype(bool))
    return outside.assign(first=~outside.duplicated(_WHO))


def _per_line(
    outside: pd.DataFrame, watches: pd.DataFrame, whole: pd.DataFrame, time_zone: str | StoreTime, places: pd.DataFrame
) -> pd.DataFrame:
    grid = whole[whole["open_s"] > 0].reset_index(drop=True)
    roles = _lines(outside, places)
    found = []
    for camera, line in roles.loc[roles["role"] == "outside", ["camera_id", "line_id"]].to_numpy().tolist():
        mine = outside[(outside["camera_id"] == camera) & (outside["line_id"] == line)]
        counts = {
            "crossings_in": mine["direction"] == "in",
            "crossings_out": mine["direction"] == "out",
            "passers": mine["first"] & ~mine["leaving"],
            "leaving": mine["first"] & mine["leaving"],
        }
        rows = pd.DataFrame(
            {name: _counts(mine.loc[which, "at"], grid["hour_utc"], time_zone) for name, which in counts.items()}
        ).assign(hour_utc=grid["hour_utc"], camera_id=str(camera), line_id=str(line))
        found.append(rows[coverage.seen_hours(watches, str(camera), grid)])
    if not found:
        return empty(PASSERS_HOURLY)
    return check(pd.concat(found).sort_values(["hour_utc", "camera_id", "line_id"]), PASSERS_HOURLY)


def _lines(crossings: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """``camera_id``, ``line_id`` and ``role`` of every line that is drawn or was crossed."""
    columns = ["camera_id", "line_id", "role"]
    drawn = places[places["kind"] == "line"].rename(columns={"id": "line_id"})
    return pd.concat([drawn[columns], crossings[columns]]).drop_duplicates().sort_values(columns, ignore_index=True)


def _counts(times: pd.Series, hours_utc: pd.Series, time_zone: str | StoreTime) -> pd.Series[int]:
    counts = local_hour(times, time_zone)["hour_utc"].value_counts()
    return counts.reindex(hours_utc, fill_value=0).reset_index(drop=True).astype("Int64")
