"""The live windows of a store: facts and sights in, ``Windows`` out. Time is an argument."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ..events import Crossing, Stay, Watch
from .calendar import Calendar
from .clock import HOUR_MS, MINUTE_MS, from_ms, to_ms
from .doors import Doors
from .queues import QueueClock, StayKey
from .sight import LAG_MS, Seen
from .values import LineTotal, Occupancy, Period, Windows, ZoneNow

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from ..events import Fact, Health
    from ..hours import StoreHours
    from ..scene import Camera, Zone
    from .doors import Running
    from .levels import Levels

# Longer than the longest window by the time for which a watch period can still be corrected.
HORIZON = timedelta(minutes=75)
SLIDING_MIN = (1, 5, 15, 60)
WHOLE_MINUTES = 60
# What claims to lie further ahead than this was told by a clock that was wrong.
AHEAD_MS = HOUR_MS
SEES: frozenset[Health] = frozenset(("ok", "slow"))


@dataclass(frozen=True, slots=True)
class _Inside:
    """How many people the zones of a camera hold."""

    at: int
    zones: dict[str, int]


class LiveWindows:
    """Keeps what the windows need of the last hour, and sums of what is older. Safe from any thread.

    Args:
        cameras: Every camera of the store.
        hours: When it is open: the number of people inside begins afresh when it closes.
        queue_limit: More people in a queue zone than this are too many; None: no limit.
    """

    def __init__(self, cameras: tuple[Camera, ...], hours: StoreHours, queue_limit: int | None = None) -> None:
        self._cameras = cameras
        self._calendar = Calendar(hours)
        self._lock = threading.Lock()
        self._entrances = {(c.id, line.id) for c in cameras for line in c.lines if line.role == "entrance"}
        self._entrance_cameras = sorted({camera for camera, _ in self._entrances})
        self._doors = Doors(self._calendar)
        self._seen = {camera.id: Seen() for camera in cameras}
        self._queues = {
            (camera.id, zone.id): QueueClock(queue_limit)
            for camera in cameras
            for zone in camera.zones
            if zone.role == "queue"
        }
        self._inside: dict[str, _Inside] = {}
        self._totals: Counter[tuple[str, str, str]] = Counter()
        self._tidied: int | None = None

    def needs_since(self, at: datetime) -> datetime:
        """From when on a process that starts at ``at`` should be given the facts: from the closing before the last."""
        closed = self._calendar.day(to_ms(at)).closed
        return min(from_ms(self._calendar.day(closed - 1).closed), at - HORIZON)

    def restore(self, since: datetime, facts: Iterable[tuple[str, Fact]]) -> None:
        """Takes what an earlier process stored; before anything else.

        Args:
            since: All facts since then are given.
            facts: Pairs of camera id and fact, in any order.
        """
        with self._lock:
            self._doors.begin(to_ms(since))
            for camera, fact in facts:
                self._take(camera, fact)

    def take(self, camera: str, fact: Fact) -> None:
        """Takes a fact, or the next telling of a watch period or stay; of cameras unknown nothing is taken."""
        with self._lock:
            self._take(camera, fact)
            if isinstance(fact, Crossing):
                self._totals[camera, fact.line, fact.direction] += 1

    def sees(self, camera: str, at: datetime, inside: Iterable[tuple[str, int]], health: Health) -> None:
        """Takes what a camera shows now.

        Args:
            camera: Its id.
            at: Time of the picture.
            inside: How many people each zone holds, by zone id.
            health: What the camera is able to see.
        """
        with self._lock:
            if camera in self._seen:
                self._seen[camera].look(to_ms(at), healthy=health == "ok")
                self._inside[camera] = _Inside(to_ms(at), dict(inside) if health in SEES else {})

    def now(self, at: datetime) -> Windows:
        """What there is to tell at ``at``."""
        now = to_ms(at)
        with self._lock:
            self._tidy(now)
            running, levels = self._doors.running(now)
            minute = now // MINUTE_MS * MINUTE_MS
            whole = [minute - back * MINUTE_MS for back in range(WHOLE_MINUTES, 0, -1)]
            has_entrance = bool(self._entrances)
            return Windows(
                at=from_ms(now),
                occupancy=self._occupancy(now, running) if has_entrance else None,
                sliding=tuple(self._period(now - n * MINUTE_MS, now, levels) for n in SLIDING_MIN if has_entrance),
                minutes=tuple(self._period(start, start + MINUTE_MS, levels) for start in whole if has_entrance),
                zones=tuple(self._zone(now, camera, zone) for camera in self._cameras for zone in camera.zones),
                totals=tuple(
                    LineTotal(c.id, x.id, x.role, self._totals[c.id, x.id, "in"], self._totals[c.id, x.id, "out"])
                    for c in self._cameras
                    for x in c.lines
                ),
            )

    def _take(self, camera: str, fact: Fact) -> None:
        if isinstance(fact, Crossing):
            if (camera, fact.line) in self._entrances:
                self._doors.cross(to_ms(fact.at), enters=fact.direction == "in")
        elif isinstance(fact, Stay):
            queue = self._queues.get((camera, fact.zone))
            if queue is not None:
                key = StayKey(to_ms(fact.entered), fact.track)
                queue.stay(key, to_ms(fact.left), counts=fact.end_cause != "fixed")
        elif isinstance(fact, Watch) and camera in self._seen:
            self._seen[camera].watch(to_ms(fact.begins), to_ms(fact.ends), healthy=fact.health == "ok")

    def _tidy(self, now: int) -> None:
        """Adds up what is older than the horizon, about once a minute; begins anew where the clock was set back."""
        if self._tidied is not None and 0 <= now - self._tidied < MINUTE_MS:
            return
        self._tidied = now
        before, latest = now - HORIZON // timedelta(milliseconds=1), now + AHEAD_MS
        day = self._calendar.day(before)
        self._doors.forget(before, latest)
        for seen in self._seen.values():
            seen.forget(before, latest, day.begins)
        for queue in self._queues.values():
            queue.forget(before, latest, day.closed)

    def _share(self, begins: int, ends: int) -> float:
        """Mean share seen by the cameras at the entrances."""
        shares = [self._seen[camera].share(begins, ends) for camera in self._entrance_cameras]
        return sum(shares) / len(shares)

    def _occupancy(self, now: int, running: Running) -> Occupancy:
        day = self._calendar.day(now)
        coverage = self._share(day.begins, now)
        known = coverage > 0 or running.entries > 0 or running.balance != 0
        return Occupancy(running.people if known else None, from_ms(day.closed), coverage, running.drift)

    def _period(self, begins: int, ends: int, levels: Levels) -> Period:
        coverage = self._share(begins, ends)
        entries, exits = self._doors.entries_and_exits(begins, ends)
        if coverage == 0 and not entries and not exits:
            return Period(from_ms(begins), from_ms(ends), 0.0, None, None, None, None)
        return Period(from_ms(begins), from_ms(ends), coverage, entries, exits, *levels.mean_and_most(begins, ends))

    def _zone(self, now: int, camera: Camera, zone: Zone) -> ZoneNow:
        inside = self._inside.get(camera.id)
        fresh = inside is not None and abs(now - inside.at) <= LAG_MS
        people = inside.zones.get(zone.id) if fresh and inside is not None else None
        clock = self._queues.get((camera.id, zone.id))
        queue = None
        if clock is not None:
            queue = clock.now(now, self._calendar.day(now).closed, self._seen[camera.id].share, SLIDING_MIN)
        return ZoneNow(camera.id, zone.id, zone.role, people, queue)
