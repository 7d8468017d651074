"""ultralytics' ObjectCounter on recorded detections.

Everything is its own: the settings and their defaults, the tracker it makes from its settings file, the hooks that
feed the tracker, the track history, and ``count_objects``. Only the network is replaced: in place of a ``YOLO`` model
it gets ``_RecordedModel``, whose ``track`` puts the recorded boxes of a frame (those that reach ObjectCounter's own
``conf``) where a prediction would stand. The picture is black, so that motion compensation finds no features and
leaves the camera as still as it is; boxes that the network's overlap rule had dropped are not in a recording, so its
default tracker cannot bring them back.
"""

from __future__ import annotations

import logging
import os
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from edge.detection.export import private_environment

from .labels import Event

if TYPE_CHECKING:
    from edge.events import Detections
    from edge.scene import Anchor

    from .footage import Footage

Place = tuple[float, float]
# From a box's centre to its anchor, in box heights.
DOWN: dict[Anchor, float] = {"head": -0.5, "centre": 0.0, "foot": 0.5}


class _RecordedModel:
    """Stands where ObjectCounter keeps its network."""

    def __init__(self) -> None:
        self.names = {0: "person"}
        self.next: Detections | None = None
        # What the tracking hooks read of a predictor: one picture at a time, pictures of one endless source.
        self.predictor: Any = SimpleNamespace(
            args=SimpleNamespace(mode="track", task="detect", tracker=""),
            dataset=SimpleNamespace(bs=1, mode="image"),
            device="cpu",
            results=[],
        )

    def track(self, source: Any, persist: bool, classes: Any, verbose: bool, **settings: Any) -> list[Any]:  # noqa: ARG002 - ultralytics' own
        import torch
        from ultralytics.engine.results import Results
        from ultralytics.trackers.track import on_predict_postprocess_end, on_predict_start

        boxes = np.empty((0, 6), np.float32)
        if self.next is not None:
            sure = self.next.score >= settings["conf"]
            kind = np.zeros((int(sure.sum()), 1), np.float32)
            boxes = np.hstack([self.next.xyxy[sure], self.next.score[sure, None], kind])
        self.predictor.args.tracker = settings["tracker"]
        self.predictor.results = [Results(source, path="", names=self.names, boxes=torch.as_tensor(boxes))]
        on_predict_start(self.predictor, persist=persist)
        on_predict_postprocess_end(self.predictor, persist=persist)
        return list(self.predictor.results)


def object_counter(footage: Footage, step: int, *, anchored: bool = False, **settings: Any) -> dict[str, list[Event]]:
    """What ObjectCounter counts.

    Its own IN is to the right or down whatever the line's direction; it is read as the labels' ``in`` or ``out``,
    whichever side of the line lies there. A line of several pieces is several lines to it.

    Args:
        footage: The clip.
        step: It is given every ``step``-th frame.
        anchored: False: it counts by box centres, as it does; True: each box is moved, when its place is noted, so
            that its centre lies where the labels' anchor is, as a line on the floor is out of reach of box centres.
        settings: Of ObjectCounter, instead of its defaults.

    Returns:
        By line id; places are the points that it counts by.
    """
    os.environ.update(private_environment())
    return {
        line.id: [
            event
            for piece in pairwise(line.points)
            for event in _count(footage, step, piece, line.anchor if anchored else "centre", settings)
        ]
        for line in footage.labels.lines
    }


def _count(
    footage: Footage, step: int, piece: tuple[Place, Place], anchor: Anchor, settings: dict[str, Any]
) -> list[Event]:
    """Everyone over one straight line."""
    from ultralytics.solutions import object_counter as theirs
    from ultralytics.solutions import solutions
    from ultralytics.utils import LOGGER

    LOGGER.setLevel(logging.ERROR)
    model = _RecordedModel()
    original, solutions.YOLO = solutions.YOLO, lambda _: model
    try:
        counter = theirs.ObjectCounter(region=list(piece), model="recorded", verbose=False, **settings)
    finally:
        solutions.YOLO = original
    their_in, their_out = _directions(*piece)
    count, note = counter.count_objects, counter.store_tracking_history
    told: list[Event] = []
    now = 0

    def telling(place: Place, *others: Any) -> None:
        before = counter.in_count, counter.out_count
        count(place, *others)
        if counter.in_count > before[0]:
            told.append(Event(now, their_in, *place))
        elif counter.out_count > before[1]:
            told.append(Event(now, their_out, *place))

    def noting(track: int, box: Any) -> None:
        down = DOWN[anchor] * float(box[3] - box[1])
        note(track, box + box.new_tensor([0, down, 0, down]))

    counter.count_objects, counter.store_tracking_history = telling, noting
    picture = np.zeros((footage.labels.height, footage.labels.width, 3), np.uint8)
    for now in footage.numbers(step):
        model.next = footage.detections(now)
        counter.process(picture)
    return told


def _directions(start: Place, end: Place) -> tuple[str, str]:
    """What ObjectCounter's IN and OUT are to the labels: it looks right on steep lines and down on flat ones."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    # The labels' ``in`` lies along (dy, -dx): where cross(end - start, p - start) < 0.
    is_in = dy > 0 if abs(dx) < abs(dy) else dx < 0
    return ("in", "out") if is_in else ("out", "in")
