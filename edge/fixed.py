"""Things that look like people but never move: mannequins, posters, mirrors. Learnt from where boxes lie, and left out.

A person who stands still sways, turns and shifts; the boxes around them differ from frame to frame. The boxes around a
mannequin hardly do. So a place becomes a fixed target once a box has lain there, edge for edge, for long enough, and
hardly any box near it lay otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from .events import Detections

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

# After the rule of Azure Spatial Analysis for static false detections (5 pixels, 1 hour, 20 % of the frames), in body
# heights instead of pixels: every edge within SAME of the mean, seen in at least SEEN_SHARE of the frames.
SAME = 0.04
SEEN_SHARE = 0.2
# Of the boxes that overlap the place by NEAR_IOU, at least this share lies on it exactly: people are less regular.
STILL_SHARE = 0.9
NEAR_IOU = 0.5
# A place that no box lay on for this share of the learning time is forgotten, and has to be learnt again.
FORGET_SHARE = 0.5
# Somebody may write a number without sense; a century is for ever, and no more than time can be reckoned with.
LONGEST_S = 3e9
# Places are learnt from so many frames at most: minutes matter, not single frames.
LEARN_EVERY = timedelta(milliseconds=190)
# The mean follows slow changes, such as a camera that sags, with the weight of so many boxes.
MEAN_OF = 500
# More places than this are never kept; those seen most seldom go first, so that passers-by make room.
MOST_PLACES = 100


@dataclass(slots=True)
class _Place:
    """Where boxes lie again and again."""

    box: NDArray[np.float64]
    since: datetime
    last: datetime
    hits: int = 1
    near: int = 0
    frames: int = 1
    fixed: bool = False


class FixedTargets:
    """Learns where boxes never move, and sorts them out.

    Args:
        after_s: How long a box must have lain in its place before it is taken for a thing; 0: nothing is learnt.
    """

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self._learnt: datetime | None = None
        self._forget = timedelta(seconds=min(FORGET_SHARE * after_s, LONGEST_S))
        self._places: list[_Place] = []

    def without(self, detections: Detections, at: datetime) -> Detections:
        """Takes the detections of one frame, in order of time.

        Args:
            detections: Boxes in pixels.
            at: Time of the frame.

        Returns:
            The detections that lie on no fixed target.
        """
        if self._after_s <= 0:
            return detections
        if self._learnt is not None and timedelta(0) <= at - self._learnt < LEARN_EVERY:
            things = self.boxes
            if not things:
                return detections
            alive = np.flatnonzero(~_same(np.array(things), detections.xyxy.astype(np.float64)).any(axis=0))
            return Detections(detections.xyxy[alive], detections.score[alive])
        self._learnt = at
        for place in self._places:
            place.frames += 1
        boxes = detections.xyxy.astype(np.float64)
        places = np.array([p.box for p in self._places]).reshape(-1, 4)
        same, near = _same(places, boxes), _iou(places, boxes) >= NEAR_IOU
        first = same.argmax(axis=0).tolist() if len(places) else []
        found: list[bool] = np.asarray(same.any(axis=0)).tolist()
        near_of: list[list[int]] = [[] for _ in boxes]
        for index, other in np.argwhere(near.T).tolist():
            near_of[index].append(other)
        kept = np.ones(len(detections), dtype=np.bool_)
        for index, box in enumerate(boxes):
            for other in near_of[index]:
                self._places[other].near += not found[index] or other != first[index]
            if found[index]:
                kept[index] = not self._lay(self._places[first[index]], box, at)
            else:
                self._places.append(_Place(box.copy(), at, at))
        oldest = at - self._forget
        self._places = [p for p in self._places if p.last >= oldest]
        if len(self._places) > MOST_PLACES:
            self._places.sort(key=lambda p: (not p.fixed, -p.hits / p.frames))
            del self._places[MOST_PLACES:]
        return Detections(detections.xyxy[kept], detections.score[kept])

    def cover(self, box: tuple[float, float, float, float]) -> bool:
        """Whether a box lies on a fixed target."""
        fixed = np.array([p.box for p in self._places if p.fixed]).reshape(-1, 4)
        return bool(_same(fixed, np.array([box], dtype=np.float64)).any())

    @property
    def boxes(self) -> list[tuple[float, float, float, float]]:
        """Left, top, right, bottom of every fixed target, pixels."""
        return [(float(a), float(b), float(c), float(d)) for a, b, c, d in (p.box for p in self._places if p.fixed)]

    def _lay(self, place: _Place, box: NDArray[np.float64], at: datetime) -> bool:
        """Notes one box on a place; says whether that is a fixed target by now."""
        place.hits += 1
        place.last = at
        place.box += (box - place.box) / min(place.hits, MEAN_OF)
        place.fixed = place.fixed or (
            (at - place.since).total_seconds() >= self._after_s
            and place.hits >= SEEN_SHARE * place.frames
            and place.hits >= STILL_SHARE * (place.hits + place.near)
        )
        return place.fixed


def _same(places: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(places, boxes): every edge of the box lies on the place's."""
    off = np.abs(places[:, None, :] - boxes[None, :, :]).max(axis=2)
    tall = np.maximum(places[:, 3] - places[:, 1], 1.0)
    return np.asarray(off <= SAME * tall[:, None])


def _iou(places: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """(places, boxes): intersection over union."""
    sides = np.minimum(places[:, None, 2:], boxes[None, :, 2:]) - np.maximum(places[:, None, :2], boxes[None, :, :2])
    shared = np.prod(np.maximum(sides, 0.0), axis=2)
    own = np.prod(places[:, 2:] - places[:, :2], axis=1)[:, None] + np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return np.asarray(shared / np.maximum(own - shared, 1e-9))
