"""What a camera showed for a while: everyone's path, how the pictures came, and how they looked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..counting import anchor_point
from ..events import Crossing
from .findings import median

if TYPE_CHECKING:
    from datetime import datetime

    from ..events import Track
    from ..geometry import Point
    from ..pipeline import Step
    from ..scene import Anchor
    from .picture import Look

Box = tuple[float, float, float, float]

# Someone who moves by a body height has walked; a shopper who shifts their weight has not.
WALKED = 1.0
# Two boxes that share more than this of the smaller one: one person hides another in part. The tracker believes in
# nobody new beyond half of it.
OVERLAP = 0.3


@dataclass(frozen=True, slots=True)
class Sight:
    """A person seen in one picture.

    Attributes:
        at_s: Seconds since the first picture.
        track: The person.
    """

    at_s: float
    track: Track

    @property
    def height(self) -> float:
        """Of the box, pixels, at least 1."""
        return max(self.track.box[3] - self.track.box[1], 1.0)

    def anchor(self, anchor: Anchor) -> Point:
        """Where the person counts as being, pixels."""
        return anchor_point(self.track, anchor)


@dataclass(frozen=True, slots=True)
class Path:
    """Everything seen of one person.

    Attributes:
        track: Number of the track.
        sights: In order of time, at least one.
        frames: Pictures from the first sight to the last.
    """

    track: int
    sights: tuple[Sight, ...]
    frames: int

    @property
    def height(self) -> float:
        """The middle of the person's heights, pixels."""
        return median([s.height for s in self.sights])

    @property
    def seconds(self) -> float:
        """From the first sight to the last."""
        return self.sights[-1].at_s - self.sights[0].at_s

    @property
    def walked(self) -> float:
        """Diagonal of the area that the foot point moved in, in body heights."""
        feet = [s.anchor("foot") for s in self.sights]
        across = max(f.x for f in feet) - min(f.x for f in feet)
        down = max(f.y for f in feet) - min(f.y for f in feet)
        return math.hypot(across, down) / self.height

    @property
    def is_walk(self) -> bool:
        """Whether the person went anywhere."""
        return self.walked >= WALKED


@dataclass(frozen=True, slots=True)
class Observed:
    """A while of one camera.

    Attributes:
        width: Of the picture, pixels.
        height: The same.
        seconds: From the first picture to the end of the last.
        frames: Pictures analysed.
        source_fps: Pictures a second that the source gave, analysed or not.
        analysed_fps: Pictures a second that were analysed.
        dropped: Pictures that were due but could not be analysed in time.
        longest_pause_s: Between two pictures analysed.
        paths: Everyone believed in, in order of first sight.
        crossings: Everything counted, in order.
        live: Whether the pictures came as time passed.
        at_once: Most people seen in one picture.
        at_once_mean: The mean over all pictures with anybody.
        overlapping: Share of boxes, 0..1, that another box covers by more than ``OVERLAP`` of the smaller.
        looks: How the pictures looked, from time to time.
        machine_fps: Pictures a second that this machine can analyse; None where it was not measured.
    """

    width: int
    height: int
    seconds: float
    frames: int
    source_fps: float
    analysed_fps: float
    dropped: int
    longest_pause_s: float
    paths: tuple[Path, ...]
    crossings: tuple[Crossing, ...]
    live: bool = False
    at_once: int = 0
    at_once_mean: float = 0.0
    overlapping: float = 0.0
    looks: tuple[Look, ...] = ()
    machine_fps: float | None = None

    @property
    def walks(self) -> tuple[Path, ...]:
        """The paths of those who went somewhere."""
        return tuple(p for p in self.paths if p.is_walk)


class Observer:
    """Collects the steps of a survey. Keeps boxes, never a picture; meant for a minute or a few.

    Raises:
        ValueError: From ``finish``, when not one picture came.
    """

    def __init__(self) -> None:
        self._first: tuple[datetime, int] | None = None
        self._last: tuple[datetime, int] | None = None
        self._size = 0, 0
        self._frames = self._dropped = self._with_people = self._boxes = self._covered = self._most = 0
        self._pause_s = 0.0
        self._sights: dict[int, list[tuple[int, Sight]]] = {}
        self._believed: set[int] = set()
        self._crossings: list[Crossing] = []
        self._looks: list[Look] = []

    def add(self, step: Step, look: Look | None = None) -> None:
        """One more step, and how its picture looked if that was measured."""
        self._crossings += [fact for fact in step.facts if isinstance(fact, Crossing)]
        if step.frame is None:
            return
        at, number = step.frame.at, step.frame.number
        self._first = self._first or (at, number)
        if self._last is not None:
            self._pause_s = max(self._pause_s, (at - self._last[0]).total_seconds())
        self._last = at, number
        self._size = step.frame.image.shape[1], step.frame.image.shape[0]
        self._frames += 1
        self._dropped += step.frame.dropped
        second = (at - self._first[0]).total_seconds()
        seen = [track for track in step.tracks if track.seen]
        for track in seen:
            self._sights.setdefault(track.id, []).append((self._frames, Sight(second, track)))
            if track.confirmed:
                self._believed.add(track.id)
        boxes = [track.box for track in seen if track.confirmed]
        self._most = max(self._most, len(boxes))
        self._with_people += bool(boxes)
        self._boxes += len(boxes)
        self._covered += sum(any(_overlap(a, b) > OVERLAP for b in boxes if b is not a) for a in boxes)
        if look is not None:
            self._looks.append(look)

    def finish(self, *, live: bool = False, machine_fps: float | None = None) -> Observed:
        """Everything that was seen."""
        if self._first is None or self._last is None:
            raise ValueError("not one picture was seen")
        apart_s = (self._last[0] - self._first[0]).total_seconds()
        paths = []
        for track, sights in self._sights.items():
            if track in self._believed:
                paths.append(Path(track, tuple(s for _, s in sights), sights[-1][0] - sights[0][0] + 1))
        return Observed(
            width=self._size[0],
            height=self._size[1],
            seconds=apart_s * self._frames / max(self._frames - 1, 1),
            frames=self._frames,
            source_fps=(self._last[1] - self._first[1]) / apart_s if apart_s else 0.0,
            analysed_fps=(self._frames - 1) / apart_s if apart_s else 0.0,
            dropped=self._dropped,
            longest_pause_s=self._pause_s,
            paths=tuple(paths),
            crossings=tuple(sorted(self._crossings, key=lambda c: c.at)),
            live=live,
            at_once=self._most,
            at_once_mean=self._boxes / self._with_people if self._with_people else 0.0,
            overlapping=self._covered / self._boxes if self._boxes else 0.0,
            looks=tuple(self._looks),
            machine_fps=machine_fps,
        )


def _overlap(a: Box, b: Box) -> float:
    """Common area as a share of the smaller box, 0..1."""
    across = min(a[2], b[2]) - max(a[0], b[0])
    down = min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((x[2] - x[0]) * (x[3] - x[1]) for x in (a, b))
    return across * down / max(smaller, 1e-9) if across > 0 and down > 0 else 0.0
