"""Who stopped where, and for how long. A stay whose start or end was not seen is a lower bound, not a short stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import STAYS, WATCHES, ZONE_HOURLY, check, empty, local_hour
from ..opening import ms
from ..visits import is_staff
from . import coverage
from .occupancy import inside
from .survival import Dwell, censored, dwell, dwell_by_hour

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from numpy.typing import NDArray

    from ..opening import Opening

MIN_STAY_S = 5.0
_WHO = ["camera_id", "run_id", "track_id"]
_ZONE = ["camera_id", "zone_id", "role"]
_EXTRA = ("pass_through", "fixed", "staff")


@dataclass(frozen=True, slots=True, eq=False)
class ZoneRules:
    """What a stay must be to count.

    Attributes:
        places: ``frames.PLACES``: zones without a single stay have rows of zeros, too. A zone that was drawn later has
            them for the days before, when these are computed again; None: only zones with stays are known.
        min_stay_s: Shorter stays are people walking through, per zone id; 5 s where a zone is not named.
        staff: The tracks of staff, from ``visits.staff_tracks``; None: nobody is.
    """

    places: pd.DataFrame | None = None
    min_stay_s: Mapping[str, float] | None = None
    staff: pd.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class ZoneTotals:
    """One zone over a period.

    Attributes:
        stays: Stays of at least the zone's least time.
        visitors: Tracks with at least one, counted once an hour.
        draw_in: Visitors per visit to the store, over the hours in which both the zone and the doors were seen; None
            where there were no visits. May pass 1: people come back to a zone under new track numbers.
        censored: Stays whose dwell is a lower bound.
        pass_through: Shorter stays.
        fixed: Stays of fixed targets (mannequins, posters, mirrors), left out of everything else.
        staff: Stays of staff, left out of everything else.
        occupancy_mean: People inside on average, over the open time that was seen; None: no hour was.
        occupancy_max: Most people inside at once.
    """

    camera_id: str
    zone_id: str
    role: str
    stays: int
    visitors: int
    draw_in: float | None
    dwell: Dwell
    censored: int
    pass_through: int = 0
    fixed: int = 0
    staff: int = 0
    occupancy_mean: float | None = None
    occupancy_max: float | None = None


def zones(
    stays: pd.DataFrame,
    watches: pd.DataFrame,
    opening: Opening,
    since: datetime,
    until: datetime,
    *,
    rules: ZoneRules | None = None,
) -> pd.DataFrame:
    """The hours of every zone.

    Args:
        stays: ``frames.STAYS``; a stay belongs to the hour in which it began. Those that began before ``since`` count
            for the occupancy alone, as long as they last.
        watches: ``frames.WATCHES``.
        opening: When the store is open.
        since: Start of a local day.
        until: Start of a later local day.
        rules: What a stay must be to count; None: the defaults.

    Returns:
        ``frames.ZONE_HOURLY``: a row for every open hour in which the zone's camera saw at least half of it, zeros
        included. An hour without a row was not seen. The occupancy is the people inside over time, also of those who
        only walk through.
    """
    rules = rules or ZoneRules()
    everybody, known = check(stays, STAYS), check(watches, WATCHES)
    grid = opening.grid(since, until)
    grid = grid[grid["open_s"] > 0].reset_index(drop=True)
    hour_of = pd.Series(
        pd.Index(grid["hour_utc"]).get_indexer(pd.Index(local_hour(everybody["entered"], opening.time)["hour_utc"])),
        index=everybody.index,
    )
    found = []
    for camera, zone, role in _zones_of(everybody, rules.places):
        watched = coverage.seen_hours(known, camera, grid)
        mine = everybody[(everybody["camera_id"] == camera) & (everybody["zone_id"] == zone)]
        rows = _by_hour(_Sorted.of(mine, rules), hour_of, grid)
        named = rows.assign(hour_utc=grid["hour_utc"], camera_id=camera, zone_id=zone, role=role)
        found.append(named.assign(seen_s=coverage.seen_seconds(known, [camera], grid))[watched])
    if not found:
        return empty(ZONE_HOURLY)
    return check(pd.concat(found).sort_values(["hour_utc", *_ZONE]), ZONE_HOURLY)


def zone_totals(
    stays: pd.DataFrame, zone_hours: pd.DataFrame, hours: pd.DataFrame, rules: ZoneRules | None = None
) -> tuple[ZoneTotals, ...]:
    """Every zone over a period.

    Args:
        stays: ``frames.STAYS`` that began in the period.
        zone_hours: ``frames.ZONE_HOURLY`` of the period.
        hours: ``frames.HOURLY`` of the period.
        rules: As for ``zones``.
    """
    kept = _Sorted.of(stays, rules or ZoneRules()).kept
    visits = hours.loc[hours["visits"].notna() & (hours["status"] != "closed"), ["hour_utc", "visits", "open_s"]]
    found = []
    for (camera, zone, role), mine in zone_hours.groupby(_ZONE, sort=True):
        both = mine.merge(visits, on="hour_utc")
        came = int(both["visits"].sum())
        here = kept[(kept["camera_id"] == camera) & (kept["zone_id"] == zone)]
        timed = mine.merge(hours[["hour_utc", "open_s"]], on="hour_utc")
        timed = timed[timed["occupancy_mean"].notna() & (timed["open_s"] > 0)]
        found.append(
            ZoneTotals(
                str(camera),
                str(zone),
                str(role),
                int(mine["stays"].sum()),
                int(mine["visitors"].sum()),
                int(both["visitors"].sum()) / came if came else None,
                dwell(here["dwell_s"].to_numpy(dtype=np.float64), censored(here)),
                int(mine["censored"].sum()),
                pass_through=int(mine["pass_through"].sum()),
                fixed=int(mine["fixed"].sum()),
                staff=int(mine["staff"].sum()),
                occupancy_mean=float(np.average(timed["occupancy_mean"], weights=timed["open_s"]))
                if len(timed)
                else None,
                occupancy_max=float(timed["occupancy_max"].max()) if len(timed) else None,
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Sorted:
    """Stays by what they are: visits to a zone, people walking through, fixed targets, staff."""

    kept: pd.DataFrame
    pass_through: pd.DataFrame
    fixed: pd.DataFrame
    staff: pd.DataFrame

    @classmethod
    def of(cls, stays: pd.DataFrame, rules: ZoneRules) -> _Sorted:
        fixed = (stays["end_cause"] == "fixed").to_numpy(dtype=bool)
        nobody = np.zeros(len(stays), dtype=bool)
        staff = (nobody if rules.staff is None else is_staff(stays, rules.staff)) & ~fixed
        long = long_enough(stays, rules.min_stay_s)
        people = ~fixed & ~staff
        return cls(stays[people & long], stays[people & ~long], stays[fixed], stays[staff])


def counted_stays(stays: pd.DataFrame, rules: ZoneRules) -> pd.DataFrame:
    """The stays that are visits to their zone: long enough, and neither of staff nor of fixed targets."""
    return _Sorted.of(stays, rules).kept


def long_enough(stays: pd.DataFrame, min_stay_s: Mapping[str, float] | None) -> NDArray[np.bool_]:
    """Which stays are long enough to be visits to their zone."""
    least = stays["zone_id"].map(dict(min_stay_s or {})).astype("float64").fillna(MIN_STAY_S)
    return (stays["dwell_s"] >= least).to_numpy(dtype=bool)


def _zones_of(stays: pd.DataFrame, places: pd.DataFrame | None) -> list[tuple[str, str, str]]:
    """Camera, id and role of every zone with stays and of every zone that is drawn.

    A zone whose role was changed keeps for its old stays the role that it had: the first of the window gives the name.
    """
    known = stays[_ZONE].drop_duplicates()
    if places is not None:
        drawn = places[places["kind"] == "zone"].rename(columns={"id": "zone_id"})
        known = pd.concat([known, drawn[_ZONE]]).drop_duplicates()
    known = known.drop_duplicates(["camera_id", "zone_id"], keep="first").sort_values(_ZONE)
    return [(str(camera), str(zone), str(role)) for camera, zone, role in known.itertuples(index=False)]


def _by_hour(sorted_stays: _Sorted, hour_of: pd.Series, grid: pd.DataFrame) -> pd.DataFrame:
    """The counts of ``frames.ZONE_HOURLY`` for each hour of the grid; ``hour_of`` is -1 where a stay has no hour."""
    hours = len(grid)

    def here(stays: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.intp]]:
        hour = hour_of[stays.index].to_numpy(dtype=np.intp)
        return stays[hour >= 0], hour[hour >= 0]

    kept, hour = here(sorted_stays.kept)
    bounds = censored(kept)
    times = dwell_by_hour(kept["dwell_s"].to_numpy(dtype=np.float64), bounds, hour, hours)
    once = hour[(~kept[_WHO].assign(hour=hour).duplicated()).to_numpy()]
    people = pd.concat([sorted_stays.kept, sorted_stays.pass_through])
    mean, most = inside(ms(people["entered"]), ms(people["left"])).mean_and_most(
        grid["open_from_ms"].to_numpy(dtype=np.int64), grid["open_to_ms"].to_numpy(dtype=np.int64)
    )
    extra = {name: np.bincount(here(getattr(sorted_stays, name))[1], minlength=hours) for name in _EXTRA}
    return pd.DataFrame(
        {
            "stays": np.bincount(hour, minlength=hours),
            "visitors": np.bincount(once, minlength=hours),
            "dwell_mean_s": times[:, 0],
            "dwell_median_s": times[:, 1],
            "dwell_p90_s": times[:, 2],
            "censored": np.bincount(hour[bounds], minlength=hours),
            "occupancy_mean": mean,
            "occupancy_max": most,
            **extra,
        }
    )
