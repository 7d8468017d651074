"""Boxes side by side: which are the same person, which hide another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..events import Detections

if TYPE_CHECKING:
    from numpy.typing import NDArray

Box = tuple[float, float, float, float]

# The feet of someone whose box ends within a nearer person's box are hidden, not where the box ends: that other box
# covers this share of the width and goes down further by that share of the height. Less than this is flicker.
COVERING_WIDTH = 0.3
COVERING_DEPTH = 0.1
# Boxes with tops and bottoms so close (in heights), and so much of the smaller one in common, are the same person.
TWIN_EDGE = 0.08
TWIN_OVERLAP = 0.8


def feet_covered(detections: Detections, least_score: float) -> NDArray[np.bool_]:
    """Which boxes end below within the box of someone nearer, whose own feet are further down.

    Args:
        detections: Of one frame, pixels.
        least_score: Only boxes at least this sure cover others.

    Returns:
        (N,) bool.
    """
    boxes = detections.xyxy.astype(np.float64)
    left, top, right, bottom = boxes.T
    common = np.minimum(right[:, None], right[None, :]) - np.maximum(left[:, None], left[None, :])
    wide = common >= COVERING_WIDTH * (right - left)[:, None]
    within = (top[None, :] < bottom[:, None]) & (bottom[None, :] > (bottom + COVERING_DEPTH * (bottom - top))[:, None])
    return np.asarray((wide & within & (detections.score >= least_score)[None, :]).any(axis=1))


def without_twins(detections: Detections) -> Detections:
    """Leaves out the weaker of two boxes on one person, such as the body with and without an outstretched arm."""
    same = twins(detections.xyxy)
    kept: list[int] = []
    for index in sorted(range(len(same)), key=lambda i: (-float(detections.score[i]), i)):
        if not same[index, kept].any():
            kept.append(index)
    kept.sort()
    return Detections(detections.xyxy[kept], detections.score[kept])


def twins(boxes: NDArray[np.floating]) -> NDArray[np.bool_]:
    """(N, N): which of (N, 4) boxes share their place and end at the same head and feet: two people never do."""
    left, top, right, bottom = boxes.astype(np.float64).T
    tall = bottom - top
    tolerance = TWIN_EDGE * np.maximum(tall[:, None], tall)
    ends = (np.abs(top[:, None] - top) <= tolerance) & (np.abs(bottom[:, None] - bottom) <= tolerance)
    across = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    down = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    common = np.where((across > 0) & (down > 0), across * down, 0.0)
    area = (right - left) * tall
    smaller = np.maximum(np.minimum(area[:, None], area), 1e-9)
    return np.asarray(ends & (common / smaller >= TWIN_OVERLAP))


def shared(a: Box, b: Box) -> float:
    """Area that two boxes have in common, square pixels."""
    across = min(a[2], b[2]) - max(a[0], b[0])
    down = min(a[3], b[3]) - max(a[1], b[1])
    return across * down if across > 0 and down > 0 else 0.0


def overlap(a: Box, b: Box) -> float:
    """Common area as a share of the smaller box, 0..1."""
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return shared(a, b) / max(smaller, 1e-9)
