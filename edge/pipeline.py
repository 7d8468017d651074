"""The loop: frames in, facts out. A generator; its parts are handed in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .counting import LineCounter, Moment, ZoneClock, anchor_point
from .events import Detector, Fact, Frame, Health, Stay, Track, Trail, Watch
from .fixed import FixedTargets
from .geometry import Point
from .tracking import Tracker, TrackerRules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .scene import Camera

# Raised whenever tracking or counting may give other facts for the same pictures: it is part of every run's settings
# hash, so that a replay with new code replaces the facts of the old code.
ALGORITHM = 2

# Frames further apart than this are a gap in what the camera saw, not a slow camera.
GAP_S = 5.0
# The last frame of a period was watched for as long as the frame before it, at most this long.
LAST_FRAME_S = 1.0


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings of the loop that can change a fact.

    Attributes:
        start_score: A person must be detected at least this surely to be followed; weaker boxes only continue a track.
        trail_hz: Samples a second of each person's position; 0 for none.
        entry_hold_s: A crossing is ``held`` when the person stays on the new side this long.
        watch_s: Length of a watch period.
        fixed_after_s: What stands in one place for so long without ever moving is a mannequin, a poster or a mirror; 0
            for never.
    """

    start_score: float = 0.25
    trail_hz: float = 1.0
    entry_hold_s: float = 2.0
    watch_s: float = 60.0
    fixed_after_s: float = 1800.0


@dataclass(frozen=True, slots=True)
class Step:
    """What one frame gave.

    Attributes:
        frame: The frame; None for the last step, which closes what was open.
        tracks: Everyone followed now, confirmed or not.
        facts: Facts that became certain with this frame, in order.
        inside: How many people each zone holds now, by zone id.
    """

    frame: Frame | None
    tracks: tuple[Track, ...]
    facts: tuple[Fact, ...]
    inside: tuple[tuple[str, int], ...] = ()


def steps(
    frames: Iterable[Frame],
    detector: Detector,
    camera: Camera,
    rules: Rules,
    take_dropped_facts: Callable[[], int] = lambda: 0,
) -> Iterator[Step]:
    """Watches one camera through one run.

    Args:
        frames: In order of time; a gap in their times is a gap in what was seen.
        detector: Finds people.
        camera: Lines, zones and floor.
        rules: Settings.
        take_dropped_facts: Tells how many facts were lost on their way to the database since it was last asked.

    Yields:
        One step a frame, then one last step with what was still open.
    """
    lines = [LineCounter(line, rules.entry_hold_s) for line in camera.lines]
    zones = [ZoneClock(zone) for zone in camera.zones]
    trails = _TrailSampler(camera, rules.trail_hz)
    watch = _WatchLog(rules.watch_s, take_dropped_facts)
    targets = FixedTargets(rules.fixed_after_s)
    tracker = Tracker(TrackerRules(start_score=rules.start_score))
    things: set[int] = set()
    for frame in frames:
        facts: list[Fact] = list(watch.frame(frame))
        moment = Moment(frame.at, frame.number, frame.image.shape[1], frame.image.shape[0])
        people = targets.without(detector.detect(frame), frame.at)
        tracks = tracker.update(people, frame.at, (moment.width, moment.height))
        for line in lines:
            facts += line.update(tracks, moment)
        for zone in zones:
            facts += (_judged(stay, things) for stay in zone.update(tracks, moment))
        if targets.boxes:
            # A track whose detections are left out from now on is lost in its place, and ends some seconds later.
            things |= {track.id for track in tracks if not track.seen and targets.cover(track.box)}
        things &= {track.id for track in tracks}
        facts += trails.update(tracks, moment)
        inside = tuple((z.id, clock.occupancy) for z, clock in zip(camera.zones, zones, strict=True))
        yield Step(frame, tuple(tracks), tuple(facts), inside)
    last: list[Fact] = []
    for line in lines:
        last += line.close()
    for zone in zones:
        last += zone.close()
    last += watch.close()
    yield Step(None, (), tuple(last))


def _judged(stay: Stay, things: set[int]) -> Stay:
    """A stay whose track ended because it was no person has that as its cause."""
    return replace(stay, end_cause="fixed") if stay.track in things and stay.end_cause == "lost" else stay


class _TrailSampler:
    """Samples where people stand, at most ``hz`` times a second each, on the clock and not on frame counts."""

    def __init__(self, camera: Camera, hz: float) -> None:
        self._camera = camera
        self._every = timedelta(seconds=1 / hz) if hz > 0 else None
        self._next: dict[int, tuple[datetime, int]] = {}

    def update(self, tracks: list[Track], moment: Moment) -> Iterator[Trail]:
        if self._every is None:
            return
        for track in tracks:
            if not (track.confirmed and track.seen):
                continue
            due, number = self._next.get(track.id, (moment.at, 0))
            if moment.at < due:
                continue
            # The rhythm starts with the track and is kept, so that the rate does not drift with the frame rate.
            while due <= moment.at:
                due += self._every
            self._next[track.id] = due, number + 1
            foot = anchor_point(track, "foot")
            x, y = min(max(foot.x / moment.width, 0.0), 1.0), min(max(foot.y / moment.height, 0.0), 1.0)
            floor = self._camera.floor.to_floor(Point(x, y)) if self._camera.floor else None
            yield Trail(
                track.id,
                number,
                moment.at,
                round(x, 4),
                round(y, 4),
                round(floor.x, 2) if floor else None,
                round(floor.y, 2) if floor else None,
            )
        alive = {track.id for track in tracks}
        for track_id in [i for i in self._next if i not in alive]:
            del self._next[track_id]


class _WatchLog:
    """Writes down what was watched: periods cut at whole multiples of ``watch_s``, and the gaps between frames."""

    def __init__(self, watch_s: float, take_dropped_facts: Callable[[], int]) -> None:
        self._length = timedelta(seconds=watch_s)
        self._take_dropped_facts = take_dropped_facts
        self._begins: datetime | None = None
        self._last: datetime | None = None
        self._apart = timedelta(0)
        self._seen = 0
        self._dropped = 0
        self._number = 0

    def frame(self, frame: Frame) -> Iterator[Watch]:
        """Takes one frame; yields the periods that ended before it."""
        if self._last is not None and self._begins is not None:
            apart = frame.at - self._last
            if apart.total_seconds() > GAP_S:
                ends = self._last + min(self._apart, timedelta(seconds=LAST_FRAME_S))
                yield self._period(self._begins, ends, "ok")
                yield self._period(ends, frame.at, "lost")
                self._begins = frame.at
            else:
                self._apart = apart
                border = self._border(self._begins)
                if frame.at >= border:
                    yield self._period(self._begins, border, "ok")
                    self._begins = border
        else:
            self._begins = frame.at
        self._seen += 1
        self._dropped += frame.dropped
        self._last = frame.at

    def close(self) -> Iterator[Watch]:
        """Ends the open period with its last frame."""
        if self._begins is not None and self._last is not None:
            ends = self._last + min(self._apart, timedelta(seconds=LAST_FRAME_S))
            yield self._period(self._begins, ends, "ok")
            self._begins = None

    def _border(self, begins: datetime) -> datetime:
        """The end of the period that ``begins`` lies in."""
        day = begins.replace(hour=0, minute=0, second=0, microsecond=0)
        return day + ((begins - day) // self._length + 1) * self._length

    def _period(self, begins: datetime, ends: datetime, health: Health) -> Watch:
        watch = Watch(self._number, begins, ends, self._seen, self._dropped, self._take_dropped_facts(), health)
        self._number += 1
        self._seen = self._dropped = 0
        return watch
