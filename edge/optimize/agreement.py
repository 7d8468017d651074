"""How far two detectors agree: on the boxes of the same pictures, and on what was counted with them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..events import Crossing, Detections, Stay

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from ..scene import Camera

# Two boxes are of the same person from this overlap (intersection over union) on, as in PASCAL VOC.
SAME_BOX = 0.5
# Crossings of the same line in the same direction are the same one within this time.
SAME_CROSSING = timedelta(seconds=1)
# Stays in the same zone are the same one when they have this share of their joint time in common.
SAME_STAY = 0.5


@dataclass(slots=True)
class BoxAgreement:
    """Running comparison of boxes.

    Attributes:
        matched: Boxes that both found.
        missed: Boxes of the original alone.
        invented: Boxes of the other one alone.
        shifted: Sum of how much higher the other one scored what both found.
    """

    matched: int = 0
    missed: int = 0
    invented: int = 0
    shifted: float = 0.0

    def add(self, before: Detections, after: Detections) -> None:
        """Compares the boxes of one picture; each is matched once, so that the overlap is highest in all."""
        overlap = overlaps(before.xyxy, after.xyxy)
        rows, columns = linear_sum_assignment(overlap, maximize=True)
        same = overlap[rows, columns] >= SAME_BOX
        count = int(same.sum())
        self.matched += count
        self.missed += len(before) - count
        self.invented += len(after) - count
        self.shifted += float((after.score[columns[same]] - before.score[rows[same]]).sum())

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall with the original as the truth, 0..1; 1 where there was nothing."""
        boxes = 2 * self.matched + self.missed + self.invented
        return 2 * self.matched / boxes if boxes else 1.0

    @property
    def mean_shift(self) -> float:
        """How much higher the other one scores what both found, -1..1."""
        return self.shifted / self.matched if self.matched else 0.0


@dataclass(frozen=True, slots=True)
class CountAgreement:
    """What was counted at one line in one direction, or in one zone.

    Attributes:
        place: Id of the line or zone.
        of: ``in`` or ``out`` for crossings, ``stays``.
        before: Counted with the original.
        after: Counted with the other one.
        same: Of these, the same in both.
    """

    place: str
    of: str
    before: int
    after: int
    same: int

    @property
    def differing(self) -> int:
        """Facts that only one of the two gave."""
        return self.before + self.after - 2 * self.same


@dataclass(slots=True)
class Facts:
    """Crossings and stays of one run, by place."""

    crossings: list[Crossing] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)

    def add(self, facts: Iterable[object]) -> None:
        """Keeps those that count."""
        for fact in facts:
            if isinstance(fact, Crossing):
                self.crossings.append(fact)
            elif isinstance(fact, Stay) and fact.end_cause != "fixed":
                self.stays.append(fact)


class CountComparison:
    """Running comparison of what was counted over any number of recordings.

    Args:
        camera: Whose lines and zones.
    """

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._sums: Counter[tuple[str, str, str]] = Counter()

    def add(self, before: Facts, after: Facts) -> None:
        """Compares two runs over the same pictures."""
        for line in self._camera.lines:
            for way in ("in", "out"):
                times = [
                    sorted(c.at for c in facts.crossings if c.line == line.id and c.direction == way)
                    for facts in (before, after)
                ]
                apart = [[abs(a - b) / SAME_CROSSING for b in times[1]] for a in times[0]]
                close = 1.0 - np.array(apart, dtype=np.float64).reshape(len(times[0]), len(times[1]))
                self._note(line.id, way, np.maximum(close, 0.0), 1e-9)
        for zone in self._camera.zones:
            stays = [[s for s in facts.stays if s.zone == zone.id] for facts in (before, after)]
            common = [[_common(a, b) for b in stays[1]] for a in stays[0]]
            shares = np.array(common, dtype=np.float64).reshape(len(stays[0]), len(stays[1]))
            self._note(zone.id, "stays", shares, SAME_STAY)

    def result(self) -> tuple[CountAgreement, ...]:
        """One row for each direction of each line, and for each zone."""
        places = [(line.id, way) for line in self._camera.lines for way in ("in", "out")]
        places += [(zone.id, "stays") for zone in self._camera.zones]
        return tuple(
            CountAgreement(place, of, *(self._sums[place, of, what] for what in ("before", "after", "same")))
            for place, of in places
        )

    def _note(self, place: str, of: str, likeness: NDArray[np.float64], least: float) -> None:
        rows, columns = linear_sum_assignment(likeness, maximize=True)
        self._sums[place, of, "before"] += likeness.shape[0]
        self._sums[place, of, "after"] += likeness.shape[1]
        self._sums[place, of, "same"] += int((likeness[rows, columns] >= least).sum())


def overlaps(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
    """Intersection over union of every box with every other.

    Args:
        a: (N, 4) left, top, right, bottom.
        b: (M, 4).

    Returns:
        (N, M), 0..1.
    """
    a, b = a.astype(np.float64), b.astype(np.float64)
    corner = np.maximum(a[:, None, :2], b[None, :, :2])
    opposite = np.minimum(a[:, None, 2:], b[None, :, 2:])
    common = np.prod(np.clip(opposite - corner, 0.0, None), axis=2)
    areas = [np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 0.0, None), axis=1) for boxes in (a, b)]
    union = areas[0][:, None] + areas[1][None, :] - common
    return np.asarray(np.divide(common, union, out=np.zeros_like(common), where=union > 0))


def _common(a: Stay, b: Stay) -> float:
    """The share of the time of two stays that they have in common, 0..1; a stay of one picture lasts a millisecond."""
    blink = timedelta(milliseconds=1)
    both = min(a.left, b.left) - max(a.entered, b.entered) + blink
    return max(both / (max(a.left, b.left) - min(a.entered, b.entered) + blink), 0.0)
