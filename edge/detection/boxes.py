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
BLOCK = 128  # boxes compared with all others in one go


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


class Canvas:
    """An input of the network that takes one picture after the other; scaled straight into it, without copies.

    Args:
        pixels: (height, width, 3) uint8, contiguous; written from now on.
    """

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self._pixels = pixels
        self._inner: tuple[int, int, int, int] | None = None

    def take(self, image: NDArray[np.uint8]) -> Fit:
        """Scales a picture to fit, keeps its shape, pads the rest in grey.

        Args:
            image: (H, W, 3) uint8.

        Returns:
            How to find the way back.
        """
        height, width = self._pixels.shape[:2]
        scale = min(height / image.shape[0], width / image.shape[1])
        inner_height, inner_width = round(image.shape[0] * scale), round(image.shape[1] * scale)
        top, left = round((height - inner_height) / 2 - 0.1), round((width - inner_width) / 2 - 0.1)
        if self._inner != (top, left, inner_height, inner_width):
            self._pixels[:] = PADDING  # stays where it is while pictures of one size follow each other
            self._inner = top, left, inner_height, inner_width
        inside = self._pixels[top : top + inner_height, left : left + inner_width]
        if (inner_height, inner_width) != image.shape[:2]:
            drawn = cv2.resize(image, (inner_width, inner_height), dst=inside, interpolation=cv2.INTER_LINEAR)
            if drawn is not inside:
                inside[:] = drawn
        else:
            inside[:] = image
        return Fit(scale, left, top)


def letterbox(image: NDArray[np.uint8], height: int, width: int) -> tuple[NDArray[np.uint8], Fit]:
    """Fits a picture into a network's input.

    Args:
        image: (H, W, 3) uint8.
        height: Of the network's input, pixels.
        width: The same.

    Returns:
        The (height, width, 3) uint8 picture, and how to find the way back.
    """
    pixels = np.empty((height, width, 3), dtype=np.uint8)
    fit = Canvas(pixels).take(image)
    return pixels, fit


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
    stays = np.ones(len(score), dtype=bool)
    # In blocks: one box at a time is many small steps, all at once is memory without a bound.
    for start in range(0, len(score), BLOCK):
        over = _overlap(xyxy[start : start + BLOCK], xyxy[start:], iou)
        for row, drops in enumerate(over):
            if stays[start + row]:
                stays[start + row + 1 :] &= ~drops[row + 1 :]
    return xyxy[stays], score[stays]


def _overlap(some: NDArray[np.float32], others: NDArray[np.float32], iou: float) -> NDArray[np.bool_]:
    """For (N, 4) and (M, 4) boxes, (N, M): which of them share more than ``iou`` of their union."""
    left, top, right, bottom = some.T[:, :, None]
    wide = np.minimum(right, others[:, 2]) - np.maximum(left, others[:, 0])
    tall = np.minimum(bottom, others[:, 3]) - np.maximum(top, others[:, 1])
    shared = np.maximum(wide, 0) * np.maximum(tall, 0)
    union = _area(others) + _area(some)[:, None] - shared
    return np.asarray(shared > iou * union)


def _area(xyxy: NDArray[np.float32]) -> NDArray[np.float32]:
    sides = np.maximum(xyxy[:, 2:] - xyxy[:, :2], 0)
    return np.asarray(sides[:, 0] * sides[:, 1])


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
