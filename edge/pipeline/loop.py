"""The loop: frames in, facts out. A generator; its parts are handed in."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from ..counting import LineCounter, Moment, ZoneClock
from ..events import Detections, Glance, Network, Pause
from ..fixed import FixedTargets
from ..tracking import Tracker, TrackerRules
from .gate import BLIND, LAG, UNSEARCHED, Gate
from .trails import TrailSampler
from .watch import WatchLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..events import Detector, Fact, Frame, Health, Pending, Sight, Stay, Track
    from ..scene import Camera
    from .rules import Rules

# How often pictures are judged while somebody is followed.
LOOK_EVERY = timedelta(milliseconds=190)
EARLIEST = datetime.min.replace(tzinfo=UTC)
NOBODY = Detections(np.zeros((0, 4), dtype=np.float32), np.zeros(0, dtype=np.float32))


@dataclass(frozen=True, slots=True)
class Step:
    """What one frame gave, or a pause, or the end.

    Attributes:
        frame: The frame; None for a pause, and for the last step, which closes what was open.
        tracks: Everyone followed now, confirmed or not.
        facts: Facts that became certain with this frame, in order. A watch period may be told again under its number:
            the later telling replaces the earlier.
        inside: How many people each zone holds now, by zone id; none where nothing can be seen.
        open_facts: Watch periods and stays that still go on, as they would be told if everything ended now: the same
            number is told again later. Given now and then, if asked for.
        health: What the camera is able to see.
        searched: Whether the detector looked at the frame.
        at: Time of the frame or pause; None for the last step.
    """

    frame: Frame | None
    tracks: tuple[Track, ...]
    facts: tuple[Fact, ...]
    inside: tuple[tuple[str, int], ...] = ()
    open_facts: tuple[Fact, ...] = ()
    health: Health = "ok"
    searched: bool = True
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """What may be handed to the loop besides a detector; the defaults search every picture, one after the other.

    Attributes:
        sight: Judges pictures before they are searched; None: all are healthy and moving.
        gate: Whether pictures in which nothing moves while nobody is followed are left out.
        ahead: So many pictures are on their way to the network at once, fewer than ``LAG``. Facts do not depend on it.
        open_every_s: How often ``Step.open_facts`` are wanted; None for never.
        take_dropped_facts: Tells how many facts were lost on their way to the database since it was last asked.
    """

    sight: Sight | None = None
    gate: bool = True
    ahead: int = 0
    open_every_s: float | None = None
    take_dropped_facts: Callable[[], int] = lambda: 0

    def __post_init__(self) -> None:
        if not 0 <= self.ahead < LAG:
            raise ValueError(f"ahead is {self.ahead}; must be 0 to {LAG - 1}")


def steps(
    frames: Iterable[Frame | Pause], detector: Detector, camera: Camera, rules: Rules, parts: Parts | None = None
) -> Iterator[Step]:
    """Watches one camera through one run.

    Args:
        frames: In order of time; a gap in their times is a gap in what was seen.
        detector: Finds people; a ``Network`` where pictures are to be sent ahead.
        camera: Lines, zones and floor.
        rules: Settings.
        parts: What else takes part.

    Yields:
        One step a frame or pause, then one last step with what was still open.
    """
    parts = parts or Parts()
    watcher = _Watcher(detector, camera, rules, parts)
    waiting: deque[_Look] = deque()
    for item in frames:
        if isinstance(item, Pause):
            while waiting:
                yield watcher.take(waiting.popleft())
            yield watcher.pause(item)
            continue
        waiting.append(watcher.look(item))
        while len(waiting) > parts.ahead:
            yield watcher.take(waiting.popleft())
    while waiting:
        yield watcher.take(waiting.popleft())
    yield watcher.close()


@dataclass(frozen=True, slots=True)
class _Look:
    """A frame on its way: judged, and sent to the network where it is worth it."""

    frame: Frame
    glance: Glance
    pending: Pending | None


@dataclass(frozen=True, slots=True)
class _Found:
    """Detections that are there at once."""

    detections: Detections

    def result(self) -> Detections:
        return self.detections


class _Watcher:
    """One run of one camera."""

    def __init__(self, detector: Detector, camera: Camera, rules: Rules, parts: Parts) -> None:
        self._detector = detector
        self._network = detector if parts.ahead and isinstance(detector, Network) else None
        self._camera = camera
        self._sight = parts.sight
        self._gate = Gate(on=parts.gate and parts.sight is not None)
        self._lines = [LineCounter(line, rules.entry_hold_s) for line in camera.lines]
        self._zones = [ZoneClock(zone) for zone in camera.zones]
        self._trails = TrailSampler(camera, rules.trail_hz)
        self._watch = WatchLog(rules.watch_s, rules.least_fps, parts.take_dropped_facts)
        self._targets = FixedTargets(rules.fixed_after_s)
        self._tracker = Tracker(TrackerRules(start_score=rules.start_score))
        self._things: set[int] = set()
        self._open_every = timedelta(seconds=parts.open_every_s) if parts.open_every_s is not None else None
        self._opened: datetime | None = None
        self._paused = False
        self._began: datetime | None = None
        self._glance: Glance | None = None
        self._glanced = EARLIEST
        self._at: datetime | None = None

    def look(self, frame: Frame) -> _Look:
        """Judges a frame, and sends it ahead."""
        self._began = self._began or frame.at
        glance = self._judged(frame, self._began)
        if not self._gate.opens(glance, frame.at):
            return _Look(frame, glance, None)
        if self._network is not None:
            return _Look(frame, glance, self._network.submit(frame))
        return _Look(frame, glance, _Found(self._detector.detect(frame)))

    def _judged(self, frame: Frame, began: datetime) -> Glance:
        if self._sight is None:
            return Glance("ok", began, moves=True)
        # Whoever is followed keeps the gate open, whatever moves: then some looks a second are enough.
        recent = self._glance is not None and timedelta(0) <= frame.at - self._glanced < LOOK_EVERY
        if self._glance is None or not (recent and self._gate.follows):
            self._glance, self._glanced = self._sight.look(frame), frame.at
        return self._glance

    def take(self, look: _Look) -> Step:
        """What a frame gave."""
        frame, glance = look.frame, look.glance
        self._at = frame.at
        self._paused = False
        facts: list[Fact] = list(self._watch.frame(frame, glance))
        moment = Moment(frame.at, frame.number, frame.image.shape[1], frame.image.shape[0])
        tracks: list[Track] = []
        if glance.health not in UNSEARCHED:
            people = NOBODY if look.pending is None else self._targets.without(look.pending.result(), frame.at)
            tracks = self._tracker.update(people, frame.at, (moment.width, moment.height))
            facts += self._count(tracks, moment)
        self._gate.note(followed=bool(tracks))
        inside = (
            ()
            if glance.health in BLIND
            else tuple((z.id, clock.occupancy) for z, clock in zip(self._camera.zones, self._zones, strict=True))
        )
        return Step(
            frame,
            tuple(tracks),
            tuple(facts),
            inside,
            self._open_facts(frame.at),
            self._watch.health,
            look.pending is not None,
            frame.at,
        )

    def pause(self, pause: Pause) -> Step:
        """What it gives that no picture came."""
        self._at = pause.at
        facts = tuple(self._watch.pause(pause))
        # Nothing may come for long: what is known is told up to the last picture, so that a restart goes on there.
        open_facts = self._open_facts(pause.at, at_once=not self._paused)
        self._paused = True
        return Step(None, (), facts, (), open_facts, self._watch.health, searched=False, at=pause.at)

    def close(self) -> Step:
        """What was still open."""
        last: list[Fact] = []
        for line in self._lines:
            last += line.close()
        for zone in self._zones:
            last += zone.close()
        last += self._watch.close(self._at)
        return Step(None, (), tuple(last), searched=False)

    def _count(self, tracks: list[Track], moment: Moment) -> Iterator[Fact]:
        for line in self._lines:
            yield from line.update(tracks, moment)
        for zone in self._zones:
            yield from (_judged(stay, self._things) for stay in zone.update(tracks, moment))
        if self._targets.boxes:
            # A track whose detections are left out from now on is lost in its place, and ends some seconds later.
            self._things |= {track.id for track in tracks if not track.seen and self._targets.cover(track.box)}
        self._things &= {track.id for track in tracks}
        yield from self._trails.update(tracks, moment)

    def _open_facts(self, at: datetime, *, at_once: bool = False) -> tuple[Fact, ...]:
        if self._open_every is None:
            return ()
        if self._opened is not None and at - self._opened < self._open_every and not at_once:
            return ()
        self._opened = at
        going_on: list[Fact] = list(self._watch.so_far(at))
        for zone in self._zones:
            going_on += zone.going_on()
        return tuple(going_on)


def _judged(stay: Stay, things: set[int]) -> Stay:
    """A stay whose track ended because it was no person has that as its cause."""
    return replace(stay, end_cause="fixed") if stay.track in things and stay.end_cause == "lost" else stay
