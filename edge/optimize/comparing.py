"""Two detectors over the same pictures: what each costs, and whether they find and count the same people."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import tee
from typing import TYPE_CHECKING

import numpy as np

from ..events import Detections
from ..pipeline import Rules, steps
from ..scene import Camera
from .agreement import BoxAgreement, CountAgreement, CountComparison, Facts

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from ..events import Detector, Frame

# Until then caches fill and threads wake: these pictures are not timed.
WARMING_PICTURES = 5
NO_CAMERA = Camera("optimize", "optimize", (), ())
NOTHING = Detections(np.zeros((0, 4), dtype=np.float32), np.zeros(0, dtype=np.float32))


@dataclass(frozen=True, slots=True)
class Cost:
    """What a detector takes for a picture, from the picture to its boxes, on the average.

    Attributes:
        processor_ms: Of all cores together, milliseconds.
        wall_ms: Until the boxes were there, milliseconds.
    """

    processor_ms: float
    wall_ms: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a detector does beside the original.

    Attributes:
        pictures: Pictures that both searched.
        judged: Of these, the pictures whose boxes were compared: those that were not used for its making.
        before: What the original takes.
        after: What the other one takes.
        boxes: Agreement on boxes.
        counts: Agreement on crossings and stays; empty without lines and zones.
    """

    pictures: int
    judged: int
    before: Cost
    after: Cost
    boxes: BoxAgreement
    counts: tuple[CountAgreement, ...]

    @property
    def speed(self) -> float:
        """How many times less processor time a picture takes."""
        return self.before.processor_ms / self.after.processor_ms if self.after.processor_ms else 1.0


def compare(
    stretches: Iterable[Iterable[Frame]],
    before: Detector,
    after: Detector,
    *,
    camera: Camera = NO_CAMERA,
    rules: Rules | None = None,
    used: Container[tuple[int, int]] = (),
) -> Comparison:
    """Lets two detectors search the same pictures in turn, and counts with both.

    Each picture is searched by the one and then by the other, so that whatever else the machine does hits both.

    Args:
        stretches: Recordings, or one stretch of a live camera; tracking begins anew with each.
        before: The original.
        after: The one that shall replace it.
        camera: Lines and zones.
        rules: Settings of the loop.
        used: Pictures (number of the stretch, number of the frame) whose boxes shall not be compared.

    Raises:
        DetectionError: A network failed on a picture.
    """
    one, other = _Timed(before), _Timed(after)
    boxes, counts = BoxAgreement(), CountComparison(camera)
    pictures = judged = 0
    for stretch, frames in enumerate(stretches):
        facts = Facts(), Facts()
        # In lockstep: no more than one picture waits for the second.
        for_one, for_other = tee(frames)
        rules = rules or Rules()
        runs = (steps(for_one, one, camera, rules), steps(for_other, other, camera, rules))
        for step, step_of_other in zip(*runs, strict=True):
            facts[0].add(step.facts)
            facts[1].add(step_of_other.facts)
            if step.frame is None:
                continue
            pictures += 1
            if (stretch, step.frame.number) not in used:
                judged += 1
                boxes.add(one.found, other.found)
        counts.add(*facts)
    return Comparison(pictures, judged, one.cost, other.cost, boxes, counts.result())


class _Timed:
    """A detector with a stop-watch, and the boxes it found last."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._pictures = 0
        self._processor_s = 0.0
        self._wall_s = 0.0
        self.found = NOTHING

    @property
    def model_id(self) -> str:
        return self._detector.model_id

    @property
    def cost(self) -> Cost:
        timed = max(self._pictures - WARMING_PICTURES, 1)
        return Cost(self._processor_s * 1000 / timed, self._wall_s * 1000 / timed)

    def detect(self, frame: Frame) -> Detections:
        processor_s, wall_s = time.process_time(), time.perf_counter()
        found = self._detector.detect(frame)
        self._pictures += 1
        if self._pictures > WARMING_PICTURES:
            self._processor_s += time.process_time() - processor_s
            self._wall_s += time.perf_counter() - wall_s
        self.found = found
        return found
