"""supervision's LineZone over the tracks of a library tracker, on recorded detections."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import supervision
from supervision import Position

from .labels import Event
from .library_trackers import package_tracker

if TYPE_CHECKING:
    from edge.scene import Anchor

    from .footage import Footage

# Where LineZone looks at a box, for the point whose way over the line was labelled.
POSITIONS: dict[Anchor, Position] = {
    "centre": Position.CENTER,
    "foot": Position.BOTTOM_CENTER,
    "head": Position.TOP_CENTER,
}
SHARES: dict[Anchor, float] = {"head": 0.0, "centre": 0.5, "foot": 1.0}


def line_zone(
    footage: Footage, step: int, tracker: str, *, steady: bool, settings: dict[str, Any]
) -> dict[str, list[Event]]:
    """What LineZone counts.

    Its ``in`` is the labels' ``in``. A line of several pieces is several zones to it.

    Args:
        footage: The clip.
        step: It is given every ``step``-th frame.
        tracker: Of the ``trackers`` package.
        steady: False: LineZone's defaults, all four corners and one frame; True: the labels' anchor alone and three
            frames on the new side.
        settings: Of the tracker, instead of its defaults.

    Returns:
        By line id; places are the labels' anchor in the frame in which it counts.
    """
    labels = footage.labels
    follow = package_tracker(tracker, labels.fps / step, **settings)
    zones = [
        (line, supervision.LineZone(supervision.Point(*start), supervision.Point(*end), **_rules(line.anchor, steady)))
        for line in labels.lines
        for start, end in pairwise(line.points)
    ]
    told: dict[str, list[Event]] = {line.id: [] for line in labels.lines}
    for number in footage.numbers(step):
        ids, boxes = follow(footage.detections(number))
        tracks = supervision.Detections(xyxy=boxes, tracker_id=ids) if len(ids) else supervision.Detections.empty()
        for line, zone in zones:
            inwards, outwards = zone.trigger(tracks)
            for box, goes_in in zip(boxes[inwards | outwards], inwards[inwards | outwards], strict=True):
                x, y = (box[0] + box[2]) / 2, box[1] + SHARES[line.anchor] * (box[3] - box[1])
                told[line.id].append(Event(number, "in" if goes_in else "out", float(x), float(y)))
    return told


def _rules(anchor: Anchor, steady: bool) -> dict[str, Any]:
    return {"triggering_anchors": (POSITIONS[anchor],), "minimum_crossing_threshold": 3} if steady else {}
