"""The arithmetic around a YOLO network: fitting a picture into its input, and reading boxes off its output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..events import Detections

if TYPE_CHECKING:
    from numpy.typing import NDArray

PADDING = 114  # the grey that YOLO networks saw around their training pictures


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a box must reach to be reported.

    Attributes:
        confidence: Lowest score, 0..1.
        iou: Of two boxes that overlap by more than this, the one with the lower score is dropped, 0..1.
        min_height: Lowest height of a box, as a fraction of the picture's height; 0 for any.
    """

    confidence: float = 0.25
    iou: float = 0.6
    min_height: float = 0.0

    def __str__(self) -> str:
        """The thresholds as they stand in a model id."""
        return f"confidence={self.confidence:g} iou={self.iou:g} min_height={self.min_height:g}"


@dataclass(frozen=True, slots=True)
class Fit:
    """How a picture was fitted into the network's input.

    Attributes:
        scale: Input pixels per picture pixel.
        left: Columns of padding before the picture.
        top: Rows of padding above it.
    """

    scale: float
    left: int
    top: int


def letterbox(image: NDArray[np.uint8], height: int, width: int) -> tuple[NDArray[np.uint8], Fit]:
    """Scales a picture to fit the network's input, keeps its shape and pads the rest in grey.

    Args:
        image: (H, W, 3) uint8.
        height: Of the network's input, pixels.
        width: The same.

    Returns:
        The (height, width, 3) uint8 picture, and how to find the way back.
    """
    scale = min(height / image.shape[0], width / image.shape[1])
    inner_height, inner_width = round(image.shape[0] * scale), round(image.shape[1] * scale)
    if (inner_height, inner_width) != image.shape[:2]:
        inner = cv2.resize(image, (inner_width, inner_height), interpolation=cv2.INTER_LINEAR)
    else:
        inner = image
    top, left = round((height - inner_height) / 2 - 0.1), round((width - inner_width) / 2 - 0.1)
    canvas = np.full((height, width, 3), PADDING, dtype=np.uint8)
    canvas[top : top + inner_height, left : left + inner_width] = inner
    return canvas, Fit(scale, left, top)


def candidates(
    output: NDArray[np.float32], person: int, confidence: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The boxes of people in a raw network output, before overlaps are dropped.

    Args:
        output: (4 + classes, N): centre x, centre y, width, height, then one score per class (YOLOv8 to YOLO12); or
            (N, 6): left, top, right, bottom, score, class (end-to-end networks). Pixels of the input.
        person: Number of the class that is a person.
        confidence: Lowest score.

    Returns:
        (n, 4) left, top, right, bottom and (n,) scores, in the network's order.
    """
    if is_end_to_end(output.shape):
        keep = (output[:, 5].astype(int) == person) & (output[:, 4] >= confidence)
        return output[keep, :4], output[keep, 4]
    score = output[4 + person]
    keep = score >= confidence
    x, y, w, h = output[:4, keep]
    return np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], axis=1), score[keep]


def is_end_to_end(shape: tuple[int, ...]) -> bool:
    """Whether an output without its batch axis is a list of finished boxes, (N, 6)."""
    return len(shape) == 2 and shape[1] == 6


def without_overlaps(
    xyxy: NDArray[np.float32], score: NDArray[np.float32], iou: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Greedy non-maximum suppression.

    Args:
        xyxy: (N, 4) left, top, right, bottom.
        score: (N,).
        iou: Overlap (intersection over union) above which the lower score is dropped.

    Returns:
        The boxes and scores that stay, highest score first, equal scores in their given order.
    """
    order = np.argsort(-score, kind="stable")
    xyxy, score = xyxy[order], score[order]
    area = np.clip(xyxy[:, 2] - xyxy[:, 0], 0, None) * np.clip(xyxy[:, 3] - xyxy[:, 1], 0, None)
    waiting = np.arange(len(score))
    kept: list[int] = []
    while len(waiting):
        best, waiting = int(waiting[0]), waiting[1:]
        kept.append(best)
        corner = np.maximum(xyxy[waiting, :2], xyxy[best, :2])
        opposite = np.minimum(xyxy[waiting, 2:], xyxy[best, 2:])
        shared = np.prod(np.clip(opposite - corner, 0, None), axis=1)
        union = area[waiting] + area[best] - shared
        waiting = waiting[shared <= iou * union]
    return xyxy[kept], score[kept]


def to_picture(
    xyxy: NDArray[np.float32], score: NDArray[np.float32], fit: Fit, shape: tuple[int, ...], min_height: float
) -> Detections:
    """Boxes of the network's input as detections in the picture.

    Args:
        xyxy: (N, 4) pixels of the input.
        score: (N,).
        fit: What ``letterbox`` returned.
        shape: Of the picture: (H, W, 3).
        min_height: Lowest height as a fraction of H.
    """
    height, width = shape[:2]
    boxes = (xyxy - np.array([fit.left, fit.top, fit.left, fit.top], dtype=np.float32)) / np.float32(fit.scale)
    np.clip(boxes, 0, np.array([width, height, width, height], dtype=np.float32), out=boxes)
    tall = (boxes[:, 3] - boxes[:, 1]) >= max(min_height * height, 1.0)
    return Detections(np.ascontiguousarray(boxes[tall], np.float32), np.ascontiguousarray(score[tall], np.float32))
