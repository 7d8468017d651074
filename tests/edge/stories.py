"""Little walks for the tests: a person's box moved along way points, seen through an ideal or a flickering detector."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from edge.events import Detections, Frame, Track

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH, HEIGHT = 640, 360
TALL, WIDE = 120.0, 45.0
NOON = datetime(2026, 4, 7, 10, 0, tzinfo=UTC)

Box = tuple[float, float, float, float]


def moment(second: float) -> datetime:
    """A time so many seconds after ten o'clock."""
    return NOON + timedelta(milliseconds=round(second * 1000))


def standing_at(x: float, y: float, tall: float = TALL) -> Box:
    """The box of someone whose feet are at (x, y), in pixels."""
    wide = tall * WIDE / TALL
    return (x - wide / 2, y - tall, x + wide / 2, y)


@dataclass(frozen=True)
class Walk:
    """Feet at way points (second, x, y), straight lines between; not there before the first or after the last."""

    points: tuple[tuple[float, float, float], ...]

    def box(self, second: float) -> Box | None:
        """The person's box then, or None."""
        times = [p[0] for p in self.points]
        if not times[0] <= second <= times[-1]:
            return None
        x = float(np.interp(second, times, [p[1] for p in self.points]))
        y = float(np.interp(second, times, [p[2] for p in self.points]))
        return standing_at(x, y)


def walk(*points: tuple[float, float, float]) -> Walk:
    """A walk through (second, x, y)."""
    return Walk(points)


def detections(boxes: Sequence[Box], scores: Sequence[float] | None = None) -> Detections:
    """Boxes as a detector gives them."""
    found = scores if scores is not None else [0.9] * len(boxes)
    return Detections(np.array(boxes, dtype=np.float32).reshape(-1, 4), np.array(found, dtype=np.float32))


class Seer:
    """A detector that knows the walks: it finds every person there is, unless told to look away.

    Args:
        walks: The people.
        blind: Periods (from, to) in seconds in which it finds nobody.
        jitter_px: Spread of the box edges; seeded.
    """

    model_id = "stories"

    def __init__(
        self, walks: Sequence[Walk], blind: Sequence[tuple[float, float]] = (), jitter_px: float = 0.0
    ) -> None:
        self._walks = walks
        self._blind = blind
        self._jitter_px = jitter_px
        self._rng = np.random.default_rng(7)

    def detect(self, frame: Frame) -> Detections:
        """The boxes of everyone there at the frame's time."""
        second = (frame.at - NOON).total_seconds()
        if any(begin <= second < end for begin, end in self._blind):
            return detections([])
        boxes = [box for box in (w.box(second) for w in self._walks) if box is not None]
        found = detections(boxes)
        noise = self._rng.normal(0, self._jitter_px, found.xyxy.shape).astype(np.float32)
        return Detections(found.xyxy + noise, found.score)


def film(seconds: float, fps: float, gaps: Sequence[tuple[float, float]] = ()) -> Iterator[Frame]:
    """Empty pictures at ``fps``, none inside the gaps."""
    picture = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    for number in range(round(seconds * fps)):
        second = number / fps
        if not any(begin <= second < end for begin, end in gaps):
            yield Frame(moment(second), number, picture)


def seen(track_id: int, box: Box, *, score: float = 0.9, confirmed: bool = True) -> Track:
    """A track seen now."""
    return Track(track_id, box, score, True, NOON, NOON, confirmed)
