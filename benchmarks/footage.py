"""What every counter of the benchmark is given: one clip, its detections, and the frames of a rate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from edge.capture import Recording
from edge.detection import Thresholds, open_detector
from edge.detection.recorded import PREFIX
from edge.events import Detections, Frame

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.events import Detector

    from .labels import Labels

# The product's own default: weak boxes carry a person through a crowd.
THRESHOLDS = Thresholds(confidence=0.1)
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
# Boxes may reach beyond the picture, but not by more than this share of it.
MOST_BEYOND = 0.25
# Programs disagree by a frame or two about the length of a video.
MOST_FRAMES, MOST_FRAMES_SHARE = 2, 0.01


class FootageError(Exception):
    """Detections or video do not fit the labels; the message names the file and the rule."""


@dataclass(frozen=True, slots=True)
class Footage:
    """One clip as counters see it.

    Attributes:
        labels: The truth; says size, rate and length.
        boxes: Detections by 0-based frame number; a frame without any may be absent.
        video: The pictures, where there are any.
    """

    labels: Labels
    boxes: dict[int, Detections]
    video: Path | None = None

    def detections(self, number: int) -> Detections:
        """What was detected in a frame."""
        return self.boxes.get(number, Detections(np.empty((0, 4), np.float32), np.empty(0, np.float32)))

    def numbers(self, step: int) -> range:
        """The clip's own numbers of every ``step``-th frame."""
        return range(0, self.labels.frames, step)

    def frames(self, step: int) -> Iterator[Frame]:
        """Every ``step``-th frame, at the labels' own clock; black where there is no video."""
        if self.video is not None:
            for frame in Recording(self.video).frames(BEGINS):
                if frame.number < self.labels.frames and frame.number % step == 0:
                    yield Frame(self._at(frame.number), frame.number, frame.image)
            return
        black = np.broadcast_to(np.uint8(0), (self.labels.height, self.labels.width, 3))
        for number in self.numbers(step):
            yield Frame(self._at(number), number, black)

    def _at(self, number: int) -> datetime:
        return BEGINS + timedelta(seconds=number / self.labels.fps)


@dataclass(frozen=True, slots=True)
class Replayed:
    """The detector of the product's loop: gives back what the footage holds."""

    footage: Footage

    @property
    def model_id(self) -> str:
        """Named by the labels."""
        return f"{PREFIX}{self.footage.labels.name}"

    def detect(self, frame: Frame) -> Detections:
        """What was detected in this frame."""
        return self.footage.detections(frame.number)


def recorded(labels: Labels, path: Path) -> Footage:
    """A clip by its recorded detections.

    Args:
        labels: The truth.
        path: MOTChallenge form, frames from 1.

    Raises:
        DetectionError: The file is missing or breaks its form.
        FootageError: It belongs to another clip, or to another size of it.
    """
    detector = open_detector(f"{PREFIX}{path}", THRESHOLDS)
    frames = Footage(labels, {}).frames(1)
    boxes = {frame.number: seen for frame in frames if len(seen := detector.detect(frame))}
    if not boxes:
        raise FootageError(
            f"{path}: no detection of {THRESHOLDS.confidence:g} or more in any of {labels.frames} frames"
        )
    last = max(int(float(line.split(",")[0])) for line in path.read_text("utf-8").splitlines() if line[:1].isdigit())
    if last > labels.frames + _give(labels):
        raise FootageError(f"{path}: speaks of frame {last}, but the clip of {labels.path} has {labels.frames} frames")
    everything = np.concatenate([seen.xyxy for seen in boxes.values()])
    centres = (everything[:, :2] + everything[:, 2:]) / 2
    size = np.array([labels.width, labels.height])
    if ((centres < -MOST_BEYOND * size) | (centres > (1 + MOST_BEYOND) * size)).any():
        raise FootageError(
            f"{path}: there are boxes far outside of the {labels.width} x {labels.height} pixels of {labels.path}: "
            "detections and labels must have the same resolution"
        )
    return Footage(labels, boxes)


def detected(labels: Labels, video: Path, model: str, steps: list[int]) -> Footage:
    """A clip by a detector's run over its video, once for all rates.

    Args:
        labels: The truth.
        video: The clip.
        model: What ``edge.detection`` takes.
        steps: The frames that will be asked for: every n-th.

    Raises:
        CaptureError: The video is missing or unreadable.
        DetectionError: The model is.
        FootageError: The video is not the labelled one.
    """
    recording = Recording(video)
    if (recording.width, recording.height) != (labels.width, labels.height):
        raise FootageError(
            f"{video}: is {recording.width} x {recording.height}, but {labels.path} speaks of "
            f"{labels.width} x {labels.height} pixels"
        )
    detector: Detector = open_detector(model, THRESHOLDS)
    wanted = {number for step in steps for number in range(0, labels.frames, step)}
    last = -1
    boxes: dict[int, Detections] = {}
    for frame in recording.frames(BEGINS):
        last = frame.number
        if frame.number in wanted:
            boxes[frame.number] = detector.detect(frame)
    if last + 1 < labels.frames - _give(labels):
        raise FootageError(f"{video}: has {last + 1} frames, but {labels.path} speaks of {labels.frames}")
    return Footage(labels, boxes, video)


def _give(labels: Labels) -> float:
    """How many frames a file may be off from what the labels say."""
    return max(MOST_FRAMES, MOST_FRAMES_SHARE * labels.frames)
