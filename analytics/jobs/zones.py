"""The job of what happens inside and outside: zones, queues, passers-by, the stay in the store, the drift."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from .. import metrics, visits
from ..frames import (
    CAPTURE_HOURLY,
    OCCUPANCY_DRIFT,
    PASSERS_HOURLY,
    QUEUE_HOURLY,
    QUEUE_WAITS,
    STORE_DWELL,
    VISITS,
    ZONE_HOURLY,
    Window,
    day_window,
)
from .context import Context, Done, Part

if TYPE_CHECKING:
    from datetime import datetime

_WHO = ["camera_id", "run_id", "track_id"]
# A stay that began so long before the window may still be going on in it; one that begins so long after its end may be
# the till of somebody who queued in it.
BEFORE, AFTER = timedelta(hours=12), timedelta(hours=1)


def run_zones(context: Context, window: Window) -> Done:
    """Stays into hours of zones and queues; crossings into passers-by, capture rate, stay in the store and drift."""
    facts, opening = context.facts, context.opening
    since, until, places = window.since, window.until, context.facts.places
    watched = metrics.Traffic(
        crossings=facts.crossings(since, until),
        visits=context.results.read(VISITS, since, until),
        watches=facts.watches_around(since - BEFORE, until + AFTER),
        entrance_cameras=facts.entrance_cameras,
    )
    rules = zone_rules(context, since - BEFORE, until + AFTER)
    stays = facts.stays(since - BEFORE, until + AFTER)
    zones = metrics.zones(stays, watched.watches, opening, since, until, rules=rules)
    seen = last_seen(context, window) if _has_queue(places) else None
    waited = metrics.waits(stays, context.plan.queue, seen, rules.staff)
    queues = metrics.queues(waited, watched.watches, opening, since, until, places=places)
    mine = waited[(waited["entered"] >= since) & (waited["entered"] < until)].reset_index(drop=True)
    passers = metrics.passers(watched.crossings, watched.watches, opening, since, until, places=places)
    capture = metrics.capture(watched, opening, since, until, places=places)
    return Done(
        (
            Part(ZONE_HOURLY, zones, since, until),
            Part(QUEUE_HOURLY, queues, since, until),
            Part(QUEUE_WAITS, mine, since, until),
            Part(PASSERS_HOURLY, passers, since, until),
            Part(CAPTURE_HOURLY, capture, since, until),
            Part(STORE_DWELL, metrics.store_dwell(watched, opening, since, until), window.first, window.end),
            Part(OCCUPANCY_DRIFT, metrics.drift_days(watched, opening, since, until), window.first, window.end),
        )
    )


def zone_rules(context: Context, since: datetime, until: datetime) -> metrics.ZoneRules:
    """What a stay in a zone must be to count, and whose stays between two moments are those of staff."""
    rules = context.plan.visits
    staff = None
    if rules.staff_zones or rules.staff_after_s is not None:
        staff = visits.staff_tracks(context.facts.crossings(since, until), context.facts.stays(since, until), rules)
    return metrics.ZoneRules(context.facts.places, context.plan.min_stay_s, staff)


def last_seen(context: Context, window: Window) -> pd.DataFrame:
    """When each track was last seen, from the positions; a day at a time, for a busy day has many.

    Returns:
        ``camera_id``, ``run_id``, ``track_id`` and ``at``; a track without positions has no row.
    """
    days = [window.first + timedelta(days=n) for n in range((window.end - window.first).days)]
    found = []
    for day in days:
        trails = context.facts.trails(*day_window(day, context.time))
        found.append(trails.groupby(_WHO, as_index=False)["at"].max())
    last: pd.DataFrame = pd.concat(found, ignore_index=True).groupby(_WHO, as_index=False)["at"].max()
    return last


def unknown_zones(context: Context) -> list[str]:
    """One line for each zone that the settings name and no camera has: such a rule would do nothing, silently."""
    places = context.facts.places
    zones = set(places.loc[places["kind"] == "zone", "id"])
    named = {
        "rules.staff_zones": sorted(context.plan.visits.staff_zones),
        "zones.min_stay_s": sorted(context.plan.min_stay_s),
    }
    known = ", ".join(sorted(zones)) or "none"
    return [
        f"{key}: {name!r}: no camera has a zone of this name; known are {known}"
        for key, names in named.items()
        for name in names
        if name not in zones
    ]


def _has_queue(places: pd.DataFrame) -> bool:
    return bool(((places["kind"] == "zone") & (places["role"] == "queue")).any())
