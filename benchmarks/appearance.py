"""What an appearance cue could add at most: counting with a tracker that is told who is in every box.

    python benchmarks/appearance.py

Runs the hard fixture clips and the entrance on their recorded detections, once as the product counts them and once with
an oracle in place of any appearance model: a box that truly shows another person than the track's first one is never
given to the track. Truth is the clip's own; boxes on nobody and on people hardly visible stay unknown. Edges are moved
by 0.4 % of the height in three seeded ways, so that a difference of one event by chance is not taken for a gain. No
real cue can do better than the oracle, so the difference is the most that its cost could buy.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.footage import Replayed, recorded
from benchmarks.labels import Event, read_labels
from benchmarks.ours import line_of
from benchmarks.scoring import Score, score, total
from edge.counting import LineCounter, Moment
from edge.pipeline import Rules
from edge.tracking import Tracker
from edge.tracking.tracker import NOT_A_MATCH

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from edge.events import Detections
    from edge.tracking.person import Person

VIDEOS = Path(__file__).resolve().parent.parent / "fixtures" / "videos"
CLIPS = ("entrance", "rush", "gathering", "glassdoor")
RATES = (20, 10, 5)
SEEDS = 3
SHAKE = 0.004
SAME_IOU = 0.5
LEAST_SEEN = 0.3

Box = tuple[float, ...]


@dataclass
class Told:
    """What the oracle says of the frame: whom each box shows, and whom each track began with."""

    boxes: dict[Box, int] = field(default_factory=dict)
    tracks: dict[int, int] = field(default_factory=dict)


class ToldTracker(Tracker):
    """The product's tracker, which never gives a person's track the box of another."""

    def __init__(self, told: Told) -> None:
        super().__init__()
        self._told = told

    def _cost(self, people: list[Person], xyxy: NDArray[np.float32], at: datetime) -> NDArray[np.float64]:
        cost = super()._cost(people, xyxy, at)
        shown = [self._told.boxes.get(tuple(box.tolist())) for box in xyxy]
        for row, person in enumerate(people):
            own = self._told.tracks.get(person.id)
            for column, other in enumerate(shown):
                if own is not None and other is not None and own != other:
                    cost[row, column] = NOT_A_MATCH
        return cost


def main() -> int:
    """Runs the benchmark."""
    print(f"{'':10}" + "".join(f"{rate:>10} fps" for rate in RATES))
    for name, told in (("footfall", False), ("oracle", True)):
        cells = ""
        for rate in RATES:
            outcome = total(_counted(clip, rate, seed, told=told) for clip in CLIPS for seed in range(SEEDS))
            cells += f"{outcome.f1:>14.3f}"
        print(f"{name:10}{cells}")
    return 0


def _counted(name: str, rate: int, seed: int, *, told: bool) -> Score:
    labels = read_labels(VIDEOS / f"{name}.truth.json")
    footage = recorded(labels, VIDEOS / f"{name}.detections.csv")
    truth = _people(VIDEOS / f"{name}.boxes.csv")
    oracle, rng = Told(), np.random.default_rng(seed)
    tracker = ToldTracker(oracle) if told else Tracker()
    counters = {x.id: LineCounter(line_of(x, labels.width, labels.height), Rules().entry_hold_s) for x in labels.lines}
    found: dict[str, list[Event]] = {line: [] for line in counters}
    detector = Replayed(footage)
    size = labels.width, labels.height
    for frame in footage.frames(max(1, round(labels.fps / rate))):
        seen = _shaken(detector.detect(frame), rng)
        oracle.boxes = _shown(seen, truth.get(frame.number, []))
        tracks = tracker.update(seen, frame.at, size)
        for track in tracks:
            # The box that the track was begun with is the nearest to where it is now.
            if track.id not in oracle.tracks and oracle.boxes:
                near = min(oracle.boxes, key=lambda box: float(np.abs(np.subtract(box, track.box)).sum()))
                oracle.tracks[track.id] = oracle.boxes[near]
        for line, counter in counters.items():
            for crossing in counter.update(tracks, Moment(frame.at, frame.number, *size)):
                place = crossing.x * size[0], crossing.y * size[1]
                found[line].append(Event(crossing.frame_number, crossing.direction, *place))
    for line, counter in counters.items():
        found[line] += [Event(c.frame_number, c.direction, c.x * size[0], c.y * size[1]) for c in counter.close()]
    return total(score(x.crossings, found[x.id], labels.fps, labels.width) for x in labels.lines)


def _people(path: Path) -> dict[int, list[tuple[int, Box]]]:
    """Person and box of everybody visible, by 0-based frame."""
    found: dict[int, list[tuple[int, Box]]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.reader(lines):
            frame, person, left, top, width, height, _, _, visibility = (float(cell) for cell in row)
            if visibility >= LEAST_SEEN:
                found[int(frame) - 1].append((int(person), (left, top, left + width, top + height)))
    return found


def _shaken(seen: Detections, rng: np.random.Generator) -> Detections:
    height = (seen.xyxy[:, 3] - seen.xyxy[:, 1])[:, None]
    return replace(seen, xyxy=(seen.xyxy + rng.normal(0, SHAKE, seen.xyxy.shape) * height).astype(np.float32))


def _shown(seen: Detections, people: Sequence[tuple[int, Box]]) -> dict[Box, int]:
    """Whom each box shows, where it overlaps somebody's enough."""
    shown: dict[Box, int] = {}
    for box in seen.xyxy.tolist():
        overlaps = [(_iou(box, other), person) for person, other in people]
        best, person = max(overlaps, default=(0.0, 0))
        if best >= SAME_IOU:
            shown[tuple(box)] = person
    return shown


def _iou(a: Sequence[float], b: Sequence[float]) -> float:
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if across <= 0 or down <= 0:
        return 0.0
    either = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - across * down
    return across * down / either


if __name__ == "__main__":
    sys.exit(main())
