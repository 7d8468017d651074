"""The product itself, as the benchmarks use it: the loop of ``edge.pipeline`` at its default rules."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from edge.events import Crossing
from edge.geometry import Point, Polyline
from edge.pipeline import Rules, steps
from edge.scene import Camera, Line
from edge.tracking import Tracker

from .footage import Replayed
from .labels import Event
from .mot import boxes_of, read_mot

if TYPE_CHECKING:
    from pathlib import Path

    from .footage import Footage
    from .labels import TrueLine
    from .mot import Row


# A gap of so few frames is filled with the expected place.
GUESSED = timedelta(seconds=0.16)


def our_crossings(footage: Footage, step: int) -> dict[str, list[Event]]:
    """What the product counts.

    Args:
        footage: The clip.
        step: Looks at every ``step``-th frame.

    Returns:
        By line id, in order of becoming certain; places in pixels.
    """
    labels = footage.labels
    lines = tuple(line_of(line, labels.width, labels.height) for line in labels.lines)
    found: dict[str, list[Event]] = {line.id: [] for line in labels.lines}
    for each in steps(footage.frames(step), Replayed(footage), Camera("clip", labels.name, lines, ()), Rules()):
        for fact in each.facts:
            if isinstance(fact, Crossing):
                x, y = fact.x * labels.width, fact.y * labels.height
                found[fact.line].append(Event(fact.frame_number, fact.direction, x, y))
    return found


def line_of(line: TrueLine, width: int, height: int) -> Line:
    """A labelled line as the product knows it, 0..1 of a picture of that size in pixels."""
    corners = tuple(Point(x / width, y / height) for x, y in line.points)
    return Line(line.id, "entrance", Polyline(corners), line.anchor)


def our_tracks(det_path: Path, frames: int, fps: float, *, late: bool) -> list[Row]:
    """What the product's tracker makes of a MOT sequence's public detections, at its default rules.

    Args:
        det_path: MOT form, frames from 1.
        frames: Length of the sequence.
        fps: Pictures a second.
        late: Also tell the first sights of a person, once the track is believed (0.2 s later), and the guessed place of
            someone unseen for up to ``GUESSED``. That is how the product counts: a crossing waits for its track to be
            believed. False: only believed people seen in the frame, at once.
    """
    table = read_mot(det_path)
    # The sequence's size is not in its files; its detections reach to the rims of the picture.
    size = math.ceil((table[:, 2] + table[:, 4]).max()), math.ceil((table[:, 3] + table[:, 5]).max())
    tracker = Tracker()
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    rows: list[Row] = []
    waiting: dict[int, list[Row]] = {}
    for number in range(1, frames + 1):
        at = begins + timedelta(seconds=number / fps)
        for track in tracker.update(boxes_of(table, number), at, size):
            left, top, right, bottom = track.box
            row = (number, track.id, left, top, right - left, bottom - top)
            if not track.seen and not (late and at - track.last_seen <= GUESSED):
                continue
            if track.confirmed:
                rows += [*waiting.pop(track.id, []), row]
            elif late:
                waiting.setdefault(track.id, []).append(row)
    return rows
